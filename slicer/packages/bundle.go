package packages

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"whittle.dev/whittle/internal/archive"
)

// A bundle is one file with everything that cuts take from archives: the signed Release files, the indexes they vouch for,
// the keys, the packages, and the lock of the cuts. ArchiveOptions.Bundle opens one in the place of the archives; see
// docs/archives.md.

// ErrNotBundled is wrapped by errors about what a bundle lacks: it was made for other names.
var ErrNotBundled = archive.ErrNotBundled

// BundledLock is the name of the lock in a bundle.
const BundledLock = "whittle.lock"

// WriteBundle writes a bundle of what was read from archives since they were opened, one for each architecture, and of the
// text of the lock of what was selected from them. Equal selections from equal archives give equal bytes.
func WriteBundle(ctx context.Context, w io.Writer, lock []byte, archives ...*Archive) error {
	var parts []*archive.Part
	for _, a := range archives {
		packages, err := a.readPackages()
		if err != nil {
			return err
		}
		part, err := a.in.Bundle(ctx, packages)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	return archive.WriteBundle(w, parts, map[string][]byte{BundledLock: lock})
}

// WriteBundle writes a bundle of what was read from this archive alone, as the function does.
func (a *Archive) WriteBundle(ctx context.Context, w io.Writer, lock []byte) error {
	return WriteBundle(ctx, w, lock, a)
}

// readPackages are the packages that were looked into, in the order of their digests.
func (a *Archive) readPackages() ([]*archive.Package, error) {
	a.mu.Lock()
	read := maps.Clone(a.read)
	a.mu.Unlock()
	var all []*archive.Package
	for _, digest := range slices.Sorted(maps.Keys(read)) {
		p, err := a.archived(read[digest])
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// ReadBundled reads a file beside the packages of a bundle, such as BundledLock.
func ReadBundled(bundle, name string) ([]byte, error) {
	b, err := archive.OpenBundle(bundle)
	if err != nil {
		return nil, err
	}
	text, err := b.ReadFile(name)
	return text, errors.Join(err, b.Close())
}

// openBundled opens the archives of a bundle. Nothing of the machine's configuration counts.
func openBundled(ctx context.Context, o ArchiveOptions) (*archive.Archive, *archive.Bundle, error) {
	b, err := archive.OpenBundle(o.Bundle)
	if err != nil {
		return nil, nil, err
	}
	in, err := archive.Open(ctx, archive.Options{
		Bundle: b, Arch: o.Arch, Cache: o.Cache, Jobs: o.Jobs, Now: time.Now, Progress: o.report,
	})
	if err != nil {
		return nil, nil, errors.Join(err, b.Close())
	}
	return in, b, nil
}

// nameOf says what the archives are called in messages.
func (o ArchiveOptions) nameOf() string {
	if o.Bundle != "" {
		return "the bundle " + filepath.Base(o.Bundle)
	}
	return "the Debian archive"
}
