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

// fileOf is the base name of the file that a build lacks, by the name that its failure tells.
func fileOf(c failure.Cause, name string) string {
	switch c.Kind {
	case failure.PkgConfig:
		return name + ".pc"
	case failure.Library:
		return "lib" + name + ".so"
	}
	return path.Base(name)
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
	base := fileOf(c, name)
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
