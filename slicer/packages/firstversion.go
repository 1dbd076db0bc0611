package packages

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/tree"
)

// VersionOrigin says which package has a version of a library's symbols, and since when.
type VersionOrigin struct {
	Package string // binary package
	Since   string // the first version of it that has the symbols, by its symbols file (deb-symbols(5)); empty where it does not say
	Current string // the version that the source has
}

// String says it as "package libc6 has it since 2.38 (the source has 2.41-12)".
func (o VersionOrigin) String() string {
	if o.Since == "" {
		return fmt.Sprintf("package %s %s has it", o.Package, o.Current)
	}
	return fmt.Sprintf("package %s has it since version %s; %s is to be had", o.Package, o.Since, o.Current)
}

// Symbols implements Source. The package is downloaded if need be.
func (a *Archive) Symbols(ctx context.Context, p *Package) (string, error) {
	f, err := a.deb(ctx, p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("cannot read package %s: %w", p.Name, err)
	}
	d, err := deb.Open(f, fi.Size(), deb.DefaultLimits())
	if err != nil {
		return "", fmt.Errorf("cannot read package %s: %w", p.Name, err)
	}
	control, err := d.Control()
	if err != nil {
		return "", fmt.Errorf("cannot read package %s: %w", p.Name, err)
	}
	return control.Symbols, nil
}

// Symbols implements Source.
func (i *Installed) Symbols(_ context.Context, p *Package) (string, error) {
	text, _, err := i.in.MaintainerScript(p.Name, "symbols")
	return text, err
}

// FirstVersion answers which package first had a version such as GLIBC_2.38, or a symbol, of a library. Of a package
// without a symbols file it only knows whether the library that the source has defines the version. The answer is nil
// when no package of the source has it.
func FirstVersion(ctx context.Context, s Source, soname, version string) (*VersionOrigin, error) {
	owners, err := s.Owners(ctx, soname)
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		p, err := s.Package(ctx, o.Package)
		if err != nil {
			return nil, err
		}
		text, err := s.Symbols(ctx, p)
		if err != nil {
			return nil, err
		}
		if since := sinceVersion(text, soname, version); since != "" {
			return &VersionOrigin{Package: p.Name, Since: since, Current: p.Version}, nil
		}
		ok, err := defines(ctx, s, p, o.Path, version)
		if err != nil {
			return nil, err
		}
		if ok {
			return &VersionOrigin{Package: p.Name, Current: p.Version}, nil
		}
	}
	return nil, nil
}

// sinceVersion reads a symbols file: for each library a line "SONAME PACKAGE …", and below it lines " SYMBOL@VERSION
// SINCE". A version has a line of its own, VERSION@VERSION; where it has none, the oldest of its symbols counts.
func sinceVersion(text, soname, version string) string {
	here, since := false, ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch line[0] {
		case '|', '*', '#':
		case ' ':
			name, of, _ := strings.Cut(words[0], "@")
			switch {
			case !here:
			case name == version:
				return words[1]
			case of == version && (since == "" || deb.CompareVersions(words[1], since) < 0):
				since = words[1]
			}
		default:
			here = words[0] == soname
		}
	}
	return since
}

// defines tells whether the library of a package has the version among its definitions.
func defines(ctx context.Context, s Source, p *Package, path, version string) (bool, error) {
	c, err := s.Contents(ctx, p)
	if err != nil {
		return false, err
	}
	e, ok := c.Entry(path)
	for hops := 0; ok && e.Kind == tree.Symlink && hops < 8; hops++ {
		e, ok = c.Entry(debian.LinkTarget(e.Path, e.Link))
	}
	if !ok || e.Kind != tree.File {
		return false, nil
	}
	r, err := c.Open(e)
	if err != nil {
		return false, err
	}
	defer r.Close()
	o, err := ReadELF(r)
	return o != nil && slices.Contains(o.Provides, version), err
}
