package build

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// tellHints names once the libraries that the app and its packages open by name and that the image lacks, with the line
// for project.toml. Whether a program gets to where it opens them nobody can see, so they are not taken unasked.
func (b *builder) tellHints(ctx context.Context, s *slicer.Selection, roots []string) {
	openers := map[string][]string{} // by library
	for _, o := range s.Omitted {
		if path.Ext(o.By) == ".py" {
			continue // Python tells its own, by the calls that open them
		}
		if opener, ok := below(roots, o.By); ok && strings.Contains(o.Name, ".so") && !there(s, o.Name) {
			openers[o.Name] = append(openers[o.Name], opener)
		}
	}
	if len(openers) == 0 {
		return
	}
	b.log.Line("libraries that the app opens by name and the image lacks:")
	var known, unknown []string
	for _, name := range slices.Sorted(maps.Keys(openers)) {
		b.log.Line("  %-30s %s", name, language.Some(openers[name]))
		if soname, ok := b.soname(ctx, name); ok {
			known = append(known, soname)
		} else {
			unknown = append(unknown, fmt.Sprintf("whittle find '%s'", name))
		}
	}
	if len(known) > 0 {
		b.log.Line("if it needs them: in project.toml, under [dev.whittle.run]: libraries = [%s]", quoted(append(b.listed(), known...)))
	}
	if len(unknown) > 0 {
		b.log.Line("what has them: %s", strings.Join(unknown, "; "))
	}
}

// there tells whether a library is in the image by some version of it, for a name that any version fits.
func there(s *slicer.Selection, name string) bool {
	stem, version, _ := strings.Cut(name, ".so")
	return (version == "" || version == ".*") && slices.ContainsFunc(s.Files, func(f manifest.File) bool {
		return strings.HasPrefix(path.Base(f.Path), stem+".so.")
	})
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

// listed are the libraries that project.toml names already.
func (b *builder) listed() []string {
	var all []string
	for _, l := range b.project.Settings.Libraries {
		if l.By == project.File {
			all = append(all, l.Name)
		}
	}
	return all
}

// soname is the name by which a library can be asked for, which a script opens by the name for linkers (libvips.so) or by
// any version (libmagic.so.*): that of the newest version which a package is named for (Debian Policy 8.1). The archive is
// asked only where the build has opened it anyway.
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
				if _, err := source.Package(ctx, fmt.Sprintf("%s%d%s", pkg, n, ending)); err == nil {
					return fmt.Sprintf("%s.so.%d", stem, n), true
				}
			}
		}
	}
	return "", false
}
