package image

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// FuzzLayers lays anything over a layer, as a tar: whiteouts, opaque marks, sparse files, hard and symbolic links. What is taken
// can be walked and read to its end, keeps within the budget, and has no names that are marks.
func FuzzLayers(f *testing.F) {
	plain := func(entries ...string) []byte {
		t := &testing.T{}
		return layerTar(t, entries...)
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
		m := newMerger(file, budget{memory: 1 << 20, bodies: 8 << 20, entries: 2000})
		for i, layer := range [][]byte{lower, upper} {
			if m.add(bytes.NewReader(layer), i) != nil {
				return
			}
		}
		if m.end > 8<<20 {
			t.Fatalf("%d bytes were made", m.end)
		}
		if err := file.Truncate(m.end); err != nil {
			t.Fatal(err)
		}
		fsys := m.FS(t.Context())
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

// blobs are the blobs of a layout that a fuzzer writes: all of them are one text.
type blobs struct{ text []byte }

func (b blobs) manifests() ([]v1.Descriptor, error) {
	m, err := v1.ParseIndexManifest(bytes.NewReader(b.text))
	if err != nil {
		return nil, err
	}
	return m.Manifests, nil
}
func (b blobs) below(v1.Descriptor) (catalog, error)  { return b, nil }
func (b blobs) image(v1.Descriptor) (v1.Image, error) { return nil, fs.ErrNotExist }

// FuzzIndex reads anything as an index whose every blob is that index: choosing ends, within the bounds of indexes.
func FuzzIndex(f *testing.F) {
	const d = `{"mediaType":"application/vnd.oci.image.index.v1+json","size":1,"digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`
	f.Add([]byte(`{"schemaVersion":2,"manifests":[` + d + `]}`))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[` + strings.ReplaceAll(d, "index", "manifest") + `,{"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var g gathering
		if err := g.add(blobs{text}, maxIndexDepth); err == nil && (len(g.all) > maxIndexImages || g.indexes > maxIndexImages) {
			t.Errorf("%d images of %d indexes", len(g.all), g.indexes)
		}
		_, _ = Places{Arch: "amd64"}.choose(blobs{text})
	})
}
