package slicer_test

import (
	"archive/tar"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// sharedOf is an archive with a file of every kind that is treated on its own.
func sharedOf(t *testing.T) slicer.Want {
	t.Helper()
	return slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "pkg"}}, Sources: []packages.Source{archiveOf(t, slicertest.Deb{Files: []slicertest.DebFile{
		{Path: "etc/pkg.conf", Body: []byte("colour=blue\n")},
		{Path: "usr/bin/pkg", Body: []byte("program"), Mode: 0o755},
		{Path: "usr/bin/again", HardLink: "usr/bin/pkg"},
		{Path: "usr/bin/su", Body: []byte("setuid program"), Mode: 0o4755},
		{Path: "usr/share/pkg/secret", Body: []byte("secret"), Mode: 0o600},
		{Path: "usr/share/pkg/large", Body: []byte(strings.Repeat("0123456789abcdef", 100_000))},
		{Path: "usr/share/pkg/link", Link: "large"},
		{Path: "var/lib/pkg/state", Body: []byte("state")},
	}})}}
}

// cutInto cuts everything into a directory.
func cutInto(t *testing.T, s *slicer.Selection, dir string, tree func(*os.Root) *tree.Dir) error {
	t.Helper()
	d := tree(openRoot(t, dir))
	defer d.Close()
	for _, layer := range s.Layers() {
		if err := slicer.Cut(t.Context(), s, layer, d); err != nil {
			return err
		}
	}
	return nil
}

// TestSharedTreeEqualsCopies cuts one selection twice, sharing files and copying them: paths, modes, times and bytes are
// equal, what should be shared is, and what people edit in place is not.
func TestSharedTreeEqualsCopies(t *testing.T) {
	s := selectAll(t, sharedOf(t))
	shared, copied := t.TempDir(), t.TempDir()
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	if err := cutInto(t, s, shared, tree.NewSharedDir); err != nil {
		t.Fatal(err)
	}
	if err := cutInto(t, s, copied, tree.NewDir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listDir(t, copied)+times(t, copied), listDir(t, shared)+times(t, shared)); diff != "" {
		t.Errorf("-copies +shared:\n%s", diff)
	}
	if clones(t, shared) {
		t.Skip("this file system clones: no link counts to look at")
	}
	for name, want := range map[string]bool{
		"usr/bin/pkg": true, "usr/bin/again": true, "usr/share/pkg/large": true, "usr/share/pkg/secret": true,
		"etc/pkg.conf": false, "usr/bin/su": false, "var/lib/pkg/state": false,
	} {
		if got := linked(t, filepath.Join(shared, name)); got != want {
			t.Errorf("%s is shared: %t, want %t", name, got, want)
		}
		if linked(t, filepath.Join(copied, name)) && name != "usr/bin/pkg" && name != "usr/bin/again" { // names of one file
			t.Errorf("%s is shared among copies", name)
		}
	}
}

// TestEditInOneRootNeverReachesALaterCut changes every file of a root in place, as a careless tool would: bytes, modes,
// times. The next cut is as the first one was.
func TestEditInOneRootNeverReachesALaterCut(t *testing.T) {
	for name, edit := range map[string]func(string) error{
		"Bytes":    func(f string) error { return os.WriteFile(f, []byte("evil"), 0o644) },
		"Truncate": func(f string) error { return os.Truncate(f, 0) },
		"Append": func(at string) error {
			f, err := os.OpenFile(at, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("evil")
			return err
		},
		"Mode":   func(f string) error { return os.Chmod(f, 0o777) },
		"Setuid": func(f string) error { return os.Chmod(f, 0o755|fs.ModeSetuid) },
	} {
		t.Run(name, func(t *testing.T) {
			w := sharedOf(t)
			s := selectAll(t, w)
			first, second := t.TempDir(), t.TempDir()
			if err := cutInto(t, s, first, tree.NewSharedDir); err != nil {
				t.Fatal(err)
			}
			want := listDir(t, first) + times(t, first)
			for _, f := range []string{"etc/pkg.conf", "usr/bin/pkg", "usr/share/pkg/large", "usr/share/pkg/secret", "var/lib/pkg/state"} {
				if err := edit(filepath.Join(first, f)); err != nil {
					t.Fatal(err)
				}
			}
			if err := cutInto(t, s, second, tree.NewSharedDir); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, listDir(t, second)+times(t, second)); diff != "" {
				t.Errorf("-first +second:\n%s", diff)
			}
			if diff := cmp.Diff(listTar(t, tarOf(t, selectAll(t, w), contract.LayerSlices)), listTar(t, tarOf(t, s, contract.LayerSlices))); diff != "" {
				t.Errorf("the tar differs:\n%s", diff)
			}
		})
	}
}

