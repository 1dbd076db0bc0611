package build

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// tellHints names once the libraries that the app and its packages open by name and that the image lacks, with the line
// for project.toml. Whether a program gets to where it opens them nobody can see, so they are not taken unasked.
func (b *builder) tellHints(ctx context.Context, s *slicer.Selection, a language.Artifacts) {
	b.tellPaths(s, a.Opens)
	b.tellInjected(s)
	openers, unknown := b.openers(ctx, s, a)
	if len(openers)+len(unknown) == 0 {
		return
	}
	b.log.Line("libraries that the app opens by name and the image lacks:")
	all := maps.Clone(openers)
	maps.Copy(all, unknown)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.log.Line("  %-30s %s", name, language.Some(all[name]))
	}
	if len(openers) > 0 {
		b.log.Line("if it needs them: in project.toml, under [dev.whittle.run]: libraries = [%s]", quoted(append(inFile(b.project.Settings.Libraries), slices.Sorted(maps.Keys(openers))...)))
	}
	if len(unknown) > 0 {
		var find []string
		for _, name := range slices.Sorted(maps.Keys(unknown)) {
			find = append(find, fmt.Sprintf("whittle find '%s'", name))
		}
		b.log.Line("what has them: %s", strings.Join(find, "; "))
	}
}

// tellInjected names the libraries that come into the container when it starts, by who brings them.
func (b *builder) tellInjected(s *slicer.Selection) {
	names := map[string][]string{}
	for _, o := range s.Omitted {
		if injector, ok := closure.InjectorOf(o.Name); ok && !slices.Contains(names[injector.Name], o.Name) {
			names[injector.Name] = append(names[injector.Name], o.Name)
		}
	}
	for _, by := range slices.Sorted(maps.Keys(names)) {
		b.log.Line("%s brings these when the container starts, and no image may have them: %s", by, strings.Join(slices.Sorted(slices.Values(names[by])), ", "))
	}
}

// tellPaths warns of libraries that are opened by a path at which the image does not have them: libraries lie in a layer, where the
// loader finds them by their names.
func (b *builder) tellPaths(s *slicer.Selection, opens []language.Opened) {
	for _, o := range opens {
		elsewhere := func(f manifest.File) bool {
			return f.Layer == contract.LayerLibs && path.Base(f.Path) == path.Base(o.Path)
		}
		if o.Path != "" && slices.ContainsFunc(s.Files, elsewhere) {
			b.log.Warn("%s opens %s, which the image has not at that path: opened as %s, it is found", o.By, o.Path, path.Base(o.Path))
		}
	}
}

// tellShell names files that run commands by a shell, where the image has none. Whether the app gets there nobody can see, so that
// none is taken unasked.
func (b *builder) tellShell(s *slicer.Selection, a language.Artifacts) {
	if len(a.Shell) == 0 || b.contract.foreign() || b.image(s).Check(command.Literal([]string{"/bin/sh"})) == nil {
		return
	}
	b.log.Line("%s runs commands by a shell, and the image has none; if it needs them: in project.toml, under [dev.whittle.run]: slices = [%s]",
		language.Some(a.Shell), quoted(append(inFile(b.project.Settings.Slices), "dash_bins")))
}

// tellWritten names folders that the app seems to write to, and that nobody has named. Whether it does nobody can see, so that they are not
// opened unasked.
func (b *builder) tellWritten(a language.Artifacts) {
	all := slices.DeleteFunc(slices.Clone(a.MayWrite), func(dir string) bool {
		within := func(open string) bool {
			open = path.Clean(open)
			return open == "." || dir == open || strings.HasPrefix(dir, open+"/") || strings.HasPrefix(open, dir+"/")
		}
		return slices.ContainsFunc(a.Writable, within) || slices.ContainsFunc(b.project.Settings.Writable, func(s project.Setting) bool { return within(s.Name) })
	})
	if len(all) == 0 {
		return
	}
	b.log.Line("folders that the app seems to write to, and that nobody can write to in the image: %s; if it does: in project.toml, under [dev.whittle.run]: writable = [%s]",
		language.Some(all), quoted(append(inFile(b.project.Settings.Writable), all...)))
}

// openers are the files that open libraries which the image lacks: by the library's name in project.toml, and apart by the name
// that they ask for, where no package is known to be of it. Python's own files are read by Python: a name of theirs that is
// not known may be another platform's.
func (b *builder) openers(ctx context.Context, s *slicer.Selection, a language.Artifacts) (known, unknown map[string][]string) {
	known, unknown = map[string][]string{}, map[string][]string{}
	add := func(to map[string][]string, name, by string) {
		if !slices.Contains(to[name], by) {
			to[name] = append(to[name], by)
		}
	}
	roots := append([]string{b.WorkingDir}, a.Roots...)
	for _, o := range s.Omitted {
		opener, ok := below(roots, o.By)
		_, injected := closure.InjectorOf(o.Name)
		if !ok || injected || path.Ext(o.By) == ".py" || !strings.Contains(o.Name, ".so") || b.there(s, o.Name) {
			continue
		}
		if soname, ok := b.soname(ctx, o.Name); ok {
			add(known, soname, opener)
		} else {
			add(unknown, o.Name, opener)
		}
	}
	for _, o := range a.Opens {
		if slices.ContainsFunc(o.Names, func(name string) bool { return b.there(s, name) }) {
			continue
		}
		for _, name := range o.Names {
			if _, injected := closure.InjectorOf(name); injected {
				continue
			}
			if soname, ok := b.soname(ctx, name); ok {
				add(known, soname, o.By)
				break
			}
		}
	}
	return known, unknown
}

