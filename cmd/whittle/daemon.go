package main

import (
	"context"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/moby/moby/client"

	"whittle.dev/whittle/image"
)

// places makes the clients for daemon and registries. DOCKER_HOST and its like, and the logins of docker and podman,
// count as they do for docker itself; the client speaks the daemon's own API version, also an old one.
func places(arch string) (image.Places, error) {
	p := image.Places{Keychain: authn.DefaultKeychain, Temp: os.TempDir(), Arch: arch}
	c, err := client.New(client.FromEnv)
	if err != nil {
		return p, about(givenDaemon, fmt.Errorf("cannot make a client for the daemon: %w", err))
	}
	var _ daemon.Client = c
	p.Daemon = c
	return p, nil
}

// openImage opens the image of a reference for an architecture. It must be closed.
func openImage(ctx context.Context, arch, ref string) (*image.Opened, error) {
	p, err := places(arch)
	if err != nil {
		return nil, err
	}
	o, err := p.Open(ctx, ref)
	return o, aboutImage(ref, err)
}