// TestLostFilesAreUnpackedAgain removes what the store has of a package between two cuts.
func TestLostFilesAreUnpackedAgain(t *testing.T) {
	w := sharedOf(t)
	want := listTar(t, tarOf(t, selectAll(t, w), contract.LayerSlices))
	stored := findStoredOf(t, w, "pkg", "usr/bin/pkg")
	if err := os.RemoveAll(filepath.Dir(filepath.Dir(stored))); err != nil {
		t.Fatal(err)
	}
	s := selectAll(t, w)
	dir := t.TempDir()
	if err := cutInto(t, s, dir, tree.NewSharedDir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, listDir(t, dir)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

// TestSharedDirOnOtherFileSystem cuts where the store's files cannot be linked to: they are copied.
func TestSharedDirOnOtherFileSystem(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "tree-*")
	if err != nil {
		t.Skip("there is no other file system: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	s := selectAll(t, sharedOf(t))
	dir := t.TempDir()
	if err := cutInto(t, s, other, tree.NewSharedDir); err != nil {
		t.Fatal(err)
	}
	if err := cutInto(t, s, dir, tree.NewDir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listDir(t, dir)+times(t, dir), listDir(t, other)+times(t, other)); diff != "" {
		t.Errorf("-copies +other:\n%s", diff)
	}
}

// TestSharedDirKeepsToItsRoot cuts into a root in which somebody has put links: a way out is an error and nothing is
// written there, a link to a file is replaced and never followed, and a link inside the root is followed.
func TestSharedDirKeepsToItsRoot(t *testing.T) {
	s := selectAll(t, sharedOf(t))
	for _, row := range []struct{ name, at, to, want string }{
		{"AbsoluteWayOut", "usr", "OUTSIDE", "cannot write usr/bin"},
		{"RelativeWayOut", "usr", "../outside", "cannot write usr/bin"},
		{"DeepWayOut", "usr/share/pkg", "../../../outside", "cannot write usr/share/pkg"},
		{"LinkToFile", "usr/bin/pkg", "OUTSIDE/precious", ""},
		{"LinkInside", "usr", "system", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			base := t.TempDir()
			inside, outside := filepath.Join(base, "root"), filepath.Join(base, "outside")
			for _, dir := range []string{filepath.Join(inside, "system"), outside, filepath.Dir(filepath.Join(inside, row.at))} {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(outside, "precious"), []byte("keep"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(strings.Replace(row.to, "OUTSIDE", outside, 1), filepath.Join(inside, row.at)); err != nil {
				t.Fatal(err)
			}
			err := cutInto(t, s, inside, tree.NewSharedDir)
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got error %v, want %q", err, row.want)
			}
			if got := listDir(t, outside); got != "precious file 0644 \"keep\"\n" {
				t.Errorf("outside of the root is now\n%s", got)
			}
			if row.want != "" {
				return
			}
			if got, err := os.ReadFile(filepath.Join(inside, "usr/bin/pkg")); err != nil || string(got) != "program" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestDirAfterClose adds to a tree whose directories were released.
func TestDirAfterClose(t *testing.T) {
	dir := t.TempDir()
	d := tree.NewDir(openRoot(t, dir))
	for _, name := range []string{"a/b/c", "a/b/d", "e"} {
		if err := d.Add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, strings.NewReader("")); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := listDir(t, dir), "a dir 0755\na/b dir 0755\na/b/c file 0644 \"\"\na/b/d file 0644 \"\"\ne file 0644 \"\"\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

// times lists the times of regular files.
func times(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		fi, err := e.Info()
		if err == nil {
			fmt.Fprintln(&b, strings.TrimPrefix(at, dir), fi.ModTime().UTC())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func linked(t *testing.T, name string) bool {
	t.Helper()
	fi, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Sys().(*syscall.Stat_t).Nlink > 1
}

// clones tells whether the file system of a directory has reflinks.
func clones(t *testing.T, dir string) bool {
	t.Helper()
	from, err := os.CreateTemp(dir, "from")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.CreateTemp(dir, "to")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	return unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil
}