// there tells whether a library is in the image: of the cut or of the run image, by some version of it for a name that any
// version fits.
func (b *builder) there(s *slicer.Selection, name string) bool {
	stem, version, _ := strings.Cut(name, ".so")
	is := func(base string) bool {
		return base == name || (version == "" || version == ".*") && strings.HasPrefix(base, stem+".so.")
	}
	return slices.ContainsFunc(s.Files, func(f manifest.File) bool { return is(path.Base(f.Path)) }) ||
		b.contract.Floor != nil && slices.ContainsFunc(b.contract.Floor.Libraries, func(l contract.FloorLibrary) bool { return is(l.Soname) })
}

// below tells what a file is called below one of some folders.
func below(roots []string, file string) (string, bool) {
	for _, root := range roots {
		if rest, ok := strings.CutPrefix(file, root+"/"); ok {
			return rest, true
		}
	}
	return filepath.Base(file), false
}

// inFile are the names that project.toml gives already, of those that were given.
func inFile(all []project.Setting) []string {
	var names []string
	for _, one := range all {
		if one.By == project.File {
			names = append(names, one.Name)
		}
	}
	return names
}

// soname is the name by which a library can be asked for, which a program opens by the name for linkers (libvips.so) or by
// any version (libmagic.so.*): that of the newest version which a package is named for (Debian Policy 8.1), else the one that
// Debian 13 has of those that are often opened. The archive is asked only where the build has opened it anyway.
func (b *builder) soname(ctx context.Context, name string) (string, bool) {
	stem, version, _ := strings.Cut(name, ".so")
	if version != "" && version != ".*" {
		return name, true
	}
	sources := []packages.Source{b.installed}
	if b.opened != nil {
		sources = append(sources, b.archive)
	}
	pkg := strings.ReplaceAll(strings.ToLower(stem), "_", "-")
	if pkg != "" && strings.ContainsAny(pkg[len(pkg)-1:], "0123456789") {
		pkg += "-"
	}
	for n := 99; n >= 0; n-- {
		for _, source := range sources {
			for _, ending := range []string{"", "t64"} {
				if all, err := source.Versions(ctx, fmt.Sprintf("%s%d%s", pkg, n, ending)); err == nil && len(all) > 0 {
					return fmt.Sprintf("%s.so.%d", stem, n), true
				}
			}
		}
	}
	soname, ok := oftenOpened[strings.TrimPrefix(stem, "lib")]
	return soname, ok
}

// oftenOpened are libraries that packages of PyPI and RubyGems look for, by the names that they ask for without "lib".
var oftenOpened = map[string]string{
	"MagickWand-7.Q16": "libMagickWand-7.Q16.so.10", "archive": "libarchive.so.13", "augeas": "libaugeas.so.0", "cairo": "libcairo.so.2", "cairo-2": "libcairo.so.2",
	"chromaprint": "libchromaprint.so.1", "discid": "libdiscid.so.0", "dmtx": "libdmtx.so.0", "enchant-2": "libenchant-2.so.2", "ev": "libev.so.4", "fluidsynth": "libfluidsynth.so.3",
	"fontconfig": "libfontconfig.so.1", "gdal": "libgdal.so.36", "geos_c": "libgeos_c.so.1", "gobject-2.0": "libgobject-2.0.so.0", "harfbuzz": "libharfbuzz.so.0",
	"hunspell-1.7": "libhunspell-1.7.so.0", "lept": "libleptonica.so.6", "lz4": "liblz4.so.1", "magic": "libmagic.so.1", "mosquitto": "libmosquitto.so.1", "opus": "libopus.so.0",
	"pango-1.0": "libpango-1.0.so.0", "pangocairo-1.0": "libpangocairo-1.0.so.0", "portaudio": "libportaudio.so.2", "snappy": "libsnappy.so.1", "sndfile": "libsndfile.so.1",
	"sodium": "libsodium.so.23", "spatialindex_c": "libspatialindex_c.so.8", "spatialite": "mod_spatialite.so", "tesseract": "libtesseract.so.5", "usb-1.0": "libusb-1.0.so.0",
	"vips": "libvips.so.42", "vips-42": "libvips.so.42", "vlc": "libvlc.so.5", "zbar": "libzbar.so.0",
}
