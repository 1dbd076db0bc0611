package layerfs

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
)

// FuzzLayers lays one layer over another: whiteouts, opaque marks, sparse files, hard and symbolic links. What is taken can be walked and
// read to its end, keeps within the budget, and has no names that are marks.
//
// A layer is made of lines, a member each, as imagetest.LayerTar has them: the bytes of a tar have checksums, which hardly any change of
// them leaves right. "~ N" is a sparse file of N bytes.
func FuzzLayers(f *testing.F) {
	f.Add("a/b = 1\na/c => a/b\nd -> a/b", "a/.wh.b = \na/.wh..wh..opq = \ne = 2")
	f.Add("~ 1048576", ".wh.bomb = ")
	f.Add("usr/\nusr/../../x = 1\n/abs = 2", "usr = 3\nusr/x = 4")
	f.Add("caf\xe9/x = 1\na/.wh.b/c = 2", "caf\xe9/\na/.wh..wh..opq = ")
	f.Add("a -> b\nb -> a\nb/c = 1", "a => b\n.wh.a = \n.wh..wh.plnk = ")
	bodies, err := os.CreateTemp(f.TempDir(), "") // one for all: to make a file takes longer than to lay two layers over each other
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { bodies.Close() })
	f.Fuzz(func(t *testing.T, lower, upper string) {
		if err := bodies.Truncate(0); err != nil {
			t.Fatal(err)
		}
		m := NewMerger(bodies, 0)
		m.budget = budget{memory: 1 << 20, bodies: 1 << 20, entries: 100}
		for i, lines := range []string{lower, upper} {
			if m.Add(bytes.NewReader(layerOf(lines)), i) != nil {
				return
			}
		}
		if m.end > 1<<20 {
			t.Fatalf("%d bytes were made", m.end)
		}
		fsys, err := m.FS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		walkAll(t, fsys)
	})
}

// walkAll reads all that there is.
func walkAll(t *testing.T, fsys *FS) {
	t.Helper()
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), whiteout) && !e.IsDir(): // that a member lies below has its name, as in engines
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
}

// layerOf makes the tar of a layer. Members that a tar cannot have are left out.
func layerOf(lines string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for line := range strings.SplitSeq(lines, "\n") {
		h := &tar.Header{Name: line, Mode: 0o755, Typeflag: tar.TypeDir}
		body := ""
		if size, ok := strings.CutPrefix(line, "~ "); ok {
			if n, err := strconv.ParseInt(size, 10, 64); err == nil && n >= 0 && w.Flush() == nil {
				b.Write(bytes.TrimSuffix(sparseTar(n), make([]byte, 1024))) // without the end of the tar
			}
			continue
		} else if name, link, ok := strings.Cut(line, " -> "); ok {
			h = &tar.Header{Name: name, Linkname: link, Mode: 0o777, Typeflag: tar.TypeSymlink}
		} else if name, link, ok := strings.Cut(line, " => "); ok {
			h = &tar.Header{Name: name, Linkname: link, Mode: 0o644, Typeflag: tar.TypeLink}
		} else if name, text, ok := strings.Cut(line, " = "); ok {
			h, body = &tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644, Typeflag: tar.TypeReg}, text
		}
		if w.WriteHeader(h) == nil {
			_, _ = io.WriteString(w, body)
		}
	}
	_ = w.Close() // into memory
	return b.Bytes()
}
