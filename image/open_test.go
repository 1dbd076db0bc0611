package image

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
	var layers []named
	for _, n := range []string{"one", "two"} {
		l, err := NewLayer(work, n, func(tree tree.Tree) error {
			return tree.Add(file("etc/"+n, int64(len(arch))), strings.NewReader(arch))
		})
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, named{l, n})
	}
	config := v1.ConfigFile{Architecture: goArch(arch), OS: "linux", Created: created, RootFS: v1.RootFS{Type: "layers"}}
	img, err := appendLayers(config, layers, "test")
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
	both := []Built{{Arch: "amd64", Image: testImage(t, "amd64")}, {Arch: "arm64", Image: testImage(t, "arm64")}}
	if err := validate.Index(Index(both)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "layout")
	if err := WriteLayout(dir, both, []string{"a:1", "a:2"}); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(t.TempDir(), "one")
	if err := WriteLayout(one, both[1:], nil); err != nil {
		t.Fatal(err)
	}
	ref := testRegistry(t) + "/app:1"
	if _, err := (Places{}).Push(t.Context(), ref, both); err != nil {
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
		o, err := Places{Temp: t.TempDir(), Arch: "arm64"}.Open(t.Context(), ref)
		if err != nil {
			t.Errorf("Open(%s): %v", ref, err)
			continue
		}
		if d := cmp.Diff(map[string]string{"etc": "1 dir", "etc/one": "0 arm64", "etc/two": "1 arm64"}, show(t, o.FS)); d != "" {
			t.Errorf("Open(%s): %s", ref, d)
		}
		if o.Ref != want || o.Arch(nil) != "arm64" {
			t.Errorf("Open(%s) found %s for %s, want %s for arm64", ref, o.Ref, o.Arch(nil), want)
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
	if err := WriteLayout(dir, []Built{{Arch: "amd64", Image: testImage(t, "amd64")}}, nil); err != nil {
		t.Fatal(err)
	}
	o, err := Places{Temp: temp, Arch: "amd64"}.Open(t.Context(), dir)
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
	if err := WriteLayout(dir, []Built{{Arch: "amd64", Image: testImage(t, "amd64")}, {Arch: "arm64", Image: testImage(t, "arm64")}}, nil); err != nil {
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
		_, err := Places{Temp: t.TempDir(), Arch: "s390x"}.Open(t.Context(), ref)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "cannot open image ") {
			t.Errorf("Open(%s): %v; want %q in it", ref, err, want)
		}
	}
}

func TestOpenRefusesChangedLayer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "l")
	img := testImage(t, "amd64")
	if err := WriteLayout(dir, []Built{{Arch: "amd64", Image: img}}, nil); err != nil {
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
	if _, err := (Places{Temp: t.TempDir(), Arch: "amd64"}).Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "layer 2 of 2") {
		t.Errorf("error %v, want one about layer 2", err)
	}
}

func TestWriteLayoutKeepsOtherFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := WriteLayout(dir, []Built{{Arch: "amd64", Image: testImage(t, "amd64")}}, nil)
	if err == nil || !strings.Contains(err.Error(), "has files that are no OCI layout") {
		t.Errorf("error %v, want a refusal", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "mine")); err != nil {
		t.Error(err)
	}
}

func TestLoadErrorFindsTheDaemonsComplaint(t *testing.T) {
	if err := loadError(`{"stream":"Loading"}` + "\n" + `{"errorDetail":{},"error":"no space left"}`); err == nil || err.Error() != "no space left" {
		t.Errorf("error %v, want no space left", err)
	}
	if err := loadError(`{"stream":"Loaded image: a:1"}`); err != nil {
		t.Error(err)
	}
}

func TestObjects(t *testing.T) {
	elf := "\x7fELF\x02\x01" + strings.Repeat("\x00", 12) + "\xb7\x00" + strings.Repeat("\x00", 44)
	f, err := mergeLayers(t, []string{"lib/x.so.1 = " + elf, "lib/x.so -> x.so.1", "lib/gone.so -> /layers/x", "text = " + strings.Repeat("t", 99)})
	if err != nil {
		t.Fatal(err)
	}
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
	if arch := (&Opened{}).Arch(objects); arch != "arm64" {
		t.Errorf("Arch = %q, want arm64", arch)
	}
}
