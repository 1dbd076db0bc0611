package layerfs

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/image/imagetest"
)

func mergeLayers(t *testing.T, layers ...[]string) (*FS, error) {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	m := NewMerger(f, -1)
	for i, l := range layers {
		if err := m.Add(bytes.NewReader(imagetest.LayerTar(t, l...)), i); err != nil {
			return nil, err
		}
	}
	return m.FS(t.Context())
}

func TestMerge(t *testing.T) {
	for name, c := range map[string]struct {
		layers [][]string
		want   map[string]string
	}{
		"upper wins": {
			[][]string{{"a = one", "b = one"}, {"a = two"}},
			map[string]string{"a": "1 two", "b": "0 one"},
		},
		"whiteout": {
			[][]string{{"d/", "d/a = one", "d/b = one"}, {"d/.wh.a"}},
			map[string]string{"d": "0 dir", "d/b": "0 one"},
		},
		"whiteout of a directory": {
			[][]string{{"d/", "d/s/", "d/s/a = one"}, {"d/.wh.s"}},
			map[string]string{"d": "0 dir"},
		},
		"whiteout spares its own layer, in either order": {
			[][]string{{"d/", "d/a = one", "d/b = one"}, {".wh.d", "d/", "d/a = two"}, {"e/", "e/x = three", ".wh.e"}},
			map[string]string{"d": "1 dir", "d/a": "1 two", "e": "2 dir", "e/x": "2 three"},
		},
		"opaque directory": {
			[][]string{{"d/", "d/a = one", "d/s/", "d/s/b = one"}, {"d/", "d/c = two", "d/.wh..wh..opq"}},
			map[string]string{"d": "1 dir", "d/c": "1 two"},
		},
		"file replaces directory": {
			[][]string{{"d/", "d/a = one"}, {"d = two"}},
			map[string]string{"d": "1 two"},
		},
		"directory replaces link, as an overlay does": {
			[][]string{{"usr/", "usr/lib/", "usr/lib/a = one", "lib -> usr/lib"}, {"lib/b = two"}},
			map[string]string{"usr": "0 dir", "usr/lib": "0 dir", "usr/lib/a": "0 one", "lib": "1 dir", "lib/b": "1 two"},
		},
		"hard link": {
			[][]string{{"a = one", "b => a"}, {"a = two"}},
			map[string]string{"a": "1 two", "b": "0 one"},
		},
		"absolute and dotted names": {
			[][]string{{"/a = one", "./b = one", "../../c = one", "d/../e = one"}},
			map[string]string{"a": "0 one", "b": "0 one", "c": "0 one", "e": "0 one"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := mergeLayers(t, c.layers...)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, imagetest.Show(t, f)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFSIsAnFS(t *testing.T) {
	f, err := mergeLayers(t, []string{"a/", "a/b = text", "a/c/", "a/c/d = more"})
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "a/b", "a/c/d"); err != nil {
		t.Error(err)
	}
}

func TestResolve(t *testing.T) {
	f, err := mergeLayers(t, []string{
		"usr/lib/x.so.1 -> x.so.1.2", "usr/lib/x.so.1.2 = x", "lib -> usr/lib", "etc/up -> ../../../usr/lib/x.so.1",
		"etc/abs -> /lib/x.so.1", "etc/gone -> /nowhere/at/all", "loop -> pool", "pool -> loop", "file = f",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"/lib/x.so.1": "usr/lib/x.so.1.2", "etc/up": "usr/lib/x.so.1.2", "etc/abs": "usr/lib/x.so.1.2",
		"etc/../../..": ".", "lib/./x.so.1.2": "usr/lib/x.so.1.2",
		"etc/gone": "no nowhere: file does not exist", "file/x": "file is not a directory: file does not exist",
		"loop": errLoop.Error(), "none": "no none: file does not exist",
	} {
		got, err := f.Resolve(name)
		if err != nil {
			got = errors.Unwrap(err).Error()
		}
		if got != want {
			t.Errorf("Resolve(%q) = %q, want %q", name, got, want)
		}
	}
}

// A link of an image must never lead to a file of the machine that reads it.
func TestLinkStaysInTheImage(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("of the machine"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Symlink(secret, filepath.Join(root, "abs")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../../../../.."+secret, filepath.Join(root, "rel")); err != nil {
		t.Fatal(err)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, open, err := OfDir(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for _, name := range []string{"abs", "rel"} {
		if b, err := fs.ReadFile(f, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadFile(%s) = %q, %v; want not found", name, b, err)
		}
	}
}

func TestMergeRefusesDanglingHardLink(t *testing.T) {
	_, err := mergeLayers(t, []string{"a => ../etc/passwd"})
	if err == nil || !strings.Contains(err.Error(), "hard link a leads to") {
		t.Errorf("error %v, want one about the hard link", err)
	}
}

func TestMergeRefusesEndlessName(t *testing.T) {
	_, err := mergeLayers(t, []string{strings.Repeat("n/", maxName) + "n = x"})
	if err == nil || !strings.Contains(err.Error(), "has a name of more than") {
		t.Errorf("error %v, want one about the name", err)
	}
}

func TestMergeRefusesTruncatedLayer(t *testing.T) {
	whole := imagetest.LayerTar(t, "a = "+strings.Repeat("x", 4000))
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := NewMerger(f, -1).Add(bytes.NewReader(whole[:2000]), 0); err == nil {
		t.Error("no error for a layer that ends in the middle of a file")
	}
}
