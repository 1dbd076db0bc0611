package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/layerfs"
)

// forged is an OCI layout that is written by hand, so that it can lie.
type forged struct {
	t   *testing.T
	dir string
}

func newForged(t *testing.T) forged {
	t.Helper()
	f := forged{t, t.TempDir()}
	if err := os.MkdirAll(filepath.Join(f.dir, "blobs/sha256"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.write("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	return f
}

func (f forged) write(name string, data []byte) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), data, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f forged) path(d v1.Descriptor) string {
	return filepath.Join(f.dir, "blobs/sha256", d.Digest.Hex)
}

// blob adds a blob, and describes it.
func (f forged) blob(media types.MediaType, data []byte) v1.Descriptor {
	sum := sha256.Sum256(data)
	d := v1.Descriptor{MediaType: media, Size: int64(len(data)), Digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}}
	f.write("blobs/sha256/"+d.Digest.Hex, data)
	return d
}

func (f forged) json(media types.MediaType, v any) v1.Descriptor {
	f.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.blob(media, text)
}

// image adds an image of one layer.
func (f forged) image(arch string, layer []byte) (manifest, config, packed v1.Descriptor) {
	f.t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := w.Write(layer)
	if err := errors.Join(err, w.Close()); err != nil {
		f.t.Fatal(err)
	}
	sum := sha256.Sum256(layer)
	packed = f.blob(types.OCILayer, z.Bytes())
	config = f.json(types.OCIConfigJSON, map[string]any{"architecture": arch, "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}}})
	manifest = f.json(types.OCIManifestSchema1, v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: []v1.Descriptor{packed}})
	manifest.Platform = &v1.Platform{OS: "linux", Architecture: arch}
	return manifest, config, packed
}

func (f forged) index(all ...v1.Descriptor) v1.Descriptor {
	f.t.Helper()
	d := f.json(types.OCIImageIndex, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: all})
	text, err := os.ReadFile(f.path(d))
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("index.json", text)
	return d
}

// open opens the layout, and fails the test where that takes long.
func (f forged) open() (*Opened, error) {
	f.t.Helper()
	type answer struct {
		o   *Opened
		err error
	}
	done := make(chan answer, 1)
	go func() {
		o, err := Places{Temp: f.t.TempDir(), Arch: "amd64"}.Open(f.t.Context(), "oci:"+f.dir)
		done <- answer{o, err}
	}()
	select {
	case a := <-done:
		if a.o != nil {
			f.t.Cleanup(func() { a.o.Close() })
		}
		return a.o, a.err
	case <-time.After(20 * time.Second):
		f.t.Fatal("it hangs")
		return nil, nil
	}
}

// TestLayoutsAreHeldAgainstTheirDigests changes each kind of blob of a layout, and says other things of a layer.
func TestLayoutsAreHeldAgainstTheirDigests(t *testing.T) {
	good, evil := imagetest.LayerTar(t, "usr/bin/x = good"), imagetest.LayerTar(t, "usr/bin/evil = evil")
	for name, row := range map[string]struct {
		change func(f forged, manifest, config, layer v1.Descriptor)
		err    string
	}{
		"nothing":  {func(forged, v1.Descriptor, v1.Descriptor, v1.Descriptor) {}, ""},
		"manifest": {func(f forged, m, _, _ v1.Descriptor) { f.spoil(m) }, "is not what its name says"},
		"config":   {func(f forged, _, c, _ v1.Descriptor) { f.spoil(c) }, "is not what its name says"},
		"layer": {func(f forged, _, _, l v1.Descriptor) {
			other := newForged(t)
			_, _, packed := other.image("amd64", evil)
			text, _ := os.ReadFile(other.path(packed))
			_ = os.WriteFile(f.path(l), append(text, make([]byte, max(0, int(l.Size)-len(text)))...)[:l.Size], 0o644)
		}, "layer 1 of 1"},
		"layer of another size": {func(f forged, _, _, l v1.Descriptor) { _ = os.Truncate(f.path(l), l.Size-1) }, "are announced"},
		"layer that the config does not tell of": {func(f forged, _, c, _ v1.Descriptor) {
			_, _, packed := f.image("amd64", evil)
			m := f.json(types.OCIManifestSchema1, v1.Manifest{SchemaVersion: 2, Config: c, Layers: []v1.Descriptor{packed}})
			f.index(m)
		}, "its bytes are those of sha256:"},
		"index.json is a link": {func(f forged, _, _, _ v1.Descriptor) {
			f.replace("index.json", func(n string) error { return os.Symlink("/dev/zero", n) })
		}, "no regular file"},
		"index.json is a pipe": {func(f forged, _, _, _ v1.Descriptor) {
			f.replace("index.json", func(n string) error { return syscall.Mkfifo(n, 0o644) })
		}, "no regular file"},
		"index.json is very long": {func(f forged, _, _, _ v1.Descriptor) { _ = os.Truncate(filepath.Join(f.dir, "index.json"), 1<<40) }, "more than"},
		"the manifest is a link": {func(f forged, m, _, _ v1.Descriptor) {
			f.replace("blobs/sha256/"+m.Digest.Hex, func(n string) error { return os.Symlink("/etc/passwd", n) })
		}, "no regular file"},
		"the layer is a pipe": {func(f forged, _, _, l v1.Descriptor) {
			f.replace("blobs/sha256/"+l.Digest.Hex, func(n string) error { return syscall.Mkfifo(n, 0o644) })
		}, "no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newForged(t)
			manifest, config, layer := f.image("amd64", good)
			f.index(manifest)
			row.change(f, manifest, config, layer)
			o, err := f.open()
			if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got error %v, want %q", err, row.err)
			}
			if err == nil && o.Digest != manifest.Digest.String() {
				t.Errorf("got digest %s", o.Digest)
			}
		})
	}
}

