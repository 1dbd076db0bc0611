package image

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image/launch"
	"whittle.dev/whittle/slicer/contract"
)

// Rebase is what holding an app's image against another run image found. No reasons: the app can be rebased onto it.
type Rebase struct {
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

// CheckRebase holds an app's image against the run image that it is to be rebased onto: what a rebase needs of both, and what
// the app needs of its run image. Where the app has a label that says so, only its config is read, unless whole is set;
// otherwise its layers are proved on the run image as they are on their own one, and what is worse counts.
func (p Places) CheckRebase(ctx context.Context, app, run string, whole bool) (*Rebase, error) {
	r, err := p.checkRebase(ctx, app, run, whole)
	if err != nil {
		return nil, fmt.Errorf("cannot check a rebase of %s onto %s: %w", app, run, err)
	}
	return r, nil
}

func (p Places) checkRebase(ctx context.Context, appRef, runRef string, whole bool) (r *Rebase, err error) {
	app, err := p.head(ctx, appRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if app.Config == nil {
		return nil, fmt.Errorf("%s is no image, but files without a config", appRef)
	}
	_, end, err := readLifecycle(app.Config)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be rebased: %w", appRef, err)
	}
	p.Arch = debianArch(app.Config.Architecture)
	run, err := p.Open(ctx, runRef)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if run.Config == nil {
		return nil, fmt.Errorf("%s is no image, but files without a config", runRef)
	}
	r = &Rebase{App: app.Ref, AppDigest: app.Digest, Run: run.Ref, RunDigest: run.Digest, Arch: p.Arch, Proof: ByLabel}
	r.Reasons = append(append([]string{}, rebasable(app.Config)...), accepts(run.Config, app.Config)...)
	label := app.Config.Config.Labels[contract.NeedsLabel]
	if label == "" || whole {
		r.Proof = ByLayers
		more, err := p.worse(ctx, appRef, end, run)
		r.Reasons = append(r.Reasons, more...)
		return r, err
	}
	needs, err := contract.ReadNeeds(label)
	if err != nil {
		return nil, err
	}
	more, err := run.lacks(needs)
	r.Reasons = append(r.Reasons, more...)
	return r, err
}

// head opens an image as Open does, but reads none of its layers.
func (p Places) head(ctx context.Context, ref string) (*Opened, error) {
	p.headOnly = true
	return p.Open(ctx, ref)
}

// rebasable tells what of an app's image stands in the way of any rebase.
func rebasable(app *v1.ConfigFile) (reasons []string) {
	if app.Config.Labels[mayRebase] == "false" {
		reasons = append(reasons, "the app's image says that it is not to be rebased (io.buildpacks.rebasable=false)")
	}
	if got, want := withLayer(app.History), len(app.RootFS.DiffIDs); got != want {
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
	for _, l := range []struct{ name, what string }{{distroName, "distribution"}, {distroVersion, "version of the distribution"}} {
		if got, want := run.Config.Labels[l.name], app.Config.Labels[l.name]; got != "" && got != want {
			add("its %s is %s, and the app's %s", l.what, got, orNone(want))
		}
	}
	if got, want := run.Config.Labels[stackID], app.Config.Labels[stackID]; byStack(app) && (got != want || got == "") {
		add("its stack is %s, and the app's %s, which was built at a Platform API before 0.12", orNone(got), orNone(want))
	}
	if len(run.RootFS.DiffIDs) == 0 {
		add("it has no layers")
	}
	if got, want := withLayer(run.History), len(run.RootFS.DiffIDs); got != want {
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

// Labels of run images, by the platform specification.
const (
	distroName    = "io.buildpacks.base.distro.name"
	distroVersion = "io.buildpacks.base.distro.version"
	stackID       = "io.buildpacks.stack.id"
	mayRebase     = "io.buildpacks.rebasable"
)

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

const platformAPI = "CNB_PLATFORM_API"

// byStack tells whether a rebase compares stacks: before Platform API 0.12, which the app's image names in its environment.
func byStack(app *v1.ConfigFile) bool {
	version, _ := launch.Variable(app.Config.Env, platformAPI)
	major, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	return err != nil || major == "0" && n < 12
}
