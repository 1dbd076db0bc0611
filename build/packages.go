package build

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// layerMore holds the Debian packages that a language asks for while it builds, beside language.LayerBuildPackages.
const layerMore = "build-more"

// unpacked is the layer of build packages as compilers see it.
type unpacked struct {
	Layer packit.Layer
	Key   string // what is in it; empty where nothing was asked for
}

// addBuildPackages gets the packages that the settings and the language name.
func (b *builder) addBuildPackages(ctx context.Context) (unpacked, error) {
	wanted := slices.Clone(b.project.Settings.Packages)
	l, ok := b.row(b.app.Language)
	if ok && l.Packages != nil {
		wanted = append(wanted, asSettings(l.Packages(b.project.Files, b.Env, b.builders.Of(b.release())))...)
	}
	if ok && l.Check != nil && len(wanted) > 0 {
		if err := l.Check(ctx, b.site(unpacked{})); err != nil {
			return unpacked{}, err
		}
	}
	return b.unpackPackages(ctx, language.LayerBuildPackages, wanted)
}

// addMore gets further packages beside those of before, and returns where a language works with both.
func (b *builder) addMore(ctx context.Context, before unpacked, more []language.BuildPackage) (language.Site, error) {
	added, err := b.unpackPackages(ctx, layerMore, asSettings(more))
	site := b.site(before)
	site.Env, site.Tools = added.env(site.Env, debian.Triplet(b.arch)), site.Tools+added.Key
	return site, err
}

func asSettings(asked []language.BuildPackage) []project.Setting {
	var all []project.Setting
	for _, p := range asked {
		all = append(all, project.Setting{Name: p.Name, By: p.By})
	}
	return all
}

// unpackPackages fetches packages and unpacks them, without root, into a layer. The same packages again leave the cached layer
// alone.
func (b *builder) unpackPackages(ctx context.Context, into string, wanted []project.Setting) (unpacked, error) {
	if len(wanted) == 0 {
		return unpacked{}, nil
	}
	b.log.Step("Debian packages for the build only")
	closure := &buildClosure{installed: b.installed, archive: b.archive, chosen: map[string]buildPackage{}, contents: map[string]*packages.Contents{}}
	packages, present, err := closure.resolve(ctx, wanted)
	if err != nil {
		return unpacked{}, err
	}
	for _, name := range present {
		b.log.Line("%s is in the build image", name)
	}
	layer, err := b.layer(into)
	if err != nil || len(packages) == 0 {
		b.log.Done()
		return unpacked{}, err
	}
	key := b.key(packagesKey(packages))
	for _, p := range packages {
		if p.from == b.archive {
			b.buildOnly = append(b.buildOnly, p.Name)
		}
		b.log.Item(p.Name+" "+p.Version, unpackedSize(closure.contents[p.Name]), p.Why)
	}
	if b.reusable(layer, key) {
		b.log.Line("all from the cache")
	} else if layer, err = b.unpackAll(ctx, layer, packages, closure); err != nil {
		return unpacked{}, err
	}
	layer.Build, layer.Cache, layer.Metadata = true, true, b.metadata(key)
	layer.BuildEnv = packit.Environment{}
	for name, dirs := range buildPaths(layer.Path, debian.Triplet(b.arch)) {
		layer.BuildEnv.Prepend(name, strings.Join(dirs, ":"), ":")
	}
	b.keep(layer)
	b.log.Done()
	return unpacked{Layer: layer, Key: key}, nil
}

// unpackAll unpacks packages into their layer, which is emptied before.
func (b *builder) unpackAll(ctx context.Context, layer packit.Layer, all []buildPackage, closure *buildClosure) (packit.Layer, error) {
	layer, err := b.reset(layer)
	if err != nil {
		return layer, err
	}
	root, err := os.OpenRoot(layer.Path)
	if err != nil {
		return layer, fmt.Errorf("cannot open layer %s: %w", layer.Name, err)
	}
	defer root.Close()
	u := unpacking{into: tree.NewDir(root), layer: layer.Path, files: map[string]bool{}}
	opened := make([]*packages.Contents, len(all))
	for i, p := range all {
		if opened[i], err = closure.open(ctx, p); err != nil {
			return layer, err
		}
		for _, e := range opened[i].Entries {
			u.files[e.Path] = e.Kind != tree.Directory
		}
	}
	for i, p := range all {
		for _, e := range opened[i].Entries {
			if err := u.unpack(opened[i], e); err != nil {
				return layer, fmt.Errorf("cannot unpack build package %s: %w", p.Name, err)
			}
		}
	}
	return layer, nil
}

