package packages

import (
	"context"
	"fmt"
	"slices"

	"whittle.dev/whittle/internal/archive"
)

// OriginLock is the origin of a package that only a lock vouches for.
const OriginLock = "lock"

// Recover implements Source: a package that no suite lists any more is to be had if its .deb is in the cache, or still where
// it was at a source. Its digest stands in for the signature of the archive, which nobody can check any more: so the error wraps
// ErrUnlisted unless ArchiveOptions.AllowUnlisted says otherwise, and then its origin is "lock".
func (a *Archive) Recover(ctx context.Context, want *Package) (*Package, error) {
	if want.SHA256 == "" || want.Filename == "" {
		return nil, fmt.Errorf("cannot find package %s %s by a digest: it has none: %w", want.Name, want.Version, ErrNoPackage)
	}
	found, err := a.in.Recover(ctx, &archive.Package{
		Name: want.Name, Version: want.Version, Architecture: want.Architecture, Filename: want.Filename, Size: want.Size,
		SHA256: want.SHA256, Section: want.Section, Priority: want.Priority,
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	if !a.unlisted {
		return nil, fmt.Errorf("cannot use package %s %s: %w", want.Name, want.Version, ErrUnlisted)
	}
	a.note(fmt.Sprintf("package %s %s is in no suite: it is taken by the digest of the lock", want.Name, want.Version))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recovered == nil {
		a.recovered = map[string]*archive.Package{}
	}
	a.recovered[want.SHA256] = found
	p := describeArchived(found)
	p.Origin = OriginLock
	return p, nil
}

// archived finds the package of an index, or a recovered one, that a description is of.
func (a *Archive) archived(p *Package) (*archive.Package, error) {
	a.mu.Lock()
	found := a.recovered[p.SHA256]
	a.mu.Unlock()
	if found != nil {
		return found, nil
	}
	versions, err := a.in.Versions(p.Name)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(versions, func(v *archive.Package) bool { return v.SHA256 == p.SHA256 })
	if i < 0 {
		return nil, fmt.Errorf("cannot read package %s: the archive does not have version %s (sha256 %s) any more", p.Name, p.Version, p.SHA256)
	}
	return versions[i], nil
}
