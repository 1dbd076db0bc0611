package slicer_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// TestSelectionsWithoutDocsAreTheSame goes through all scenarios of TestSelect with an archive that keeps no documentation unpacked:
// cold, and again from what the cache has.
func TestSelectionsWithoutDocsAreTheSame(t *testing.T) {
	eachScenario(t, func(t *testing.T, _ string, s *scenario) {
		want, wantErr := slicer.Select(t.Context(), s.want)
		s.want.Sources = []packages.Source{openArchiveAs(t, s.archive, packages.ArchiveOptions{WithoutDocs: true})}
		for range 2 {
			got, err := slicer.Select(t.Context(), s.want)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("got error %v, want %v", err, wantErr)
			}
			if err == nil && shown(t, got) != shown(t, want) {
				t.Errorf("-want +got:\n%s", cmp.Diff(shown(t, want), shown(t, got)))
			}
		}
	})
}

// TestDocsAreUnpackedWhenAskedFor looks at what the cache has, and then cuts all of a package, whose examples are read for what
// they need.
func TestDocsAreUnpackedWhenAskedFor(t *testing.T) {
	const page, example = "page of the manual\n", "#!/usr/bin/python3\nimport x\n"
	dir := t.TempDir()
	archive := slicertest.Archive{Keys: []*slicertest.Key{slicertest.NewKey("test", slicertest.KeyOptions{})}, Components: map[string][]slicertest.Deb{"main": {{
		Name: "tool", Version: "1", Files: []slicertest.DebFile{
			{Path: "usr/bin/tool", Mode: 0o755, Body: []byte("tool\n")},
			{Path: "usr/share/man/man1/tool.1", Body: []byte(page)},
			{Path: "usr/share/doc/tool/examples/run", Mode: 0o755, Body: []byte(example)},
			{Path: "usr/share/doc/tool/copyright", Body: []byte("terms\n")},
		},
	}}}}
	if err := archive.WriteTo(filepath.Join(dir, "archive")); err != nil {
		t.Fatal(err)
	}
	sources := filepath.Join(dir, "test.sources")
	if err := os.WriteFile(sources, []byte(archive.Sources("file://"+filepath.Join(dir, "archive"))), 0o644); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(dir, "cache")
	for _, again := range []bool{false, true} {
		from, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Root: dir, Sources: sources, Arch: "amd64", Cache: cache, WithoutDocs: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { from.Close() })
		p, err := from.Package(t.Context(), "tool")
		if err != nil {
			t.Fatal(err)
		}
		c, err := from.Contents(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for body, stored := range map[string]bool{"tool\n": true, "terms\n": true, page: again, example: again} {
			if got := holds(t, filepath.Join(cache, "unpacked", "files"), body); got != stored {
				t.Errorf("%q is stored: %v, want %v", body, got, stored)
			}
		}
		w := slicer.Want{Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool_man"}, {Name: "tool_doc"}}}
		s, err := slicer.Select(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		var tar bytes.Buffer
		for _, layer := range s.Layers() {
			if err := slicer.Cut(t.Context(), s, layer, tree.NewTar(&tar)); err != nil {
				t.Fatal(err)
			}
		}
		for _, body := range []string{page, example} {
			if !bytes.Contains(tar.Bytes(), []byte(body)) {
				t.Errorf("the cut lacks %q", body)
			}
		}
		if e, ok := c.Entry("usr/share/man/man1/tool.1"); !ok || e.Size != int64(len(page)) || e.SHA256 == "" || e.MD5 == "" {
			t.Errorf("the page's entry is %+v", e)
		}
	}
}

// holds tells whether a file below a directory has a text.
func holds(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = os.ReadFile(at)
			found = found || string(data) == text
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