// unpacking puts packages into a layer.
type unpacking struct {
	into  tree.Tree
	layer string
	files map[string]bool // by path: those of all the packages, and of directories false
}

// unpack writes one entry. Setuid bits are of no use without root; documentation is left out; .pc files are led to the
// layer, which PKG_CONFIG_SYSROOT_DIR would do for the build image's own .pc files, too, and so break those; files of CMake's are led to
// those of the layer that they name by their paths.
func (u unpacking) unpack(c *packages.Contents, e packages.Entry) error {
	if strings.HasPrefix(e.Path, "usr/share/doc/") || strings.HasPrefix(e.Path, "usr/share/man/") {
		return nil
	}
	h := &tar.Header{Name: e.Path, Mode: e.Mode&0o777 | 0o444}
	switch e.Kind {
	case tree.Directory:
		h.Typeflag, h.Name, h.Mode = tar.TypeDir, e.Path+"/", 0o755
		return u.into.Add(h, nil)
	case tree.Symlink:
		h.Typeflag, h.Linkname = tar.TypeSymlink, e.Link
		if filepath.IsAbs(e.Link) {
			h.Linkname = filepath.Join(u.layer, e.Link)
		}
		return u.into.Add(h, nil)
	}
	f, err := c.Open(e)
	if err != nil {
		return err
	}
	h.Typeflag, h.Size = tar.TypeReg, e.Size
	var body io.Reader = f
	if lead := u.leads(e.Path); lead != nil && e.Size <= 1<<20 {
		text, err := io.ReadAll(f)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		text = lead(text)
		body, h.Size = bytes.NewReader(text), int64(len(text))
	}
	return errors.Join(u.into.Add(h, body), f.Close())
}

// leads is how a file is led to the layer; nil for one that is left as it is.
func (u unpacking) leads(name string) func([]byte) []byte {
	switch path.Ext(name) {
	case ".pc":
		return func(text []byte) []byte { return leadPC(text, u.layer) }
	case ".cmake":
		return u.leadCMake
	}
	return nil
}

var pcPrefix = regexp.MustCompile(`(=|-I|-L|\s)/usr\b`)

func leadPC(text []byte, layer string) []byte {
	return pcPrefix.ReplaceAll(text, []byte("${1}"+layer+"/usr"))
}

// underUsr matches a path below /usr that is whole.
var underUsr = regexp.MustCompile(`(?m)(^|[\s"';=(])(/usr/[\w./+-]+)`)

// leadCMake leads to the layer the files of it that a file of CMake's names by their paths: libraries of other packages.
func (u unpacking) leadCMake(text []byte) []byte {
	return underUsr.ReplaceAllFunc(text, func(found []byte) []byte {
		at := bytes.IndexByte(found, '/')
		if !u.files[string(found[at+1:])] {
			return found
		}
		return slices.Concat(found[:at], []byte(u.layer), found[at:])
	})
}

// buildPaths are the list variables by which compilers, linkers, pkg-config, CMake and autotools find what is unpacked
// in a layer. The build image has doors into this layer for what they don't cover.
func buildPaths(layer, triplet string) map[string][]string {
	usr := layer + "/usr"
	lib := usr + "/lib/" + triplet
	return map[string][]string{
		"PATH":              {usr + "/bin"},
		"CPATH":             {usr + "/include", usr + "/include/" + triplet},
		"LIBRARY_PATH":      {lib, usr + "/lib"},
		"LD_LIBRARY_PATH":   {lib, usr + "/lib"},
		"PKG_CONFIG_PATH":   {lib + "/pkgconfig", usr + "/lib/pkgconfig", usr + "/share/pkgconfig"},
		"ACLOCAL_PATH":      {usr + "/share/aclocal"},
		"CMAKE_PREFIX_PATH": {usr},
	}
}

// env adds the layer to an environment.
func (u unpacked) env(env map[string]string, triplet string) map[string]string {
	if u.Key == "" {
		return env
	}
	all := map[string]string{}
	for name, dirs := range buildPaths(u.Layer.Path, triplet) {
		all[name] = language.Prepend(env, name, dirs...)
	}
	return language.With(env, all)
}

// packagesKey identifies what will be unpacked.
func packagesKey(packages []buildPackage) string {
	h := sha256.New()
	for _, p := range packages {
		_, _ = fmt.Fprintf(h, "%s %s %s %s\n", p.Name, p.Version, p.Architecture, p.SHA256) // a hash takes every write
	}
	return hex.EncodeToString(h.Sum(nil))
}

func unpackedSize(c *packages.Contents) int64 {
	var sum int64
	if c != nil {
		for _, e := range c.Entries {
			if e.Kind == tree.File {
				sum += e.Size
			}
		}
	}
	return sum
}
