package main

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/moby/moby/client"

	"whittle.dev/whittle/image"
)

// given is what a part of the command line should be. It is what to advise about where an error's own kind tells nothing.
type given int

const (
	givenImage given = iota
	givenName        // an image's, without a place
	givenRelease
	givenSources
	givenCache
	givenLock
	givenFloor
	givenVulnerabilities
	givenSpec
	givenApp
	givenCommand
	givenOutput
	givenDaemon
)

// givenAdvice is what to do where a part of the command line is not what it should be.
var givenAdvice = map[given]string{
	givenImage: "IMAGE is daemon:NAME, registry:NAME, layout:DIR, the tar of docker save, or a directory; one that is damaged has to be made anew",
	givenName: "look at the name: `docker images` lists those of the daemon, and one of a registry begins with its host; " +
		"daemon:NAME, registry:NAME or layout:DIR asks in one place alone",
	givenRelease:         "--release takes one that whittle brings, or a directory with chisel.yaml and slices/; docs/definitions.md has the form",
	givenSources:         "correct that apt source; --sources FILE takes others, --suite NAME another suite, and --bundle FILE what `whittle bundle` wrote",
	givenCache:           "--cache DIR or WHITTLE_CACHE puts the cache elsewhere",
	givenLock:            "`whittle lock NAME…` writes a lock; --lock FILE names another than whittle.lock",
	givenFloor:           "a floor is what `whittle image build --floor FILE` writes; a build image has its own in /usr/share/whittle/run",
	givenVulnerabilities: "`whittle vex --help` shows the form",
	givenSpec:            "name an image that whittle brings, such as debian-13/base, or a file; docs/run-images.md has the form",
	givenApp:             "--app takes the directory that has the programs, and behind a colon its path in the image: --app ./bin:/app",
	givenCommand:         "name a program that is there, by its path or by a name that PATH leads to",
	givenDaemon:          "start the daemon, or name it by DOCKER_HOST; registry:NAME and layout:DIR need none",
	givenOutput:          "name a place in a directory that is there, with nothing of another kind in the way",
}

// givenError is an error about a part of the command line.
type givenError struct {
	error
	what given
}

func (e givenError) Unwrap() error { return e.error }

// about says of an error which part of the command line it is about; nil stays nil.
func about(what given, err error) error {
	if err == nil {
		return nil
	}
	return givenError{err, what}
}

// aboutImage is about an image. A name without a registry's host, which is nowhere, was mostly meant to be in the daemon: that no
// registry can be reached, or that this one gives nobody what it does not have, is then not what is wrong.
func aboutImage(ref string, err error) error {
	n, bad := name.ParseReference(ref, name.WeakValidation)
	if errors.Is(err, image.ErrNowhere) && bad == nil && n.Context().RegistryStr() == name.DefaultRegistry && !strings.Contains(ref, "docker.io/") {
		return about(givenName, err)
	}
	if client.IsErrConnectionFailed(err) {
		return about(givenDaemon, err)
	}
	return about(givenImage, err)
}

// misnamed tells whether the name of an image is what is wrong, whatever else went wrong on the way.
func misnamed(err error) bool {
	var g givenError
	return errors.As(err, &g) && g.what == givenName && !errors.Is(err, context.Canceled)
}
