package image_test

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/tree"
)

// testImage is a small image of two layers for an architecture.
func testImage(t *testing.T, arch string) v1.Image {
	t.Helper()
	work, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { work.Close() })
	var layers []write.Named
	for _, n := range []string{"one", "two"} {
		l, err := write.NewLayer(work, n, func(to tree.Tree) error { return tree.AddFile(to, "etc/"+n, []byte(arch)) })
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, write.Named{Layer: l, Name: n})
	}
	img, err := write.Image(v1.ConfigFile{Architecture: debian.GoArch(arch), OS: "linux", RootFS: v1.RootFS{Type: "layers"}}, layers, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Fatal(err)
	}
	return img
}

func testRegistry(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestOpenFindsTheImageOfTheArchitecture(t *testing.T) {
	both := []write.Built{{Arch: "amd64", Image: testImage(t, "amd64")}, {Arch: "arm64", Image: testImage(t, "arm64")}}
	if err := validate.Index(write.Index(both)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "layout")
	if err := write.Layout(dir, both, []string{"a:1", "a:2"}); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(t.TempDir(), "one")
	if err := write.Layout(one, both[1:], nil); err != nil {
		t.Fatal(err)
	}
	ref := testRegistry(t) + "/app:1"
	if _, err := write.Push(t.Context(), image.Places{}, ref, both); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(t.TempDir(), "saved.tar")
	tag, err := name.NewTag("app:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(saved, tag, both[1].Image); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"oci:" + dir: "oci:" + dir, "layout:" + dir: "oci:" + dir, dir: "oci:" + dir, "registry:" + ref: "registry:" + ref, ref: "registry:" + ref,
		saved: saved, one: "oci:" + one,
	} {
		o, err := image.Places{Temp: t.TempDir(), Arch: "arm64"}.Open(t.Context(), ref)
		if err != nil {
			t.Errorf("Open(%s): %v", ref, err)
			continue
		}
		if d := cmp.Diff(map[string]string{"etc": "1 dir", "etc/one": "0 arm64", "etc/two": "1 arm64"}, imagetest.Show(t, o.FS)); d != "" {
			t.Errorf("Open(%s): %s", ref, d)
		}
		if o.Ref != want || inspect.Arch(o, nil) != "arm64" {
			t.Errorf("Open(%s) found %s for %s, want %s for arm64", ref, o.Ref, inspect.Arch(o, nil), want)
		}
		digest, err := both[1].Image.Digest()
		if ref == saved { // as a daemon knows it: by its config
			digest, err = both[1].Image.ConfigName()
		}
		if err != nil || o.Digest != digest.String() {
			t.Errorf("Open(%s): digest %s, want %s (%v)", ref, o.Digest, digest, err)
		}
		if err := o.Close(); err != nil {
			t.Errorf("Open(%s): Close: %v", ref, err)
		}
	}
}

func TestOpenLeavesNothingBehind(t *testing.T) {
	dir, temp := filepath.Join(t.TempDir(), "l"), t.TempDir()
	if err := write.Layout(dir, []write.Built{{Arch: "amd64", Image: testImage(t, "amd64")}}, nil); err != nil {
		t.Fatal(err)
	}
	o, err := image.Places{Temp: temp, Arch: "amd64"}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v (%v) left in the temporary directory", left, err)
	}
}

func TestOpenErrors(t *testing.T) {
	host := testRegistry(t)
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("no tar "), 200), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "l")
	if err := write.Layout(dir, []write.Built{{Arch: "amd64", Image: testImage(t, "amd64")}, {Arch: "arm64", Image: testImage(t, "arm64")}}, nil); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		host + "/none":     "there is no file or directory of that name; no daemon can be asked; the registry does not give it",
		"daemon:x":         "no daemon can be asked",
		"oci:/nonexistent": "is no OCI layout",
		text:               "neither a directory nor a tar",
		"oci:" + dir:       "it has no image for s390x, only linux/amd64, linux/arm64",
		"registry:A B":     "could not parse reference",
	} {
		_, err := image.Places{Temp: t.TempDir(), Arch: "s390x"}.Open(t.Context(), ref)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "cannot open image ") {
			t.Errorf("Open(%s): %v; want %q in it", ref, err, want)
		}
	}
}

func TestOpenRefusesChangedLayer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "l")
	img := testImage(t, "amd64")
	if err := write.Layout(dir, []write.Built{{Arch: "amd64", Image: img}}, nil); err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	d, err := layers[1].Digest()
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(dir, "blobs", "sha256", d.Hex)
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-6] ^= 1 // in gzip's checksum
	if err := os.WriteFile(p, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (image.Places{Temp: t.TempDir(), Arch: "amd64"}).Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "layer 2 of 2") {
		t.Errorf("error %v, want one about layer 2", err)
	}
}
