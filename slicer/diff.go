package slicer

import (
	"encoding/json"
	"fmt"
	"io"
)

// Diff is what changed from one cut to another. Its lists are sorted: packages by name, files by layer and path.
type Diff struct {
	Packages []PackageChange `json:"packages"`
	Files    []FileChange    `json:"files"`
	Before   Totals          `json:"before"`
	After    Totals          `json:"after"`
}

// Change is how a thing changed.
type Change string

// The kinds of changes.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// PackageChange is a package that came, went, or has another version or another .deb of the same version.
type PackageChange struct {
	Change Change `json:"change"`
	Name   string `json:"name"`
	Before string `json:"before,omitempty"` // version
	After  string `json:"after,omitempty"`  // version; equal to Before where only the .deb's digest differs
}

// FileChange is a file, link or directory that came, went or changed.
type FileChange struct {
	Change Change   `json:"change"`
	Layer  string   `json:"layer"`
	Path   string   `json:"path"`
	What   []string `json:"what,omitempty"` // of a changed one: kind, mode, content, link, package
	Before int64    `json:"before"`         // bytes
	After  int64    `json:"after"`          // bytes
}

// Totals count one side. Bytes are those of regular files.
type Totals struct {
	Packages int   `json:"packages"`
	Files    int   `json:"files"` // files and links, no directories
	Bytes    int64 `json:"bytes"`
}

// DiffManifests compares two cuts: of two days, two definitions, or two images.
func DiffManifests(a, b *Manifest) Diff {
	d := Diff{Packages: []PackageChange{}, Files: []FileChange{}, Before: a.totals(), After: b.totals()}
	for p := range pairs(a.Packages, b.Packages, func(p ManifestPackage) string { return p.Name }) {
		switch {
		case p.before == nil:
			d.Packages = append(d.Packages, PackageChange{Change: Added, Name: p.after.Name, After: p.after.Version})
		case p.after == nil:
			d.Packages = append(d.Packages, PackageChange{Change: Removed, Name: p.before.Name, Before: p.before.Version})
		case p.before.Version != p.after.Version || p.before.Arch != p.after.Arch || otherDeb(p.before.SHA256, p.after.SHA256):
			d.Packages = append(d.Packages, PackageChange{Change: Changed, Name: p.after.Name, Before: p.before.Version, After: p.after.Version})
		}
	}
	for p := range pairs(a.Files, b.Files, func(f ManifestFile) string { return f.Layer + "\x00" + f.Path }) {
		switch {
		case p.before == nil:
			d.Files = append(d.Files, FileChange{Change: Added, Layer: p.after.Layer, Path: p.after.Path, After: p.after.Size})
		case p.after == nil:
			d.Files = append(d.Files, FileChange{Change: Removed, Layer: p.before.Layer, Path: p.before.Path, Before: p.before.Size})
		default:
			if what := changesOf(*p.before, *p.after); len(what) > 0 {
				d.Files = append(d.Files, FileChange{
					Change: Changed, Layer: p.after.Layer, Path: p.after.Path, What: what,
					Before: p.before.Size, After: p.after.Size,
				})
			}
		}
	}
	return d
}

// otherDeb tells whether two packages are certainly not of one .deb: an installed package has no digest to compare.
func otherDeb(a, b string) bool { return a != "" && b != "" && a != b }

func changesOf(a, b ManifestFile) []string {
	var what []string
	for _, c := range []struct {
		name    string
		differs bool
	}{
		{"kind", a.Kind != b.Kind},
		{"mode", a.Mode != b.Mode},
		{"content", a.SHA256 != b.SHA256 || a.Size != b.Size},
		{"link", a.Link != b.Link},
		{"package", a.Package != b.Package},
	} {
		if c.differs {
			what = append(what, c.name)
		}
	}
	return what
}

func (m *Manifest) totals() Totals {
	t := Totals{Packages: len(m.Packages)}
	for _, f := range m.Files {
		if f.Kind != Directory.String() {
			t.Files++
			t.Bytes += f.Size
		}
	}
	return t
}

// Empty tells whether nothing changed.
func (d Diff) Empty() bool { return len(d.Packages) == 0 && len(d.Files) == 0 }

// Encode writes the differences as JSON. Equal differences give equal bytes.
func (d Diff) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("cannot write differences: %w", err)
	}
	return nil
}
