// Package build implements the build phase of the Cloud Native Buildpacks specification (Buildpack API 0.10): it compiles
// the app with its language's own tools and contributes only what runs, together with the slices of Debian packages that
// it needs and the run image lacks.
//
// The languages are handed in as rows; everything about libraries and packages is the slicer's. The environment and the
// clock come in through Deps, so that a build is a function of its arguments.
package build

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/earlier"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// Deps is what a build takes from its surroundings.
type Deps struct {
	Env       map[string]string // of the phase
	Log       io.Writer
	Now       func() time.Time
	Run       language.Runner
	Root      string // of the build image: "/"
	Releases  fs.FS  // a folder a release: debian-13/slices, debian-13/builder.toml
	Temp      string // where short-lived files may go
	Installed OpenInstalled
	Archive   OpenArchive
	Select    slicer.Selector
	Languages []language.Language
}

// OpenInstalled opens the packages that are installed in a root. What it reads of their files it keeps below cache.
type OpenInstalled func(root, arch, cache string) (packages.Source, error)

// Archive is a signed archive, and tells which state of it was read.
type Archive interface {
	packages.Source
	Snapshots() []manifest.Snapshot
	// WriteBundle writes what was read from it since it was opened, and the text of a lock.
	WriteBundle(ctx context.Context, to io.Writer, lock []byte) error
}

// OpenArchive opens a signed archive.
type OpenArchive func(context.Context, packages.ArchiveOptions) (Archive, error)

// Build returns the build phase.
func Build(d Deps) packit.BuildFunc {
	return func(c packit.BuildContext) (packit.BuildResult, error) {
		b := &builder{Deps: d, BuildContext: c, log: language.NewLog(d.Log, d.Now), result: result{ofLanguage: map[string]bool{}}}
		result, err := b.build(context.Background())
		if err != nil {
			b.discard()
			return packit.BuildResult{}, hidden{b.advice(context.Background()).explain(err), b.log.Secrets()}
		}
		return result, nil
	}
}

// builder is one build: what it was handed, and what it finds out and makes as it goes along.
type builder struct {
	Deps
	packit.BuildContext
	log  *language.Log
	temp string // for files that are gone after the build
	subject
	target
	trusted
	sources
	result
}

// subject is what is built.
type subject struct {
	project    project.Project
	files      *project.Folder     // the project's
	dir        string              // the app's: the project's folder, or one below it
	app        detect.App          // none where another buildpack has built it
	earlier    []earlier.Buildpack // those that came before
	behind     bool                // one of them has built the app, which is completed
	needs      map[string]any      // of their layers, for the next build
	dockerfile []string            // packages that the app's Dockerfile installs
}

// target is what it is built for.
type target struct {
	arch        string // Debian's name
	contract    runContract
	floor       string           // the digest of the contract's floor, which every layer and label names
	definitions *release.Release // of the run image's release; nil for none
	builders    builders.All     // of all releases
}

// trusted is whom the build and its programs trust, and who they are for others.
type trusted struct {
	env       map[string]string // of the programs that the build runs
	transport http.RoundTripper // trusts what bindings say
	bindings  []binding
	bound     []string // the bindings of type ca-certificates
}

// sources are where packages come from, and what was taken.
type sources struct {
	installed packages.Source
	archive   packages.Source
	opened    Archive     // the archive, once it was needed
	buildOnly []string    // packages of the archive that were unpacked for the build
	wanted    slicer.Want // what the selection was asked for
	getting   bool        // it was told that packages are fetched
	quiet     bool        // nothing is told of what the slicer is about
	ahead     *ahead      // what is cut while the language's tools run; nil for nothing
}

// inOrder are the sources of the image's packages: what is installed in the build image, what was unpacked for the build, the
// whole archive.
func (s sources) inOrder() []packages.Source {
	all := []packages.Source{s.installed}
	if len(s.buildOnly) > 0 {
		all = append(all, packages.Subset(s.archive, "the packages unpacked for the build", s.buildOnly))
	}
	return append(all, s.archive)
}

// result is what the image will have.
type result struct {
	layers     []packit.Layer
	whole      packit.SBOMFormatter // the SBOM of what lies in no layer; nil for none
	onBase     string               // the label that says what the image needs of its run image
	ofLanguage map[string]bool      // names of layers that a language keeps
	fresh      []string             // directories written by this build
	started    bool                 // the program start is in its layer
	usesPort   bool                 // a process that start runs uses PORT
}

