package inspect

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/slicer/slicertest"
)

// filesOf are the files of an image of one layer, whose entries are those of imagetest.LayerTar.
func filesOf(t *testing.T, entries ...string) *layerfs.FS {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	m := layerfs.NewMerger(file, -1)
	if err := m.Add(bytes.NewReader(imagetest.LayerTar(t, entries...)), 0); err != nil {
		t.Fatal(err)
	}
	f, err := m.FS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestObjects(t *testing.T) {
	elf := "\x7fELF\x02\x01" + strings.Repeat("\x00", 12) + "\xb7\x00" + strings.Repeat("\x00", 44)
	f := filesOf(t, "lib/x.so.1 = "+elf, "lib/x.so -> x.so.1", "lib/gone.so -> /layers/x", "text = "+strings.Repeat("t", 99))
	objects, err := Objects(f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		r, err := o.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(io.NewSectionReader(r, 0, 4))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Path+" "+string(b[1:]))
		r.Close()
	}
	if d := cmp.Diff([]string{"/lib/x.so.1 ELF"}, got); d != "" {
		t.Error(d)
	}
	if arch := Arch(&image.Opened{}, objects); arch != "arm64" {
		t.Errorf("Arch = %q, want arm64", arch)
	}
}

// TestFilesAreFoundInOrder finds the ELF files of many directories, which are read on all processors, in the order of their
// paths, and tells of the first file that is gone.
func TestFilesAreFoundInOrder(t *testing.T) {
	dir := t.TempDir()
	body := slicertest.ELFOf("soname=libx.so").Bytes()
	var want []string
	for i := range 3000 {
		at := fmt.Sprintf("d%04d/x", i)
		text := []byte("text")
		if i%3 == 0 {
			text, want = body, append(want, "/"+at)
		}
		if err := os.Mkdir(filepath.Join(dir, filepath.Dir(at)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, at), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o, err := image.Places{}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	f := o.FS
	objects, err := Objects(f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		got = append(got, o.Path)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %d: %.200v", len(got), got)
	}
	r, err := objects[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := make([]byte, len(body))
	if _, err := r.ReadAt(read, 0); err != nil || !bytes.Equal(read, body) {
		t.Errorf("the bytes differ: %v", err)
	}
	for _, gone := range []string{"d0700/x", "d2900/x"} {
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Objects(f); err == nil || !strings.Contains(err.Error(), "d0700/x") {
		t.Errorf("got %v", err)
	}
}
