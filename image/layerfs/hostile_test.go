package layerfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"whittle.dev/whittle/image/imagetest"
)

// sparseTar is a tar with one sparse file (GNU tar's format 1.0) that has nothing but holes, which Go's writer does not write.
func sparseTar(size int64) []byte {
	header := func(name string, size int, kind byte) []byte {
		h := make([]byte, 512)
		copy(h, name)
		copy(h[100:], "0000644\x000000000\x000000000\x00")
		copy(h[124:], fmt.Sprintf("%011o\x00%011o\x00        %c", size, 0, kind))
		copy(h[257:], "ustar\x0000")
		sum := 0
		for _, b := range h {
			sum += int(b)
		}
		copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
		return h
	}
	padded := func(text string) []byte { return append([]byte(text), make([]byte, (512-len(text)%512)%512)...) }
	var records strings.Builder
	for _, r := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=bomb", "GNU.sparse.realsize=" + fmt.Sprint(size)} {
		n := len(r) + 4
		if n+1 > 99 {
			n++
		}
		fmt.Fprintf(&records, "%d %s\n", n, r)
	}
	return bytes.Join([][]byte{
		header("x", records.Len(), 'x'), padded(records.String()), header("bomb", 512, '0'), padded("0\n"), make([]byte, 1024),
	}, nil)
}

// TestWhatAnImageMakesIsBounded unpacks what is little and makes much.
func TestWhatAnImageMakesIsBounded(t *testing.T) {
	deep := func(n int) []byte {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("%d/%sx = ", i, strings.Repeat("a/", 1900)))
		}
		return imagetest.LayerTar(t, names...)
	}
	for name, row := range map[string]struct {
		tar []byte
		n   int64
		err string
	}{
		"a sparse file of 60 GB": {sparseTar(60 << 30), 3 << 10, "too large for an image of its size"},
		"names in deep folders":  {deep(120), 100 << 10, "take too much memory"},
		"a name of 5000 bytes":   {imagetest.LayerTar(t, strings.Repeat("a/", 2500)+"x = "), 1 << 20, "more than 4096 bytes"},
		"a sparse file of 1 MB":  {sparseTar(1 << 20), 3 << 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			m := NewMerger(f, row.n)
			err = m.Add(bytes.NewReader(row.tar), 0)
			if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got error %v, want %q", err, row.err)
			}
			var st syscall.Stat_t
			if err := syscall.Fstat(int(f.Fd()), &st); err != nil || st.Blocks*512 > 1<<20 {
				t.Errorf("%d bytes of disk are used, %v", st.Blocks*512, err)
			}
		})
	}
}

// TestOpaqueMarksAreNoWorkTwice has a layer of nothing but marks over one of many files. Eight times as much of both takes some
// eight times the processor's time, and would take sixty-four times if each mark were held against each file.
func TestOpaqueMarksAreNoWorkTwice(t *testing.T) {
	work := func(n int) time.Duration {
		var files, marks []string
		for i := range n {
			files = append(files, fmt.Sprintf("d/%d = ", i))
			marks = append(marks, "d/.wh..wh..opq = ", fmt.Sprintf("d/new%d = ", i))
		}
		begun := processorTime(t)
		f, err := mergeLayers(t, files, marks)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := f.ReadDir("d"); err != nil || len(list) != n || !strings.HasPrefix(list[0].Name(), "new") {
			t.Errorf("got %d files, %v", len(list), err)
		}
		return processorTime(t) - begun
	}
	few, many := work(2_500), work(20_000)
	if many > 30*few {
		t.Errorf("8 times as many files and marks take %.0f times as long: %s and %s", float64(many)/float64(few), few, many)
	}
}

// processorTime is what this process has taken of the processors.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestNamesThatAreNoTextAreFound has a directory of a name in Latin-1: names on Linux are bytes.
func TestNamesThatAreNoTextAreFound(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	m := NewMerger(file, 0)
	if err := m.Add(bytes.NewReader(layerOf("caf\xe9/x = coffee")), 0); err != nil {
		t.Fatal(err)
	}
	fsys, err := m.FS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadFile(fsys, "caf\xe9/x"); err != nil || string(text) != "coffee" {
		t.Errorf("got %q, %v", text, err)
	}
	walkAll(t, fsys)
}
