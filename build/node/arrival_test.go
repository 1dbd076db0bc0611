package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestArrivalIsReadWhileItComes reads a part before the next one is there, and its end when that is told.
func TestArrivalIsReadWhileItComes(t *testing.T) {
	for _, end := range []error{nil, errors.New("the line is cut")} {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		a := newArrival(file)
		r, parts := a.reader(), make(chan string)
		go func() {
			buf := make([]byte, 64)
			for _, part := range []string{"one", "two"} {
				if _, err := a.Write([]byte(part)); err != nil {
					t.Error(err)
				}
				n, err := io.ReadFull(r, buf[:len(part)])
				if err != nil {
					t.Error(err)
				}
				parts <- string(buf[:n])
			}
			a.end(end)
		}()
		for _, want := range []string{"one", "two"} {
			select {
			case got := <-parts:
				if got != want {
					t.Errorf("read %q, want %q", got, want)
				}
			case <-time.After(time.Minute):
				t.Fatal("what has come is not read")
			}
		}
		want := end
		if want == nil {
			want = io.EOF
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, want) {
			t.Errorf("at the end: %d bytes, %v, want %v", n, err, want)
		}
		if err := a.wait(); !errors.Is(err, end) {
			t.Errorf("ended with %v, want %v", err, end)
		}
	}
}

// TestNothingIsReadBehindTheLastFile unpacks a tarball that is broken behind the files that are wanted; its checksum is held all the
// same.
func TestNothingIsReadBehindTheLastFile(t *testing.T) {
	r := newRegistry(t)
	r.packages["tool"] = map[string][]byte{"1.0.0": brokenBehind(t, "program", "x")}
	all, err := r.client().releases(t.Context(), "tool")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	take := taking{name: everything.name, most: 1}
	if err := r.client().unpack(t.Context(), "tool", all[0], dir, t.TempDir(), take); err != nil {
		t.Fatal(err)
	}
	if got := languagetest.Read(t, dir+"/program"); got != "x" {
		t.Errorf("got %q", got)
	}
	if err := r.client().unpack(t.Context(), "tool", all[0], t.TempDir(), t.TempDir(), everything); err == nil {
		t.Error("a broken tarball is taken")
	}
	r.spoiled = true
	if err := r.client().unpack(t.Context(), "tool", all[0], dir, t.TempDir(), take); err == nil || len(languagetest.Names(t, dir)) > 0 {
		t.Errorf("another tarball than the index says: %v, and %v stays", err, languagetest.Names(t, dir))
	}
}

// brokenBehind is a tarball with one file, and with noise in place of what should follow.
func brokenBehind(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "package/" + name, Mode: 0o755, Size: int64(len(text))})
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err = errors.Join(err, w.Flush(), z.Flush()); err != nil {
		t.Fatal(err)
	}
	b.WriteString(strings.Repeat("noise", 100))
	return b.Bytes()
}
