package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// readChangelogs finds the CVEs that the changelogs of the new versions name. The archive must still have these packages; where it
// has not, or a package has no changelog of its own, that is said instead.
func (d *imageDiff) readChangelogs(ctx context.Context, after *manifest.Manifest, changes []sourceChange) error {
	if len(changes) == 0 {
		return nil
	}
	from := d.origin
	from.release = after.Release
	p := d.progress()
	archive, err := from.archive(ctx, after.Arch, p)
	if err != nil {
		return err
	}
	for i := range changes {
		if err := changes[i].readChangelog(ctx, archive, after); err != nil {
			return closeAll(err, archive)
		}
	}
	p.done()
	return archive.Close()
}

func (s *sourceChange) readChangelog(ctx context.Context, archive *packages.Archive, after *manifest.Manifest) error {
	for _, name := range s.Packages {
		pkg, err := versionOf(ctx, archive, name, after)
		if err != nil {
			return err
		}
		if pkg == nil {
			s.CVENote = "the archive no longer has the package, and its changelog"
			continue
		}
		whole := true
		s.CVEs, whole, err = changelogCVEs(ctx, archive, pkg, s.Before)
		switch {
		case errors.Is(err, errNoChangelog):
			s.CVENote = "the package has no changelog of its own"
			continue
		case err != nil:
			return err
		case s.Older:
			s.CVEs, s.CVENote = nil, "the new version is the older one: what it lacks stands in the changelog of the other"
		case !whole:
			s.CVENote = "the changelog does not go back to the older version"
		case len(s.CVEs) == 0:
			s.CVENote = "its changelog names no CVE"
		default:
			s.CVENote = ""
		}
		return nil
	}
	return nil
}

// versionOf is the package of the archive that a manifest has; nil where the archive has another version by now.
func versionOf(ctx context.Context, archive *packages.Archive, name string, m *manifest.Manifest) (*packages.Package, error) {
	i := slices.IndexFunc(m.Packages, func(p manifest.Package) bool { return p.Name == name })
	all, err := archive.Versions(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if i >= 0 && p.Version == m.Packages[i].Version {
			return p, nil
		}
	}
	return nil, nil
}

// maxChangelog bounds the text of a changelog that is read, in bytes; glibc's has 600 kB.
const maxChangelog = 32 << 20

func changelogCVEs(ctx context.Context, archive *packages.Archive, pkg *packages.Package, since string) ([]string, bool, error) {
	contents, err := archive.Contents(ctx, pkg)
	if err != nil {
		return nil, false, err
	}
	for _, name := range []string{"changelog.Debian.gz", "changelog.gz"} { // of a package of Debian's own, there is no other
		entry, ok := contents.Entry("usr/share/doc/" + pkg.Name + "/" + name)
		if !ok {
			continue
		}
		file, err := contents.Open(entry)
		if err != nil {
			return nil, false, err
		}
		names, whole, err := readChangelog(file, since)
		if err = closeAll(err, file); err != nil {
			return nil, false, fmt.Errorf("cannot read the changelog of %s %s: %w", pkg.Name, pkg.Version, err)
		}
		return names, whole, nil
	}
	return nil, false, errNoChangelog
}

func readChangelog(r io.Reader, since string) ([]string, bool, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, false, err
	}
	return deb.ChangelogCVEs(io.LimitReader(z, maxChangelog), since)
}
