package write

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/slicer/tree"
)

func TestLayoutKeepsOtherFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := Layout(dir, []Built{{Arch: "amd64", Image: imagetest.Image(t, v1.ConfigFile{}, imagetest.Layer(t, "a = b"))}}, nil)
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

// The digest of a fixed tree is fixed too: on any machine, with any Go toolchain. It changes when the compression
// library does, which is worth knowing before a release: every run image gets a new digest then.
func TestDigestIsPinned(t *testing.T) {
	const want = "sha256:2e23accbdfd0d4854aabb3f14b737581c41abc90c940bfa7a5047e90dc6aa709"
	work, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer work.Close()
	var layers []Named
	for _, n := range []string{"one", "two"} {
		l, err := NewLayer(work, n, func(to tree.Tree) error { return tree.AddFile(to, "etc/"+n, []byte("amd64")) })
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, Named{l, n})
	}
	img, err := Image(v1.ConfigFile{Architecture: "amd64", OS: "linux", Created: Created, RootFS: v1.RootFS{Type: "layers"}}, layers, "test")
	if err != nil {
		t.Fatal(err)
	}
	got, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}