// spoil changes a byte of a blob.
func (f forged) spoil(d v1.Descriptor) {
	text, err := os.ReadFile(f.path(d))
	if err != nil {
		f.t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("linux"), []byte("LINUX"), 1)
	text = bytes.Replace(text, []byte(`"size"`), []byte(`"Size"`), 1)
	f.write("blobs/sha256/"+d.Digest.Hex, text)
}

func (f forged) replace(name string, make func(string) error) {
	at := filepath.Join(f.dir, name)
	if err := errors.Join(os.Remove(at), make(at)); err != nil {
		f.t.Fatal(err)
	}
}

// TestTheImageOfAnIndexIsChosenAmongAll has indexes in indexes, first and last, with the image that is wanted elsewhere; several
// that fit; and an index that holds itself.
func TestTheImageOfAnIndexIsChosenAmongAll(t *testing.T) {
	f := newForged(t)
	amd, _, _ := f.image("amd64", imagetest.LayerTar(t, "a = 1"))
	other, _, _ := f.image("amd64", imagetest.LayerTar(t, "a = 2"))
	arm, _, _ := f.image("arm64", imagetest.LayerTar(t, "a = 3"))
	only := func(all ...v1.Descriptor) v1.Descriptor { return f.index(all...) }
	unnamed := other
	unnamed.Platform = nil
	disguised := other
	disguised.ArtifactType = "application/vnd.example.sbom"
	bare := disguised
	bare.Platform = nil
	attestation := other
	attestation.Platform = &v1.Platform{OS: "unknown", Architecture: "unknown"}
	sbom := f.json(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: f.blob("application/vnd.oci.empty.v1+json", []byte("{}")), Layers: []v1.Descriptor{},
	})
	both := f.blob(types.OCIManifestSchema1, []byte(`{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}`))
	for name, row := range map[string]struct {
		index func()
		want  v1.Descriptor
		err   string
	}{
		"a nested index of another machine first": {func() { only(only(arm), amd) }, amd, ""},
		"in a nested index":                       {func() { only(arm, only(only(amd))) }, amd, ""},
		"the only one, of another machine":        {func() { only(arm) }, arm, ""},
		"twice the same":                          {func() { only(amd, only(amd)) }, amd, ""},
		"two that fit":                            {func() { only(amd, other) }, amd, "several images for amd64"},
		"two that fit, one of them nested":        {func() { only(only(other), amd) }, amd, "several images for amd64"},
		"none that fits":                          {func() { only(arm, f.variant(arm, "v9")) }, arm, "no image for amd64, only linux/arm64"},
		"two that fit, one of no named platform":  {func() { only(amd, unnamed) }, amd, "several images for amd64"},
		"two that fit, one that is an artifact":   {func() { only(disguised, amd) }, amd, "several images for amd64"},
		"two that fit, one an artifact of none":   {func() { only(bare, amd) }, amd, "several images for amd64"},
		"one of no named platform":                {func() { only(arm, unnamed) }, unnamed, ""},
		"an attestation and an SBOM beside it":    {func() { only(attestation, sbom, amd) }, amd, ""},
		"a manifest that is an index, too":        {func() { only(both) }, amd, "has what an index has"},
		"too deep":                                {func() { only(only(only(only(only(amd))))) }, amd, "deep"},
	} {
		row.index()
		o, err := f.open()
		if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: got error %v, want %q", name, err, row.err)
		}
		if err == nil && o.Digest != row.want.Digest.String() {
			t.Errorf("%s: got %s, want %s", name, o.Digest, row.want.Digest)
		}
	}
}

func (f forged) variant(d v1.Descriptor, variant string) v1.Descriptor {
	p := *d.Platform
	p.Variant = variant
	d.Platform = &p
	return d
}

// TestIndexesThatHoldThemselvesEnd gives an index without end, as only a blob can that is not what its digest says.
func TestIndexesThatHoldThemselvesEnd(t *testing.T) {
	if err := (&gathering{}).add(endlessIndex{}, maxIndexDepth); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("got error %v", err)
	}
}

type endlessIndex struct{}

func (e endlessIndex) manifests() ([]v1.Descriptor, error) {
	return []v1.Descriptor{{MediaType: types.OCIImageIndex}, {MediaType: types.OCIImageIndex}}, nil
}
func (e endlessIndex) below(v1.Descriptor) (catalog, error)  { return e, nil }
func (e endlessIndex) image(v1.Descriptor) (v1.Image, error) { return nil, errors.New("none") }

// TestInterruptedLayersEnd reads a layer without end, and a tree, when the context is done.
func TestInterruptedLayersEnd(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w := io.Pipe()
	go func() {
		tw := tar.NewWriter(w)
		for i := 0; tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), Mode: 0o644}) == nil; i++ {
			if i == 1000 {
				stop()
			}
		}
	}()
	defer r.Close()
	m := layerfs.NewMerger(f, -1)
	if err := m.Add(untilDone{ctx, r}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	merged, err := m.FS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := merged.ReadDir("."); !errors.Is(err, context.Canceled) {
		t.Errorf("reading a directory: got error %v", err)
	}
}
