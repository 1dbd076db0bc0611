package build

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/slicer/packages"
)

// filesOf are the base names of the files by which a build has what it lacks, by the name that its failure tells; the first
// that a package has decides.
func filesOf(c failure.Cause, name string) []string {
	switch lower := strings.ToLower(name); c.Kind {
	case failure.PkgConfig:
		return []string{name + ".pc"}
	case failure.Library:
		return []string{"lib" + name + ".so"}
	case failure.CMakePackage:
		return []string{lower + "-config.cmake", name + "Config.cmake", lower + ".pc", "lib" + lower + ".pc", "lib" + lower + ".so"}
	}
	return []string{path.Base(name)}
}

// finder returns what looks through the archive for what a failed build lacks: by its list of files, or where that cannot
// be had in the packages whose names suggest that they have it.
func (b *builder) finder(ctx context.Context) func(failure.Cause) []found {
	return func(c failure.Cause) []found {
		b.log.Line("looking for the Debian package that the build lacks")
		b.quiet = true // what the archive tells would stand between the failure and the advice
		defer func() { b.quiet = false }()
		var all []found
		for _, name := range c.Names {
			f, ok := b.findOne(ctx, c, name)
			if !ok {
				continue
			}
			if !slices.ContainsFunc(all, func(o found) bool { return o.Package == f.Package }) {
				all = append(all, f)
			}
			if c.Any {
				break
			}
		}
		return all
	}
}

func (b *builder) findOne(ctx context.Context, c failure.Cause, name string) (found, bool) {
	for _, base := range filesOf(c, name) {
		if f, ok := b.findFile(ctx, c, name, base); ok {
			return f, true
		}
	}
	return found{}, false
}

// findFile is the best package of the archive that has a file of this base name where a build looks for it.
func (b *builder) findFile(ctx context.Context, c failure.Cause, name, base string) (found, bool) {
	owners, err := b.archive.Owners(ctx, base)
	if err != nil {
		owners = b.likelyOwners(ctx, base)
	}
	owners = slices.DeleteFunc(slices.Clone(owners), func(o packages.Owner) bool { return !fits(c, name, o.Path) })
	slices.SortFunc(owners, func(x, y packages.Owner) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(strings.Count(x.Path, "/"), strings.Count(y.Path, "/")),
			cmp.Compare(len(x.Package), len(y.Package)), cmp.Compare(x.Package, y.Package))
	})
	for _, o := range owners {
		if _, err := b.archive.Package(ctx, o.Package); err == nil {
			return found{Package: o.Package, Path: o.Path, There: b.has(ctx, o.Package)}, true
		}
	}
	return found{}, false
}

// fits tells whether a file is what a compiler, a linker, pkg-config or a shell looks for.
func fits(c failure.Cause, name, file string) bool {
	dir := path.Dir(file)
	switch c.Kind {
	case failure.Header:
		return strings.HasPrefix(file, "usr/include/") && strings.HasSuffix(file, "/"+strings.TrimPrefix(path.Clean(name), "/"))
	case failure.PkgConfig:
		return path.Base(dir) == "pkgconfig"
	case failure.CMakePackage:
		return strings.Contains(dir, "/cmake") || path.Base(dir) == "pkgconfig" || strings.HasSuffix(file, ".so")
	case failure.Library:
		return strings.HasPrefix(dir, "usr/lib") && strings.Count(dir, "/") <= 2
	}
	return slices.Contains([]string{"bin", "usr/bin", "usr/sbin", "sbin"}, dir)
}

// rank puts packages for development first: a header may be in a package of examples, too.
func rank(o packages.Owner) int {
	if strings.HasSuffix(o.Package, "-dev") {
		return 0
	}
	return 1
}

// has tells whether the build has a package: in the build image, or unpacked for it.
func (b *builder) has(ctx context.Context, name string) bool {
	if slices.Contains(b.buildOnly, name) {
		return true
	}
	_, err := b.installed.Package(ctx, name)
	return err == nil
}
