#!/bin/bash
# Runs in the container of a layer above the packages: compiles Go's standard
# library as the buildpack compiles apps (build/golang), and installs it beside
# its sources, where go finds it if it is told to look. No app compiles it again,
# and no cache of a build has to keep it.
set -euo pipefail
export GODEBUG=installgoroot=all GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0 HOME=/run GOCACHE=/run/go-build
go install -trimpath std
std=$(go env GOROOT)/pkg/linux_$(go env GOARCH)
[ -e "$std/net/http.a" ] || { echo "go installed no standard library in $std" >&2 && exit 1; }
du -sh "$std"
