// Package imagetest makes layers and images for tests, in memory.
package imagetest

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// LayerTar is the tar of a layer. An entry is a member of it: "name/" is a directory, "name -> target" a symbolic link, "name => other" a
// hard link, "name = text" a file, "name 755 = text" a program.
func LayerTar(t *testing.T, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e, Mode: 0o755, Typeflag: tar.TypeDir}
		body := ""
		if n, l, ok := strings.Cut(e, " -> "); ok {
			h = &tar.Header{Name: n, Linkname: l, Mode: 0o777, Typeflag: tar.TypeSymlink}
		} else if n, l, ok := strings.Cut(e, " => "); ok {
			h = &tar.Header{Name: n, Linkname: l, Mode: 0o644, Typeflag: tar.TypeLink}
		} else if n, text, ok := strings.Cut(e, " = "); ok {
			h = &tar.Header{Name: n, Size: int64(len(text)), Mode: 0o644, Typeflag: tar.TypeReg}
			if n, ok := strings.CutSuffix(n, " 755"); ok {
				h.Name, h.Mode = n, 0o755
			}
			body = text
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Layer makes a layer of the entries that LayerTar takes.
func Layer(t *testing.T, entries ...string) v1.Layer {
	t.Helper()
	text := LayerTar(t, entries...)
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// DiffID is the diffID of a layer, as a label has it.
func DiffID(t *testing.T, l v1.Layer) string {
	t.Helper()
	d, err := l.DiffID()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}
