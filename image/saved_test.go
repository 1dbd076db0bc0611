package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image/imagetest"
)

// TestSavedImagesAreHeldAgainstTheirConfig has a tar of docker save whose layer is another than the config tells of.
func TestSavedImagesAreHeldAgainstTheirConfig(t *testing.T) {
	sum := sha256.Sum256(imagetest.LayerTar(t, "usr/bin/x = good"))
	config := fmt.Sprintf(`{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%x"]}}`, sum)
	for want, layer := range map[string][]byte{"": imagetest.LayerTar(t, "usr/bin/x = good"), "its bytes are those of": imagetest.LayerTar(t, "usr/bin/x = evil")} {
		file := filepath.Join(t.TempDir(), "i.tar")
		text := imagetest.LayerTar(t, `manifest.json = [{"Config":"c.json","RepoTags":["x:1"],"Layers":["l.tar"]}]`, "c.json = "+config, "l.tar = "+string(layer))
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), file)
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
		if err == nil {
			o.Close()
		}
	}
}

// TestSavedImagesAreOneImage has tars of docker save and of layouts in which different readers find different images, and a config that
// would cost what nobody has packed.
func TestSavedImagesAreOneImage(t *testing.T) {
	good, evil := imagetest.LayerTar(t, "usr/bin/x = good"), imagetest.LayerTar(t, "usr/bin/x = evil")
	config := func(layer []byte) string {
		return fmt.Sprintf(`{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%x"]}}`, sha256.Sum256(layer))
	}
	files := func(more ...string) []string {
		return append([]string{"g.json = " + config(good), "e.json = " + config(evil), "g.tar = " + string(good), "e.tar = " + string(evil)}, more...)
	}
	list := func(name, image string) string {
		return fmt.Sprintf(`%s = [{"Config":"%s.json","RepoTags":["x:1"],"Layers":["%s.tar"]}]`, name, image, image)
	}
	manifest := fmt.Sprintf(`{"schemaVersion":2,"config":{"digest":"sha256:%x","size":1,"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]}`, sha256.Sum256([]byte(config(evil))))
	index := fmt.Sprintf(`index.json = {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":%d,"digest":"sha256:%x"}]}`,
		len(manifest), sha256.Sum256([]byte(manifest)))
	blob := fmt.Sprintf("blobs/sha256/%x = %s", sha256.Sum256([]byte(manifest)), manifest)
	for name, row := range map[string]struct {
		entries []string
		err     string
	}{
		"one":                       {files(list("manifest.json", "g")), ""},
		"a name with a dot":         {files(list("./manifest.json", "g")), ""},
		"two lists":                 {files(list("manifest.json", "g"), list("manifest.json", "e")), `it has two files "manifest.json"`},
		"two lists, with a dot":     {files(list("manifest.json", "g"), list("./manifest.json", "e")), `it has two files "manifest.json"`},
		"two configs":               {files(list("manifest.json", "g"), "g.json = "+config(evil)), `it has two files "g.json"`},
		"a list that is a link":     {files("manifest.json -> m", list("m", "g")), "is no regular file"},
		"another index":             {files(list("manifest.json", "g"), index, blob), "its index.json about"},
		"the same index":            {files(list("manifest.json", "e"), index, blob), ""},
		"an index of other images":  {files(list("manifest.json", "g"), index), ""},
		"a config of too many byte": {files(list("manifest.json", "h"), "h.json = "+strings.Repeat(" ", maxDocument+1)), "more than 8388608"},
	} {
		file := filepath.Join(t.TempDir(), "i.tar")
		if err := os.WriteFile(file, imagetest.LayerTar(t, row.entries...), 0o644); err != nil {
			t.Fatal(err)
		}
		o, err := Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), file)
		if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: got error %v, want %q", name, err, row.err)
		}
		if err == nil {
			o.Close()
		}
	}
}

// TestLayoutsInTars opens an OCI layout in a tar, plain and compressed, by its path and by its prefix. It was taken for a root with
// nothing to prove.
func TestLayoutsInTars(t *testing.T) {
	f := newForged(t)
	want, _, _ := f.image("amd64", imagetest.LayerTar(t, "usr/bin/x = good"))
	f.index(want)
	var plain, packed bytes.Buffer
	w := tar.NewWriter(&plain)
	z := gzip.NewWriter(&packed)
	err := errors.Join(w.AddFS(os.DirFS(f.dir)), w.Close())
	_, werr := z.Write(plain.Bytes())
	if err := errors.Join(err, werr, z.Close()); err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{plain.Bytes(), packed.Bytes()} {
		file := filepath.Join(t.TempDir(), "layout.tar")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, ref := range []string{file, "oci:" + file} {
			o, err := Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), ref)
			if err != nil {
				t.Errorf("%s: %v", ref, err)
				continue
			}
			defer o.Close()
			if o.Digest != want.Digest.String() || o.Ref != "oci:"+file || len(imagetest.Show(t, o.FS)) == 0 {
				t.Errorf("%s: got %s of %s with %v", ref, o.Digest, o.Ref, imagetest.Show(t, o.FS))
			}
		}
	}
}
