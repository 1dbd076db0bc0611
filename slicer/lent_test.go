package slicer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// lending is an archive of one package, and a directory where that lies unpacked, too.
type lending struct {
	archive, sources, lent, cache string
}

// newLending unpacks the package in one version, and has the archive list another one if that is asked for.
func newLending(t *testing.T, unpacked, listed string) lending {
	t.Helper()
	dir := t.TempDir()
	l := lending{filepath.Join(dir, "archive"), filepath.Join(dir, "test.sources"), filepath.Join(dir, "lent"), filepath.Join(dir, "cache")}
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	for _, version := range []string{unpacked, listed} {
		archive := slicertest.Archive{Keys: []*slicertest.Key{key}, Components: map[string][]slicertest.Deb{"main": {{
			Name: "tool", Version: version, Files: []slicertest.DebFile{
				{Path: "usr/bin/tool", Mode: 0o755, Body: []byte("tool of " + version + "\n")},
				{Path: "usr/share/man/man1/tool.1", Body: []byte("page of " + version + "\n")},
				{Path: "usr/share/doc/tool/copyright", Body: []byte("terms\n")},
			},
		}}}}
		if err := os.RemoveAll(l.archive); err != nil {
			t.Fatal(err)
		}
		if err := archive.WriteTo(l.archive); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Dir(l.sources), filepath.Base(l.sources), archive.Sources("file://"+l.archive))
		if _, err := os.Stat(l.lent); err == nil {
			break
		}
		if err := l.open(t, "").WriteUnpacked(t.Context(), l.lent, []string{"tool"}); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(l.cache); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func (l lending) open(t *testing.T, lent string) *packages.Archive {
	t.Helper()
	a, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Root: t.TempDir(), Sources: l.sources, Arch: "amd64", Cache: l.cache, Unpacked: lent, WithoutDocs: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// cut cuts slices into a directory, where files could be shared, and returns what the program says.
func (l lending) cut(t *testing.T, from *packages.Archive, names ...string) (root string, err error) {
	t.Helper()
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{from}}
	for _, name := range names {
		w.Names = append(w.Names, slicer.Named{Name: name})
	}
	s, err := slicer.Select(t.Context(), w)
	if err != nil {
		return "", err
	}
	root = t.TempDir()
	at, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	for _, layer := range s.Layers() {
		if err := slicer.Cut(t.Context(), s, layer, tree.NewDir(at)); err != nil {
			return "", err
		}
	}
	return root, nil
}

// lentFile is where a text lies in the directory of unpacked packages.
func (l lending) lentFile(t *testing.T, text string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(l.lent, "files", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range all {
		if data, err := os.ReadFile(at); err == nil && string(data) == text {
			return at
		}
	}
	t.Fatalf("no file of %s has %q", l.lent, text)
	return ""
}

// TestUnpackedPackagesOfABuildImage: a package that lies there unpacked is neither downloaded nor unpacked where it is the one that
// the archive lists, and has its right bytes; what cannot be used is got as if it were not there. Whether the archive was asked
// shows by taking its packages away.
func TestUnpackedPackagesOfABuildImage(t *testing.T) {
	for _, row := range []struct {
		name   string
		listed string // the version that the archive lists
		names  []string
		change func(t *testing.T, l lending)
		taken  bool
	}{
		{"Same", "1", []string{"tool_bins"}, func(*testing.T, lending) {}, true},
		{"AnotherVersion", "2", []string{"tool_bins"}, func(*testing.T, lending) {}, false},
		{"Documentation", "1", []string{"tool_man"}, func(*testing.T, lending) {}, false},
		{"NotThere", "1", []string{"tool_bins"}, func(t *testing.T, l lending) { remove(t, l.lent) }, false},
		{"WithoutAFile", "1", []string{"tool_bins"}, func(t *testing.T, l lending) { remove(t, l.lentFile(t, "tool of 1\n")) }, false},
		{"Spoiled", "1", []string{"tool_bins"}, func(t *testing.T, l lending) {
			at := l.lentFile(t, "tool of 1\n")
			spoil(t, filepath.Dir(at), filepath.Base(at))
		}, false},
		{"DamagedRecord", "1", []string{"tool_bins"}, func(t *testing.T, l lending) {
			records, err := filepath.Glob(filepath.Join(l.lent, "contents-*", "*", "*"))
			if err != nil || len(records) != 1 {
				t.Fatalf("the records are %v (%v)", records, err)
			}
			if err := os.WriteFile(records[0], []byte("no record"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"OthersMayWrite", "1", []string{"tool_bins"}, func(t *testing.T, l lending) {
			if err := os.Chmod(l.lent, 0o777); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLending(t, "1", row.listed)
			row.change(t, l)
			pool := filepath.Join(l.archive, "pool")
			if err := os.Rename(pool, pool+".away"); err != nil {
				t.Fatal(err)
			}
			_, err := l.cut(t, l.open(t, l.lent), row.names...)
			if taken := err == nil; taken != row.taken {
				t.Fatalf("it is taken: %v, want %v (%v)", taken, row.taken, err)
			}
			if err := os.Rename(pool+".away", pool); err != nil {
				t.Fatal(err)
			}
			root, err := l.cut(t, l.open(t, l.lent), row.names...)
			if err != nil {
				t.Fatal(err)
			}
			at, want := "usr/bin/tool", "tool of "+row.listed+"\n"
			if row.names[0] == "tool_man" {
				at, want = "usr/share/man/man1/tool.1", "page of "+row.listed+"\n"
			}
			if got, err := os.ReadFile(filepath.Join(root, at)); err != nil || string(got) != want {
				t.Errorf("/%s is %q (%v), want %q", at, got, err, want)
			}
			if stored := holds(t, filepath.Join(l.cache, "unpacked"), want); stored == row.taken {
				t.Errorf("the cache has it: %v", stored)
			}
		})
	}
}

// TestUnpackedPackagesAreNotShared: whoever edits a file of a cut changes nothing of what is lent to all, also where both lie on one
// file system and belong to one user.
func TestUnpackedPackagesAreNotShared(t *testing.T) {
	l := newLending(t, "1", "1")
	root, err := l.cut(t, l.open(t, l.lent), "tool_bins")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/bin/tool"), []byte("edited"), 0o755); err != nil {
		t.Fatal(err)
	}
	l.lentFile(t, "tool of 1\n") // fails where it is gone
}

// TestBundlesHaveUnpackedPackages: a bundle is whole, whatever the build image that it was written in had.
func TestBundlesHaveUnpackedPackages(t *testing.T) {
	l := newLending(t, "1", "1")
	a := l.open(t, l.lent)
	if _, err := l.cut(t, a, "tool_bins"); err != nil {
		t.Fatal(err)
	}
	var bundle bytes.Buffer
	if err := a.WriteBundle(t.Context(), &bundle, []byte("lock")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(bundle.Bytes(), []byte("!<arch>\n")) {
		t.Error("the bundle has no .deb")
	}
}

func remove(t *testing.T, at string) {
	t.Helper()
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
}