// build is the whole phase, in order: everything that can be known from files first, so that it fails early.
func (b *builder) build(ctx context.Context) (packit.BuildResult, error) {
	defer b.close()
	defer b.log.Watch()()
	defer func() { b.ahead.stop() }()
	if err := b.look(); err != nil {
		return packit.BuildResult{}, err
	}
	if err := b.checkCommands(); err != nil {
		return packit.BuildResult{}, err
	}
	if err := b.checkChoices(); err != nil {
		return packit.BuildResult{}, err
	}
	if err := b.openSources(ctx); err != nil {
		return packit.BuildResult{}, err
	}
	tools, err := b.addBuildPackages(ctx)
	if err != nil {
		return packit.BuildResult{}, err
	}
	artifacts, err := b.compile(ctx, tools)
	if err != nil {
		return packit.BuildResult{}, err
	}
	selection, err := b.cut(ctx, artifacts)
	if err != nil {
		return packit.BuildResult{}, err
	}
	processes, err := b.processes(ctx, artifacts, selection)
	if err != nil {
		return packit.BuildResult{}, err
	}
	if err := b.finish(ctx, artifacts, selection); err != nil {
		return packit.BuildResult{}, err
	}
	return packit.BuildResult{
		Layers: b.layers,
		Launch: packit.LaunchMetadata{DirectProcesses: processes, Slices: b.appLayers(artifacts.Seldom), Labels: b.labels(), SBOM: b.whole},
	}, nil
}

// look finds out what is built, for which run image, and whom to trust.
func (b *builder) look() (err error) {
	b.arch = debianArch(b.TargetInfo.Arch)
	b.log.Title("%s %s", cmp.Or(b.BuildpackInfo.Name, "Whittle"), b.BuildpackInfo.Version)
	b.log.Step("Looking at the app")
	if err := b.readProject(); err != nil {
		return err
	}
	if b.builders, err = builders.Read(b.Releases); err != nil {
		return err
	}
	b.tellEarlier()
	b.tellOutside()
	if !b.behind {
		b.log.Line("language: %s (found %s)", b.app.Language, language.List(b.app.Evidence))
	}
	root := os.DirFS(b.Root)
	_, userEnv := os.Stat(filepath.Join(b.Platform.Path, "env", "BP_WHITTLE_RUN"))
	b.contract, err = findContract(surroundings{
		Root: root, Layers: os.DirFS(filepath.Dir(b.Layers.Path)), Settings: b.project.Settings.Run, By: b.project.Settings.RunBy,
		UserEnv: userEnv == nil, Stack: b.Stack, Arch: b.arch, Run: distro{b.TargetDistro.Name, b.TargetDistro.Version},
	})
	if err != nil {
		return err
	}
	b.readDockerfile(b.project.Files)
	b.floor = b.contract.Floor.Digest()
	b.log.Line("run image: %s (%s), %s", b.contract.Floor.ID, b.contract.By, b.arch)
	if b.contract.Doubt != "" {
		b.log.Warn("%s", b.contract.Doubt)
	}
	if b.contract.foreign() {
		b.log.Line("it is not whittle's, and is taken to have %s", b.contract.Has)
	}
	if b.temp, err = os.MkdirTemp(b.Temp, "whittle-"); err != nil {
		return fmt.Errorf("cannot make a temporary directory: %w", err)
	}
	if err := b.trust(root); err != nil {
		return err
	}
	return b.trustAtLaunch()
}

// trust sets up the environment and the HTTP client with the certificates and credentials of bindings.
func (b *builder) trust(root fs.FS) error {
	if err := b.findBindings(); err != nil {
		return err
	}
	b.hideSecrets()
	b.hideReferred()
	bound, err := readTrust(b.bindings, root)
	if err != nil {
		return err
	}
	vars, err := bound.env(b.temp, b.Languages)
	if err != nil {
		return err
	}
	if len(bound.Names) > 0 {
		b.log.Line("certificates: those of binding %s, for this build only", language.List(bound.Names))
	}
	credentials, err := b.credentialsEnv()
	if err != nil {
		return err
	}
	b.env, b.bound = language.With(language.With(b.Env, vars), credentials), bound.Names
	b.transport = bound.transport()
	return nil
}

// openSources names where packages come from: installed ones first, the archive where those don't suffice.
func (b *builder) openSources(ctx context.Context) (err error) {
	cache, err := b.layer(layerArchive)
	if err != nil {
		return err
	}
	if err := packages.CheckCache(cache.Path); err != nil { // restored by a platform that maps users otherwise, or by nobody
		b.log.Warn("the cache of packages is not used: %v", err)
		if cache, err = b.reset(cache); err != nil {
			return err
		}
	}
	if b.installed, err = b.Installed(b.Root, b.arch, cache.Path); err != nil {
		return err
	}
	from, err := b.archiveOptions(cache.Path)
	if err != nil {
		return err
	}
	b.archive = packages.Lazy("Debian archive", func() (packages.Source, error) {
		if err := os.MkdirAll(cache.Path, 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the archive's cache: %w", err)
		}
		b.log.Line("reading the signed archive")
		opened, err := b.Archive(ctx, from)
		if err != nil {
			return nil, err
		}
		b.opened = opened
		return opened, nil
	})
	return nil
}

// advice is what this build knows that helps to mend a failure of it. Where it failed before the sources of packages were
// named, nothing can be looked at.
func (b *builder) advice(ctx context.Context) advice {
	a := advice{bound: b.bound, app: b.WorkingDir, languages: b.Languages, foreign: b.contract.Has, builders: b.builders, release: b.distro().ID + "-" + b.distro().Version}
	for _, p := range b.project.Settings.Packages {
		if p.By == project.File {
			a.packages = append(a.packages, p.Name)
		}
	}
	if b.archive != nil && b.installed != nil {
		a.find = b.finder(ctx)
	}
	return a
}
