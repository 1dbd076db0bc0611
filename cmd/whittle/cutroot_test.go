package main

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/tree"
)

// put makes a fill function that adds entries: "usr/" is a directory, "a -> b" a link, anything else a file whose text
// is its name; a mode may follow after a blank.
func put(entries ...string) func(tree.Tree) error {
	return func(t tree.Tree) error {
		for _, e := range entries {
			name, to, link := strings.Cut(e, " -> ")
			name, mode, _ := strings.Cut(name, " ")
			h := &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(name))}
			switch {
			case link:
				h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, to, 0
			case strings.HasSuffix(name, "/"):
				h.Typeflag, h.Mode, h.Size = tar.TypeDir, 0o755, 0
			}
			if mode == "sticky" {
				h.Mode = 0o1777
			}
			if err := t.Add(h, strings.NewReader(name)); err != nil {
				return err
			}
		}
		return nil
	}
}

// listed is what is below a directory: "path text", "path -> target", "path/ mode".
func listed(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || at == dir {
			return err
		}
		name, _ := filepath.Rel(dir, at)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			all = append(all, name+"/ "+strings.TrimPrefix(info.Mode().String(), "d"))
		case d.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(at)
			all = append(all, name+" -> "+to)
			return err
		default:
			text, err := os.ReadFile(at)
			all = append(all, name+" "+string(text))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// standing makes a directory with what stood in it before.
func standing(t *testing.T, entries ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := writeRoot(dir, tree.NewDir, put(entries...)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCutIntoDirectoryThatExists(t *testing.T) {
	dir := standing(t, "etc/host", "usr/lib/", "lib -> usr/lib", "tmp/", "usr/lib/old", "usr/lib/link -> old")
	if err := os.Chmod(filepath.Join(dir, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeRoot(dir, tree.NewDir, put("etc/cut", "lib/new", "tmp/ sticky", "usr/bin/x", "usr/lib/link", "usr/lib/old -> new")); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"etc/ rwx------", "etc/cut etc/cut", "etc/host etc/host", "lib -> usr/lib", "tmp/ trwxrwxrwx", "usr/ rwxr-xr-x", "usr/bin/ rwxr-xr-x",
		"usr/bin/x usr/bin/x", "usr/lib/ rwxr-xr-x", "usr/lib/link usr/lib/link", "usr/lib/new lib/new", "usr/lib/old -> new",
	}
	if diff := cmp.Diff(want, listed(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDirectoryThatExistsIsUntouchedByFailure lets a cut fail in every way that is seen before the end.
func TestDirectoryThatExistsIsUntouchedByFailure(t *testing.T) {
	broken := errors.New("the disk is full")
	outside := t.TempDir()
	before := []string{"a/dir/", "b", "lib -> /etc", "out -> " + outside, "up -> ..", "usr/x"}
	for name, c := range map[string]struct {
		fill func(tree.Tree) error
		want string
	}{
		"it breaks off":               {func(t tree.Tree) error { return errors.Join(put("usr/x", "usr/y")(t), broken) }, "the disk is full"},
		"a file where a directory is": {put("a/dir", "c"), "/a/dir is a directory there"},
		"a link where a directory is": {put("a -> b", "c"), "/a is a directory there"},
		"a directory where a file is": {put("a/new", "b/c"), "/b is no directory there"},
		"a link out of the root":      {put("a/new", "out/x"), "/out is no directory there"},
		"a link to the root's parent": {put("a/new", "up/x"), "/up is no directory there"},
		"an absolute link":            {put("a/new", "lib/x"), "/lib is no directory there"},
		"a body that ends too soon": {func(t tree.Tree) error {
			return t.Add(&tar.Header{Name: "a/new", Typeflag: tar.TypeReg, Size: 9}, io.LimitReader(strings.NewReader("abc"), 3))
		}, "3 bytes instead of 9"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := standing(t, before...)
			untouched := listed(t, dir)
			err := writeRoot(dir, tree.NewDir, c.fill)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
			if diff := cmp.Diff(untouched, listed(t, dir)); diff != "" {
				t.Errorf("-before +after:\n%s", diff)
			}
			if left, _ := os.ReadDir(outside); len(left) > 0 {
				t.Errorf("%s was written outside of the root", left[0].Name())
			}
		})
	}
}

// TestNothingAppearsWhenACutFails looks for the root, the file and what they were made of.
func TestNothingAppearsWhenACutFails(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("the disk is full")
	fill := func(t tree.Tree) error { return errors.Join(put("usr/x")(t), broken) }
	for name, err := range map[string]error{"root": writeRoot(filepath.Join(dir, "deep/root"), tree.NewDir, fill), "tar": writeTar(filepath.Join(dir, "x.tar"), fill)} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if diff := cmp.Diff([]string{"deep/ rwxr-xr-x"}, listed(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestRootsThatAppearMeanwhileAreFilled has another run make the root while this one gathers its files.
func TestRootsThatAppearMeanwhileAreFilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	slow := func(to tree.Tree) error {
		if err := writeRoot(dir, tree.NewDir, put("usr/", "usr/fast")); err != nil {
			return err
		}
		return put("usr/", "usr/slow")(to)
	}
	if err := writeRoot(dir, tree.NewDir, slow); err != nil {
		t.Fatal(err)
	}
	want := []string{"usr/ rwxr-xr-x", "usr/fast usr/fast", "usr/slow usr/slow"}
	if diff := cmp.Diff(want, listed(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLinksOfOthersLeadToNoRoot names a root by a link: one's own is followed, and another user's is not.
func TestLinksOfOthersLeadToNoRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give links away")
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "target"), 0o755), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	if err := writeRoot(link, tree.NewDir, put("mine")); err != nil {
		t.Error(err)
	}
	if err := os.Lchown(link, 65534, -1); err != nil {
		t.Fatal(err)
	}
	if err := writeRoot(link, tree.NewDir, put("theirs")); !errors.Is(err, errLinkOfOthers) {
		t.Errorf("got error %v", err)
	}
	if diff := cmp.Diff([]string{"mine mine"}, listed(t, filepath.Join(dir, "target"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
