package layerfs

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/image/imagetest"
)

// FuzzLayers lays anything over a layer, as a tar: whiteouts, opaque marks, sparse files, hard and symbolic links. What is taken
// can be walked and read to its end, keeps within the budget, and has no names that are marks.
func FuzzLayers(f *testing.F) {
	plain := func(entries ...string) []byte {
		t := &testing.T{}
		return imagetest.LayerTar(t, entries...)
	}
	f.Add(plain("a/b = 1", "a/c => a/b", "d -> a/b"), plain("a/.wh.b = ", "a/.wh..wh..opq = ", "e = 2"))
	f.Add(sparseTar(1<<20), plain(".wh.bomb = "))
	f.Add(plain("usr/", "usr/../../x = 1", "/abs = 2"), plain("usr = 3", "usr/x = 4"))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		m := NewMerger(file, 0)
		m.budget = budget{memory: 1 << 20, bodies: 8 << 20, entries: 2000}
		for i, layer := range [][]byte{lower, upper} {
			if m.Add(bytes.NewReader(layer), i) != nil {
				return
			}
		}
		if m.end > 8<<20 {
			t.Fatalf("%d bytes were made", m.end)
		}
		fsys, err := m.FS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case strings.HasPrefix(e.Name(), whiteout):
				t.Errorf("%q is a mark", name)
			case e.Type()&fs.ModeSymlink != 0:
				_, _ = fsys.Resolve(name) // it may lead nowhere
			case e.Type().IsRegular():
				file, err := fsys.Open(name)
				if err != nil {
					return err
				}
				info, err := file.Stat()
				if err != nil {
					return err
				}
				if n, err := io.Copy(io.Discard, file); err != nil || n != info.Size() {
					t.Errorf("%q has %d bytes, and %d were read: %v", name, info.Size(), n, err)
				}
				return file.Close()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
