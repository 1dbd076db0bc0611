package packages

import (
	"context"
	"errors"
	"fmt"
	"os"

	"whittle.dev/whittle/internal/store"
)

// UnpackedDir is where a build image may have packages of the archive that are not installed in it, unpacked
// (ArchiveOptions.Unpacked): those that many apps ask for, so that their first builds neither download nor unpack them, and
// no cache keeps them.
const UnpackedDir = "usr/share/whittle/unpacked"

// WriteUnpacked unpacks packages into a directory for ArchiveOptions.Unpacked, without their documentation. They lie there under the
// digests of their .debs, so that another version of one finds nothing.
func (a *Archive) WriteUnpacked(ctx context.Context, dir string, names []string) (err error) {
	st, err := store.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for _, name := range names {
		if err := a.unpackInto(ctx, st, name); err != nil {
			return fmt.Errorf("cannot unpack package %s into %s: %w", name, dir, err)
		}
	}
	return nil
}

func (a *Archive) unpackInto(ctx context.Context, st *store.Store, name string) error {
	p, err := a.Package(ctx, name)
	if err != nil {
		return err
	}
	deb, err := a.deb(ctx, p)
	if err != nil {
		return err
	}
	defer deb.Close()
	_, err = unpack(ctx, st, deb, p, true)
	return err
}

// openLent opens a directory of unpacked packages; nil where there is none, or one that others may write to: those packages are
// got as all others are.
func openLent(dir string) *store.Store {
	if info, err := os.Stat(dir); dir == "" || err != nil || !info.IsDir() {
		return nil
	}
	st, err := store.Open(dir)
	if err != nil {
		return nil
	}
	return st
}

// notShared refuses to share a lent file, which is to stay as it is; the error is fs.ErrNotExist for one that is not there.
func notShared(lent *store.Store, b store.Blob) error {
	f, err := lent.OpenToSum(b)
	if err != nil {
		return err
	}
	f.Close()
	return fmt.Errorf("%w: it is lent", store.ErrCannotShareFile)
}
