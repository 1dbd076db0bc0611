package build

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/earlier"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/sbom"
)

// cut selects what the image needs of Debian, writes the layers of it, and proves that nothing is missing.
func (b *builder) cut(ctx context.Context, a language.Artifacts) (*slicer.Selection, error) {
	b.log.Step("Debian packages for the image")
	roots := append([]string{b.WorkingDir}, a.Roots...)
	objects, err := findObjects(roots)
	if err != nil {
		return nil, err
	}
	if program, dynamic := firstDynamic(objects); dynamic {
		if err := checkLibc(b.contract, os.DirFS(b.Root), program); err != nil {
			return nil, err
		}
	}
	want := b.want(a, slicer.SumObjects(objects))
	env, err := b.envFor()
	if err != nil {
		return nil, err
	}
	want.Names = append(want.Names, env...)
	if want.Links, err = findLinks(roots); err != nil {
		return nil, err
	}
	scripts, err := findScripts(roots)
	if err != nil {
		return nil, err
	}
	want.Scripts = slicer.SumObjects(scripts)
	want.LibraryPath = b.onPath(func(l earlier.Layer) []string { return l.Libraries })
	if err := b.addUnseen(&want); err != nil {
		return nil, err
	}
	b.rememberNeeds(want.Objects, want.Links)
	b.ahead.wait()
	s, err := b.selection(ctx, want)
	if err != nil {
		return nil, err
	}
	b.tellSelection(s)
	for _, layer := range s.Layers() {
		if err := b.cutLayer(ctx, s, layer); err != nil {
			return nil, err
		}
	}
	if err := b.loaderCache(s); err != nil {
		return nil, err
	}
	b.log.Done()
	b.wanted = want
	return s, b.prove(ctx, s, want)
}

// want is what the slicer is asked for: what the language's artifacts need, and what the user adds.
func (b *builder) want(a language.Artifacts, objects []slicer.Object) slicer.Want {
	w := slicer.Want{
		Arch: b.arch, Names: slices.Clone(a.Slices), Objects: objects, Floor: b.contract.Floor, Release: b.definitions,
		Sources: b.sources.inOrder(), Unprivileged: true, Progress: b.progress, Omit: a.Omit, Sonames: slices.Clone(a.Libraries),
	}
	for _, s := range b.project.Settings.Slices {
		w.Names = append(w.Names, slicer.Named{Name: s.Name, By: s.By, Kind: manifest.Asked})
	}
	for _, l := range b.project.Settings.Libraries {
		w.Sonames = append(w.Sonames, slicer.Named{Name: l.Name, By: l.By, Kind: manifest.Listed})
	}
	for _, o := range a.Opens {
		if o.Whole {
			w.Opened = append(w.Opened, slicer.Named{Name: o.Names[0], By: o.By})
		}
	}
	return w
}

// progress tells what the slicer is about. It gets packages in many waves: how many each has is of interest to nobody, and less than
// are listed then.
func (b *builder) progress(msg string) {
	if b.quiet {
		return
	}
	if _, from, ok := strings.Cut(msg, " from "); ok && strings.HasPrefix(msg, "getting ") {
		if b.getting {
			return
		}
		b.getting = true
		msg = "getting them from " + from
	}
	b.log.Line("%s", msg)
}

// release is the name of the run image's release: whittle.debian-13.base is of debian-13. On a run image of somebody else it is
// that of the build image, whose packages are cut.
func (b *builder) release() string {
	if parts := strings.Split(b.contract.Floor.ID, "."); !b.contract.foreign() && len(parts) == 3 {
		return parts[1]
	}
	return b.distro().ID + "-" + b.distro().Version
}

// readDefinitions reads the slice definitions of that release.
func (b *builder) readDefinitions() (*release.Release, error) {
	name := b.release()
	dir, err := fs.Sub(b.Releases, name)
	if err != nil {
		return nil, fmt.Errorf("cannot open slice definitions: %w", err)
	}
	if _, err := fs.Stat(dir, "chisel.yaml"); err != nil {
		b.log.Warn("no slice definitions for %s: packages are taken whole", name)
		return nil, nil
	}
	return release.Open(dir)
}

// cutLayer writes one layer, or leaves it to the image that is replaced if that has it with the same digest. Such a layer
// gets neither environment nor SBOM here: its files are not restored, and its SBOM may have been patched since.
func (b *builder) cutLayer(ctx context.Context, s *slicer.Selection, name string) error {
	layer, err := b.layer(name)
	if err != nil {
		return err
	}
	key := b.key(s.Digest(name))
	if b.same(layer, key) {
		b.log.Line("layer %s: %s, reused", name, text.Bytes(s.Size(name)))
		layer.Launch, layer.Metadata = true, b.metadata(key)
		b.keep(layer)
		return nil
	}
	if layer, err = b.reset(layer); err != nil {
		return err
	}
	there, err := b.ahead.take(name, s.Digest(name), layer.Path)
	if err == nil && !there {
		err = writeLayer(ctx, s, name, layer.Path)
	}
	if err != nil {
		return err
	}
	if layer.SBOM, err = b.sbom(s, name); err != nil {
		return err
	}
	b.log.Line("layer %s: %s", name, text.Bytes(s.Size(name)))
	layer.Launch, layer.Metadata = true, b.metadata(key)
	b.keep(layer)
	return nil
}

