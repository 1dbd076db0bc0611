package slicer_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/tree"
)

// entry is one call of Tree.Add: a path with a trailing slash is a directory, one with a link a symbolic link.
type entry struct {
	path, link, body string
	mode             int64
	typ              byte  // if not what the others say
	size             int64 // if not that of body
}

func (e entry) add(t tree.Tree) error {
	h := &tar.Header{Name: e.path, Linkname: e.link, Mode: e.mode, Typeflag: tar.TypeReg, Size: int64(len(e.body))}
	switch {
	case e.typ != 0:
		h.Typeflag = e.typ
	case strings.HasSuffix(e.path, "/"):
		h.Typeflag = tar.TypeDir
	case e.link != "":
		h.Typeflag = tar.TypeSymlink
	}
	if e.size != 0 {
		h.Size = e.size
	}
	if h.Mode == 0 {
		h.Mode = 0o755
	}
	if h.Typeflag != tar.TypeReg {
		return t.Add(h, nil)
	}
	return t.Add(h, strings.NewReader(e.body))
}

func addAll(t tree.Tree, entries []entry) error {
	for _, e := range entries {
		if err := e.add(t); err != nil {
			return err
		}
	}
	return nil
}

// hostile are calls that both trees refuse. The last entry is the one that must not be taken.
var hostile = []struct {
	name    string
	entries []entry
	want    string
}{
	{"RefusesDotDot", []entry{{path: "../x"}}, `cannot write "../x": not a clean relative path`},
	{"RefusesDotDotInside", []entry{{path: "a/../../x"}}, `cannot write "a/../../x": not a clean relative path`},
	{"RefusesAbsolutePath", []entry{{path: "/etc/passwd"}}, `cannot write "/etc/passwd": not a clean relative path`},
	{"RefusesRootItself", []entry{{path: "./"}}, `cannot write "./": not a clean relative path`},
	{"RefusesEmptyPath", []entry{{path: ""}}, `cannot write "": not a clean relative path`},
	{"RefusesFileBelowAbsoluteLinkOut", []entry{{path: "a", link: "/OUTSIDE"}, {path: "a/x"}}, "cannot write a"},
	{"RefusesFileBelowRelativeLinkOut", []entry{{path: "a", link: "../OUTSIDE"}, {path: "a/x"}}, "cannot write a"},
	{"RefusesDirectoryBelowLinkOut", []entry{{path: "a", link: "../OUTSIDE"}, {path: "a/x/"}}, "cannot write a"},
	{"RefusesLinkBelowLinkOut", []entry{{path: "a", link: "../OUTSIDE"}, {path: "a/x", link: "y"}}, "cannot write a"},
	{"RefusesDirectoryOverLink", []entry{{path: "a", link: "../OUTSIDE"}, {path: "a/", mode: 0o700}}, "cannot write a"},
	{"RefusesFileBelowFile", []entry{{path: "a"}, {path: "a/x"}}, "cannot write a"},
	{"RefusesFileOverDirectory", []entry{{path: "a/"}, {path: "a"}}, "cannot write a: a directory is in the way"},
	{"RefusesLinkOverDirectory", []entry{{path: "a/x"}, {path: "a", link: "b"}}, "cannot write a: a directory is in the way"},
	{"RefusesDevice", []entry{{path: "null", typ: tar.TypeChar}}, `cannot write null: entries of type '3' are not written`},
	{"RefusesFIFO", []entry{{path: "pipe", typ: tar.TypeFifo}}, `cannot write pipe: entries of type '6' are not written`},
	{"RefusesHardLinkOut", []entry{{path: "b", link: "/OUTSIDE/secret", typ: tar.TypeLink}}, `cannot write b: it is a hard link to `},
	{"RefusesHardLinkUp", []entry{{path: "b", link: "../OUTSIDE/secret", typ: tar.TypeLink}}, `cannot write b: it is a hard link to `},
	{"RefusesHardLinkToNothing", []entry{{path: "b", link: "c", typ: tar.TypeLink}}, `cannot write b: it is a hard link to c`},
	{"RefusesHardLinkToLink", []entry{{path: "a", link: "/OUTSIDE/secret"}, {path: "b", link: "a", typ: tar.TypeLink}}, `cannot write b: it is a hard link to a`},
	{"RefusesHardLinkToDirectory", []entry{{path: "a/"}, {path: "b", link: "a", typ: tar.TypeLink}}, `cannot write b: it is a hard link to a`},
	{"RefusesShortBody", []entry{{path: "a", body: "abc", size: 5}}, "cannot write a: 3 bytes instead of 5"},
	{"RefusesLongBody", []entry{{path: "a", body: "abcdef", size: 5}}, "cannot write a: more than the 5 bytes that were announced"},
}

// TestDir holds hostile entries against a tree in a directory: the error names the entry, and nothing beside the
// directory is touched.
func TestDir(t *testing.T) {
	for _, row := range hostile {
		t.Run(row.name, func(t *testing.T) {
			base := t.TempDir()
			outside, inside := filepath.Join(base, "outside"), filepath.Join(base, "root")
			for _, dir := range []string{outside, inside} {
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			err := addAll(tree.NewDir(openRoot(t, inside)), pointed(row.entries, outside))
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got error %v, want %s", err, row.want)
			}
			if left, _ := os.ReadDir(outside); len(left) != 0 {
				t.Errorf("%s was written outside of the root", left[0].Name())
			}
			last := row.entries[len(row.entries)-1]
			if fi, err := os.Lstat(filepath.Join(inside, last.path)); len(row.entries) == 1 && err == nil && fi.Mode().IsRegular() {
				t.Errorf("%s was left behind", last.path)
			}
		})
	}
}

