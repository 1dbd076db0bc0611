// Package integration tests whittle with what its users have: pack, the lifecycle, a Docker daemon and a registry.
// Its tests are behind the build tag "integration"; scripts/integration.sh starts what they need.
package integration