// sbom describes one layer's packages in the three formats that the lifecycle takes.
func (b *builder) sbom(s *slicer.Selection, layer string) (packit.SBOMFormatter, error) {
	return b.documents(sbom.OfLayer(&s.Manifest, layer, b.distro()))
}

// distro is the distribution whose packages the image gets: the build image's.
func (b *builder) distro() sbom.Distro {
	host := hostDistro(os.DirFS(b.Root))
	return sbom.Distro{ID: cmp.Or(host.id, "debian"), Version: cmp.Or(host.version, b.TargetDistro.Version, "13")}
}

// documents writes an SBOM in the three formats.
func (b *builder) documents(doc sbom.SBOM) (packit.SBOMFormatter, error) {
	var formats packit.SBOMFormats
	for _, f := range []struct {
		extension string
		write     func() ([]byte, error)
	}{{"cdx.json", doc.CycloneDX}, {"spdx.json", doc.SPDX}, {"syft.json", doc.Syft}} {
		text, err := f.write()
		if err != nil {
			return nil, fmt.Errorf("cannot write SBOM of layer %s: %w", doc.Name, err)
		}
		formats = append(formats, packit.SBOMFormat{Extension: f.extension, Content: bytes.NewReader(text)})
	}
	return formats, nil
}

// loaderCache writes the dynamic loader's cache over the libraries of all layers, where the run image has a door to it.
func (b *builder) loaderCache(s *slicer.Selection) error {
	if d, ok := b.contract.Floor.Doors.At("etc/ld.so.cache"); !ok || d.Layer != contract.LayerLoader {
		if len(s.Files) > 0 {
			b.log.Warn("the run image has no door to a loader's cache: libraries are found by LD_LIBRARY_PATH")
			return b.libraryPath(s)
		}
		return nil
	}
	cache, err := slicer.LoaderCache(s)
	if err != nil {
		return err
	}
	if len(cache) == 0 || len(s.Files) == 0 {
		return nil
	}
	return b.smallLayer(contract.LayerLoader, map[string][]byte{slicer.LoaderCachePath: cache})
}

// smallLayer writes a layer of a few files, each time anew: equal bytes are the same layer to the lifecycle.
func (b *builder) smallLayer(name string, files map[string][]byte) error {
	layer, err := b.layer(name)
	if err != nil {
		return err
	}
	if layer, err = b.reset(layer); err != nil {
		return err
	}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(layer.Path, file), data, 0o644); err != nil {
			return fmt.Errorf("cannot write layer %s: %w", name, err)
		}
	}
	layer.Launch, layer.Metadata = true, b.metadata(b.key("whole"))
	b.keep(layer)
	return language.Settle(layer.Path)
}

// dataVariables are the variables by which programs find data that lie elsewhere than at the paths they have compiled in. Locales
// and character sets have variables too, but are the libc's of the run image.
var dataVariables = map[string]string{
	"etc/ssl/certs/ca-certificates.crt": "SSL_CERT_FILE",
	"usr/lib/file/magic.mgc":            "MAGIC",
}

// libraryPath is the fallback for run images without doors: a variable, which a child with an empty environment loses.
func (b *builder) libraryPath(s *slicer.Selection) error {
	triplet := debian.Triplet(b.arch)
	var dirs []string
	for _, layer := range s.Layers() {
		dirs = append(dirs, contract.LayerPath(layer, "usr/lib/"+triplet))
	}
	layer, err := b.layer(contract.LayerLoader)
	if err != nil {
		return err
	}
	if layer, err = b.reset(layer); err != nil {
		return err
	}
	layer.LaunchEnv = packit.Environment{}
	layer.LaunchEnv.Prepend("LD_LIBRARY_PATH", strings.Join(dirs, ":"), ":")
	layer.LaunchEnv.Prepend("PATH", contract.LayerPath(contract.LayerSlices, "usr/bin"), ":")
	for _, f := range s.Files {
		if variable, ok := dataVariables[f.Path]; ok {
			layer.LaunchEnv.Default(variable, contract.LayerPath(f.Layer, f.Path))
		}
	}
	layer.Launch, layer.Metadata = true, b.metadata(b.key("path"))
	b.keep(layer)
	return nil
}
