package archive

import (
	"context"
	"fmt"
	"os"

	"whittle.dev/whittle/internal/deb"
)

// Recover describes a package that no index lists any more by the control file
// of its .deb, which is taken from the cache or from wherever a source still has
// it. Name, Version, Architecture, Filename, Size and SHA256 say which one is
// meant; the digest, which the caller vouches for, stands in for a signature.
// Section and Priority count where they are given: an archive may have its own
// opinion of them.
func (a *Archive) Recover(ctx context.Context, want *Package) (*Package, error) {
	f, err := a.Fetch(ctx, want)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	control, err := controlOf(f)
	if err != nil {
		return nil, fmt.Errorf("cannot use package %s %s: %w", want.Name, want.Version, err)
	}
	p := describe(control.Paragraph)
	if p.Name != want.Name || p.Version != want.Version || p.Architecture != want.Architecture {
		return nil, fmt.Errorf("cannot use package %s %s: its .deb is %s %s for %s", want.Name, want.Version, p.Name, p.Version, p.Architecture)
	}
	p.Filename, p.Size, p.SHA256, p.SHA512 = want.Filename, want.Size, want.SHA256, want.SHA512
	if want.Section != "" {
		p.Section = want.Section
	}
	if want.Priority != "" {
		p.Priority = want.Priority
	}
	return p, nil
}

func controlOf(f *os.File) (*deb.Control, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	pkg, err := deb.Open(f, info.Size(), deb.DefaultLimits())
	if err != nil {
		return nil, err
	}
	return pkg.Control()
}
