package build

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// memory is a source of packages that were written down in a test.
type memory struct {
	packages.Plain
	name     string
	packages map[string]*packages.Package
	contents map[string]*packages.Contents
}

func newMemory(name string) *memory {
	return &memory{name: name, packages: map[string]*packages.Package{}, contents: map[string]*packages.Contents{}}
}

// add adds a package of files; "a -> b" is a link.
func (m *memory) add(p packages.Package, files ...string) {
	c := &packages.Contents{}
	for _, f := range files {
		name, target, link := strings.Cut(f, " -> ")
		e := packages.Entry{Path: name, Link: target}
		if link {
			e.Kind = tree.Symlink
		}
		c.Entries = append(c.Entries, e)
	}
	slices.SortFunc(c.Entries, func(a, b packages.Entry) int { return strings.Compare(a.Path, b.Path) })
	m.packages[p.Name], m.contents[p.Name] = &p, c
}

func (m *memory) Name() string { return m.name }

func (m *memory) Package(_ context.Context, name string) (*packages.Package, error) {
	if p, ok := m.packages[name]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("cannot find package %s in %s: %w", name, m.name, packages.ErrNoPackage)
}

func (m *memory) Providers(_ context.Context, virtual string) ([]*packages.Package, error) {
	var all []*packages.Package
	for _, p := range m.packages {
		if p.Provides == virtual {
			all = append(all, p)
		}
	}
	return all, nil
}

func (m *memory) Owners(_ context.Context, base string) ([]packages.Owner, error) {
	var all []packages.Owner
	for name, c := range m.contents {
		for _, e := range c.Entries {
			if path.Base(e.Path) == base {
				all = append(all, packages.Owner{Path: e.Path, Package: name})
			}
		}
	}
	return all, nil
}

func (m *memory) Contents(_ context.Context, p *packages.Package) (*packages.Contents, error) {
	return m.contents[p.Name], nil
}

// quiet is a log that nobody reads, at a time that stands still.
func quiet() *Log { return NewLog(io.Discard, noon) }

func noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// write writes files below a directory.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names lists the regular files below a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, rerr := filepath.Rel(dir, name)
			all, err = append(all, rel), rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// has reports an error that lacks a text; an empty text means that there must be no error.
func has(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one that has %q", err, want)
	}
}

func (m *memory) Versions(ctx context.Context, name string) ([]*packages.Package, error) {
	return packages.OnlyVersion(ctx, m, name)
}
