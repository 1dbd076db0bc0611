package slicer_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// TestSelect goes through the scenarios of testdata/select: packages and definitions in, the files of the selection
// with their layers and reasons out. Each is selected in every rotation of its names, and the result must not differ.
func TestSelect(t *testing.T) {
	eachScenario(t, func(t *testing.T, row string, s *scenario) {
		var digests map[string]string
		for turn := range max(1, len(s.want.Names)) {
			s.want.Names = append(s.want.Names[turn:], s.want.Names[:turn]...)
			got, sums := s.run(t)
			if *update {
				s.update(t, row, got)
			} else if diff := cmp.Diff(s.file("want"), got); diff != "" {
				t.Fatalf("turn %d, -want +got:\n%s", turn, diff)
			}
			if digests != nil && !maps.Equal(digests, sums) {
				t.Errorf("the order of names changes the digests: %v, %v", digests, sums)
			}
			digests = sums
		}
	})
}

// eachScenario runs a test for each file of testdata/select.
func eachScenario(t *testing.T, test func(t *testing.T, row string, s *scenario)) {
	t.Helper()
	rows, err := filepath.Glob("testdata/select/*.txtar")
	if err != nil || len(rows) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	for _, row := range rows {
		t.Run(strings.TrimSuffix(filepath.Base(row), ".txtar"), func(t *testing.T) {
			text, err := txtar.ParseFile(row)
			if err != nil {
				t.Fatal(err)
			}
			test(t, row, newScenario(t, text, key))
		})
	}
}

type scenario struct {
	text    *txtar.Archive
	archive slicertest.Archive
	want    slicer.Want
}

func newScenario(t *testing.T, text *txtar.Archive, key *slicertest.Key) *scenario {
	t.Helper()
	s := &scenario{text: text, archive: slicertest.ArchiveOf(text, key), want: slicer.Want{Arch: "amd64"}}
	s.want.Sources = []packages.Source{openArchive(t, s.archive)}
	for _, line := range strings.Fields(s.file("names")) {
		name, layer, _ := strings.Cut(line, "@")
		s.want.Names = append(s.want.Names, slicer.Named{Name: name, By: "project.toml", Layer: layer})
	}
	for _, name := range strings.Fields(s.file("sonames")) {
		s.want.Sonames = append(s.want.Sonames, slicer.Named{Name: name, By: "project.toml"})
	}
	for _, name := range strings.Fields(s.file("opened")) {
		s.want.Opened = append(s.want.Opened, slicer.Named{Name: name, By: "a.B of app.jar"})
	}
	if floor := s.file("floor"); floor != "" {
		f, err := contract.ReadFloor(strings.NewReader(floor))
		if err != nil {
			t.Fatal(err)
		}
		if f.Doors, err = contract.ReadDoors(strings.NewReader(s.file("doors")), "x86_64-linux-gnu"); err != nil {
			t.Fatal(err)
		}
		s.want.Floor = f
	}
	for _, f := range text.Files {
		if at, ok := strings.CutPrefix(f.Name, "app/"); ok {
			body := f.Data
			if bytes.HasPrefix(body, []byte("elf")) {
				body = slicertest.ELFOf(strings.Fields(string(body))[1:]...).Bytes()
			}
			s.want.Objects = append(s.want.Objects, slicer.Object{Path: "/workspace/" + at, Open: func() (packages.ReaderAtCloser, error) {
				return memory{bytes.NewReader(body)}, nil
			}})
		}
	}
	for _, f := range text.Files {
		if at, ok := strings.CutPrefix(f.Name, "script/"); ok {
			s.want.Scripts = append(s.want.Scripts, slicer.Object{Path: "/workspace/" + at, Open: func() (packages.ReaderAtCloser, error) {
				return memory{bytes.NewReader(f.Data)}, nil
			}})
		}
	}
	s.readRelease(t)
	return s
}

// readRelease reads the definitions "release/PACKAGE.yaml", without their first two lines, which are the same for all.
func (s *scenario) readRelease(t *testing.T) {
	t.Helper()
	definitions := map[string]string{}
	for _, f := range s.text.Files {
		if name, ok := strings.CutPrefix(f.Name, "release/"); ok {
			definitions[strings.TrimSuffix(name, ".yaml")] = string(f.Data)
		}
	}
	if len(definitions) > 0 {
		s.want.Release = releaseOf(t, definitions)
	}
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func openArchive(t *testing.T, a slicertest.Archive) *packages.Archive {
	t.Helper()
	return openArchiveAs(t, a, packages.ArchiveOptions{})
}

// openArchiveAs opens an archive with some options, on a machine of its own.
func openArchiveAs(t *testing.T, a slicertest.Archive, o packages.ArchiveOptions) *packages.Archive {
	t.Helper()
	dir := t.TempDir()
	if err := a.WriteTo(filepath.Join(dir, "archive")); err != nil {
		t.Fatal(err)
	}
	sources := filepath.Join(dir, "test.sources")
	if err := os.WriteFile(sources, []byte(a.Sources("file://"+filepath.Join(dir, "archive"))), 0o644); err != nil {
		t.Fatal(err)
	}
	o.Root, o.Sources, o.Arch, o.Cache = dir, sources, "amd64", filepath.Join(dir, "cache")
	opened, err := packages.OpenArchive(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

func (s *scenario) file(name string) string {
	for _, f := range s.text.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// run selects, cuts every layer into a tar, and renders the selection as text.
func (s *scenario) run(t *testing.T) (string, map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := slicer.Select(ctx, s.want)
	if err != nil {
		return "error: " + err.Error() + "\n", nil
	}
	sums := map[string]string{}
	for _, layer := range got.Layers() {
		sums[layer] = got.Digest(layer)
		var tar bytes.Buffer
		tree := tree.NewTar(&tar)
		if err := slicer.Cut(ctx, got, layer, tree); err != nil {
			t.Fatal(err)
		}
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return render(got), sums
}

// render writes a selection as text: a line a file, without the records that every package has.
func render(s *slicer.Selection) string {
	var b strings.Builder
	for _, f := range s.Files {
		if strings.HasPrefix(f.Path, "var/lib/dpkg/") || path.Base(f.Path) == "copyright" {
			continue
		}
		fmt.Fprintf(&b, "%s %s %s %s", f.Layer, f.Path, f.Kind, f.Mode)
		if f.Link != "" {
			fmt.Fprintf(&b, " -> %s", f.Link)
		}
		fmt.Fprintf(&b, " (%s)\n", f.Slice)
		for _, r := range f.Why {
			fmt.Fprintf(&b, "  %s\n", r)
		}
	}
	for _, sl := range s.Slices {
		for _, r := range sl.Why {
			fmt.Fprintf(&b, "slice %s: %s\n", sl.Name, r)
		}
	}
	for _, o := range s.Omitted {
		fmt.Fprintf(&b, "omitted %s: %s\n", o.Name, o.Reason)
	}
	for _, u := range s.NotDone {
		fmt.Fprintf(&b, "not done %s\n", u)
	}
	for _, u := range s.Unseen {
		fmt.Fprintf(&b, "unseen %s\n", u)
	}
	return b.String()
}

func (s *scenario) update(t *testing.T, row, got string) {
	t.Helper()
	i := slices.IndexFunc(s.text.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		s.text.Files = append(s.text.Files, txtar.File{Name: "want"})
		i = len(s.text.Files) - 1
	}
	s.text.Files[i].Data = []byte(got)
	if err := os.WriteFile(row, txtar.Format(s.text), 0o644); err != nil {
		t.Fatal(err)
	}
}
