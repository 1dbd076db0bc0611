// Package rebase tells whether an app's image can be rebased onto another run image: whether the lifecycle would take it, and whether the
// app would work on it.
package rebase

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

// Report is what holding an app's image against another run image found. No reasons: the app can be rebased onto it.
type Report struct {
	App       string   `json:"app"`
	AppDigest string   `json:"appDigest"`
	Run       string   `json:"run"`
	RunDigest string   `json:"runDigest"`
	Arch      string   `json:"arch"`
	Proof     Proof    `json:"proof"`
	Reasons   []string `json:"reasons"` // why not, a clause each about the run image, as "it has no libssl.so.3, which …"
}

// Proof is what a rebase was held against.
type Proof string

// ByLabel is the proof of the build, which the app's label [contract.NeedsLabel] tells; ByLayers, a new proof of the app's
// layers on the other run image.
const (
	ByLabel  Proof = "label"
	ByLayers Proof = "layers"
)

// Check holds an app's image against the run image that it is to be rebased onto: what a rebase needs of both, and what
// the app needs of its run image. Where the app has a label that says so, only its config is read, unless whole is set;
// otherwise its layers are proved on the run image as they are on their own one, and what is worse counts.
func Check(ctx context.Context, p image.Places, app, run string, whole bool) (*Report, error) {
	r, err := check(ctx, p, app, run, whole)
	if err != nil {
		return nil, fmt.Errorf("cannot check a rebase of %s onto %s: %w", app, run, err)
	}
	return r, nil
}

func check(ctx context.Context, p image.Places, appRef, runRef string, whole bool) (r *Report, err error) {
	app, err := p.Head(ctx, appRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if app.Config == nil {
		return nil, fmt.Errorf("%s is no image, but files without a config", appRef)
	}
	_, end, err := lifecycle.Read(app.Config)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be rebased: %w", appRef, err)
	}
	p.Arch = debian.FromGoArch(app.Config.Architecture)
	run, err := p.Open(ctx, runRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if run.Config == nil {
		return nil, fmt.Errorf("%s is no image, but files without a config", runRef)
	}
	r = &Report{App: app.Ref, AppDigest: app.Digest, Run: run.Ref, RunDigest: run.Digest, Arch: p.Arch, Proof: ByLabel}
	r.Reasons = append(append([]string{}, rebasable(app.Config)...), accepts(run.Config, app.Config)...)
	label := app.Config.Config.Labels[contract.NeedsLabel]
	if label == "" || whole {
		r.Proof = ByLayers
		more, err := worse(ctx, p, appRef, end, run)
		r.Reasons = append(r.Reasons, more...)
		return r, err
	}
	needs, err := contract.ReadNeeds(label)
	if err != nil {
		return nil, err
	}
	more, err := lacks(run, needs)
	r.Reasons = append(r.Reasons, more...)
	return r, err
}

// rebasable tells what of an app's image stands in the way of any rebase.
func rebasable(app *v1.ConfigFile) (reasons []string) {
	if app.Config.Labels[lifecycle.Rebasable] == "false" {
		reasons = append(reasons, "the app's image says that it is not to be rebased (io.buildpacks.rebasable=false)")
	}
	if got, want := lifecycle.CountLayers(app.History), len(app.RootFS.DiffIDs); got != want {
		reasons = append(reasons, fmt.Sprintf("the app's image has %d layers and a history of %d: a rebase would mistake its layers", want, got))
	}
	return reasons
}

// accepts tells what of the run image's config a rebase would refuse, or break on without a word.
func accepts(run, app *v1.ConfigFile) (reasons []string) {
	add := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if run.OS != app.OS || run.Architecture != app.Architecture {
		add("it is for %s/%s, and the app for %s/%s", run.OS, run.Architecture, app.OS, app.Architecture)
	}
	for _, l := range []struct{ name, what string }{{lifecycle.DistroName, "distribution"}, {lifecycle.DistroVersion, "version of the distribution"}} {
		if got, want := run.Config.Labels[l.name], app.Config.Labels[l.name]; got != "" && got != want {
			add("its %s is %s, and the app's %s", l.what, got, orNone(want))
		}
	}
	if got, want := run.Config.Labels[lifecycle.StackID], app.Config.Labels[lifecycle.StackID]; byStack(app) && (got != want || got == "") {
		add("its stack is %s, and the app's %s, which was built at a Platform API before 0.12", orNone(got), orNone(want))
	}
	if len(run.RootFS.DiffIDs) == 0 {
		add("it has no layers")
	}
	if got, want := lifecycle.CountLayers(run.History), len(run.RootFS.DiffIDs); got != want {
		add("it has %d layers and a history of %d: a rebase would take its first layer for all", want, got)
	}
	seen := map[v1.Hash]bool{}
	for _, d := range run.RootFS.DiffIDs {
		if seen[d] {
			add("it has the layer %s twice: after the next rebase one of them would lie over the new run image", d)
			break
		}
		seen[d] = true
	}
	return reasons
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// byStack tells whether a rebase compares stacks: before Platform API 0.12, which the app's image names in its environment.
func byStack(app *v1.ConfigFile) bool {
	version, _ := launch.Variable(app.Config.Env, lifecycle.PlatformAPI)
	major, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	return err != nil || major == "0" && n < 12
}
