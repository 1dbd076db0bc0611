package manifest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"whittle.dev/whittle/internal/pairs"
	"whittle.dev/whittle/slicer/tree"
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

// PackageChange is a package that came, went, has another version or another .deb of the same version, or of which other
// files were cut.
type PackageChange struct {
	Change      Change `json:"change"`
	Name        string `json:"name"`
	Before      string `json:"before,omitempty"`  // version
	After       string `json:"after,omitempty"`   // version
	Rebuilt     bool   `json:"rebuilt,omitempty"` // another .deb of the same version
	Files       int    `json:"files"`             // how many of its files came, went or changed
	BeforeBytes int64  `json:"beforeBytes"`       // of its files, unknown in locks
	AfterBytes  int64  `json:"afterBytes"`
}

// FileChange is a file, link or directory that came, went or changed.
type FileChange struct {
	Change  Change   `json:"change"`
	Layer   string   `json:"layer"`
	Path    string   `json:"path"`
	Package string   `json:"package,omitempty"`
	What    []string `json:"what,omitempty"` // of a changed one: kind, mode, content, link, package
	Before  int64    `json:"before"`         // bytes
	After   int64    `json:"after"`          // bytes
}

// Totals count one side. Bytes are those of regular files.
type Totals struct {
	Packages int   `json:"packages"`
	Files    int   `json:"files"` // files and links, no directories
	Bytes    int64 `json:"bytes"`
}

// Compare compares two cuts: of two days, two definitions, or two images. Where one side does not know the package of
// a file or its size, as a lock does not, that is no difference.
func Compare(a, b *Manifest) Diff {
	d := Diff{Packages: []PackageChange{}, Files: diffFiles(a.Files, b.Files), Before: a.totals(), After: b.totals()}
	before, after := a.weights(), b.weights()
	files := map[string]int{}
	for _, f := range d.Files {
		files[f.Package]++
	}
	for p := range pairs.Of(a.Packages, b.Packages, func(p Package) string { return p.Name }) {
		c := PackageChange{Change: Changed}
		if p.Before != nil {
			c.Name, c.Before, c.BeforeBytes = p.Before.Name, p.Before.Version, before[p.Before.Name]
		}
		if p.After != nil {
			c.Name, c.After, c.AfterBytes = p.After.Name, p.After.Version, after[p.After.Name]
		}
		c.Files = files[c.Name]
		switch {
		case p.Before == nil:
			c.Change = Added
		case p.After == nil:
			c.Change = Removed
		case p.Before.Version == p.After.Version:
			c.Rebuilt = otherDeb(p.Before.SHA256, p.After.SHA256) || p.Before.Arch != p.After.Arch
		}
		if c.Change != Changed || c.Before != c.After || c.Rebuilt || c.Files > 0 {
			d.Packages = append(d.Packages, c)
		}
	}
	return d
}

func diffFiles(a, b []File) []FileChange {
	changes := []FileChange{}
	for p := range pairs.Of(a, b, func(f File) string { return f.Layer + "\x00" + f.Path }) {
		switch {
		case p.Before == nil:
			changes = append(changes, FileChange{Change: Added, Layer: p.After.Layer, Path: p.After.Path, Package: p.After.Package, After: p.After.Size})
		case p.After == nil:
			changes = append(changes, FileChange{Change: Removed, Layer: p.Before.Layer, Path: p.Before.Path, Package: p.Before.Package, Before: p.Before.Size})
		default:
			if what := changesOf(*p.Before, *p.After); len(what) > 0 {
				changes = append(changes, FileChange{
					Change: Changed, Layer: p.After.Layer, Path: p.After.Path, Package: cmp.Or(p.After.Package, p.Before.Package), What: what,
					Before: p.Before.Size, After: p.After.Size,
				})
			}
		}
	}
	return changes
}

// weights are the bytes of each package's files.
func (m *Manifest) weights() map[string]int64 {
	w := map[string]int64{}
	for _, f := range m.Files {
		w[f.Package] += f.Weight()
	}
	return w
}

// otherDeb tells whether two packages are certainly not of one .deb: an installed package has no digest to compare.
func otherDeb(a, b string) bool { return a != "" && b != "" && a != b }

func changesOf(a, b File) []string {
	var what []string
	for _, c := range []struct {
		name    string
		differs bool
	}{
		{"kind", a.Kind != b.Kind},
		{"mode", a.Mode != b.Mode},
		{"content", a.SHA256 != b.SHA256},
		{"link", a.Link != b.Link},
		{"package", a.Package != b.Package && a.Package != "" && b.Package != ""},
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
		if f.Kind != tree.Directory {
			t.Files++
			t.Bytes += f.Weight()
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