// pointed makes the links of entries lead to the directory outside of the root.
func pointed(entries []entry, outside string) []entry {
	var out []entry
	for _, e := range entries {
		e.link = strings.ReplaceAll(strings.ReplaceAll(e.link, "../OUTSIDE", "../outside"), "/OUTSIDE", outside)
		out = append(out, e)
	}
	return out
}

// TestTar holds the same entries against a tree in a tar stream.
func TestTar(t *testing.T) {
	for _, row := range hostile {
		t.Run(row.name, func(t *testing.T) {
			err := addAll(tree.NewTar(io.Discard), row.entries)
			if err == nil || !strings.HasPrefix(err.Error(), row.want) {
				t.Errorf("got error %v, want %s", err, row.want)
			}
		})
	}
}

func TestTarRefusesFileTwice(t *testing.T) {
	err := addAll(tree.NewTar(io.Discard), []entry{{path: "a"}, {path: "a"}})
	if err == nil || err.Error() != "cannot write a: it was written before" {
		t.Errorf("got error %v", err)
	}
}

// TestDirBoundsEndlessBody gives a file a body without end: only what was announced, and one byte to tell, is read.
func TestDirBoundsEndlessBody(t *testing.T) {
	for name, tree := range map[string]tree.Tree{"dir": tree.NewDir(openRoot(t, t.TempDir())), "tar": tree.NewTar(io.Discard)} {
		body := &endless{}
		err := tree.Add(&tar.Header{Name: "a", Typeflag: tar.TypeReg, Size: 10, Mode: 0o644}, body)
		if err == nil || !strings.Contains(err.Error(), "more than the 10 bytes") {
			t.Errorf("%s: got error %v", name, err)
		}
		if body.n > 11 {
			t.Errorf("%s: read %d bytes of a body of 10", name, body.n)
		}
	}
}

type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	e.n += len(p)
	return len(p), nil
}

func TestTreesPassOnReadErrors(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, before := range []string{"ab", "abcd"} { // within the size, and where the end should be
		for name, tree := range map[string]tree.Tree{"dir": tree.NewDir(openRoot(t, t.TempDir())), "tar": tree.NewTar(io.Discard)} {
			body := io.MultiReader(strings.NewReader(before), failing{broken})
			err := tree.Add(&tar.Header{Name: "a-" + before, Typeflag: tar.TypeReg, Size: 4, Mode: 0o644}, body)
			if !errors.Is(err, broken) {
				t.Errorf("%s after %s: got error %v", name, before, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestDirReplacesWhatStandsThere cuts over an older tree: a link is replaced, never followed.
func TestDirReplacesWhatStandsThere(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "precious"), []byte("keep"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("precious", filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if err := (entry{path: "a", body: "new"}).add(tree.NewDir(openRoot(t, dir))); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"precious": "keep", "a": "new"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

// TestDirFollowsLinksInside writes below the links of a merged /usr that stand in the root already.
func TestDirFollowsLinksInside(t *testing.T) {
	dir := t.TempDir()
	err := addAll(tree.NewDir(openRoot(t, dir)), []entry{{path: "usr/lib/"}, {path: "lib", link: "usr/lib"}, {path: "lib/x", body: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "usr/lib/x")); err != nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestTreesAgree writes the same entries into a directory, under a umask that hides everything, and into a tar: paths,
// kinds, modes with their special bits, links and bytes are equal.
func TestTreesAgree(t *testing.T) {
	entries := []entry{
		{path: "etc/shadow", body: "root", mode: 0o640},
		{path: "srv/", mode: 0o2775},
		{path: "tmp/", mode: 0o1777},
		{path: "usr/bin/su", body: "#!", mode: 0o4755},
		{path: "usr/lib/deep/er/x", body: "x", mode: 0o444},
		{path: "usr/lib/y", link: "deep/er/x", mode: 0o777},
		{path: "usr/local/bin/write", body: "w", mode: 0o2755},
		{path: "var/empty", mode: 0o600},
	}
	dir := t.TempDir()
	old := syscall.Umask(0o777)
	err := addAll(tree.NewDir(openRoot(t, dir)), entries)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	var stream bytes.Buffer
	tree := tree.NewTar(&stream)
	if err := errors.Join(addAll(tree, entries), tree.Close()); err != nil {
		t.Fatal(err)
	}
	got := listDir(t, dir)
	if diff := cmp.Diff(listTar(t, stream.Bytes()), got); diff != "" {
		t.Errorf("-tar +directory:\n%s", diff)
	}
	for _, want := range []string{"usr/bin/su file 4755 \"#!\"", "srv dir 2775", "usr/lib/deep dir 0755", "usr/local/bin/write file 2755 \"w\""} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no line %s in\n%s", want, got)
		}
	}
}

func openRoot(t *testing.T, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// listDir writes a directory as text, a line an entry.
func listDir(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || at == dir {
			return err
		}
		name, _ := filepath.Rel(dir, at)
		fi, err := os.Lstat(at)
		if err != nil {
			return err
		}
		mode := int64(fi.Sys().(*syscall.Stat_t).Mode) & 0o7777
		switch {
		case e.IsDir():
			fmt.Fprintf(&b, "%s dir %04o\n", name, mode)
		case fi.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(at)
			fmt.Fprintf(&b, "%s link %s\n", name, to)
			return err
		default:
			data, err := os.ReadFile(at)
			fmt.Fprintf(&b, "%s file %04o %q\n", name, mode, data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
