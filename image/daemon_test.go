package image_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/client"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
)

// oneImage is a daemon that has one image, app:1.
type oneImage struct {
	daemon.Client
	id, tar string
	saves   int
	broken  error // at the end of the tar
}

func (d *oneImage) Ping(context.Context, client.PingOptions) (r client.PingResult, err error) {
	return r, nil
}

func (d *oneImage) ImageInspect(_ context.Context, image string, _ ...client.ImageInspectOption) (r client.ImageInspectResult, err error) {
	if !strings.HasSuffix(image, "app:1") && !strings.HasPrefix(d.id, "sha256:"+strings.TrimPrefix(image, "sha256:")) {
		return r, cerrdefs.ErrNotFound
	}
	r.ID = d.id
	return r, nil
}

func (d *oneImage) ImageSave(_ context.Context, images []string, _ ...client.ImageSaveOption) (client.ImageSaveResult, error) {
	d.saves++
	if !strings.HasSuffix(images[0], "app:1") && images[0] != d.id {
		return nil, errors.New("reference does not exist")
	}
	if d.broken != nil {
		return io.NopCloser(io.MultiReader(strings.NewReader(d.tar[:100]), failing{d.broken})), nil
	}
	return io.NopCloser(strings.NewReader(d.tar)), nil
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// TestDaemonIsAskedOnceAndNothingIsLeft reads an image of several layers from a daemon.
func TestDaemonIsAskedOnceAndNothingIsLeft(t *testing.T) {
	img := testImage(t, "amd64")
	tag, err := name.NewTag("app:1")
	if err != nil {
		t.Fatal(err)
	}
	var tar bytes.Buffer
	if err := tarball.Write(tag, img, &tar); err != nil {
		t.Fatal(err)
	}
	id, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	empty := func(p image.Places) {
		if left, err := os.ReadDir(p.Temp); err != nil || len(left) > 0 {
			t.Errorf("%v (%v) left in the temporary directory", left, err)
		}
	}
	for _, ref := range []string{"app:1", "daemon:app:1"} {
		d := &oneImage{id: id.String(), tar: tar.String()}
		p := image.Places{Temp: t.TempDir(), Arch: "amd64", Daemon: d}
		o, err := p.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"etc": "1 dir", "etc/one": "0 amd64", "etc/two": "1 amd64"}, imagetest.Show(t, o.FS)); diff != "" {
			t.Error(diff)
		}
		if o.Ref != "daemon:app:1" || o.Digest != id.String() || d.saves != 1 {
			t.Errorf("found %s %s by %d saves", o.Ref, o.Digest, d.saves)
		}
		empty(p)
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	broken := errors.New("the daemon is gone")
	p := image.Places{Temp: t.TempDir(), Arch: "amd64", Daemon: &oneImage{id: id.String(), tar: tar.String(), broken: broken}}
	if _, err := p.Open(t.Context(), "daemon:app:1"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	empty(p)
}

// TestImagesOfADaemonByTheirID opens what `docker images` and `docker build --quiet` call an image.
func TestImagesOfADaemonByTheirID(t *testing.T) {
	img := testImage(t, "amd64")
	var tar bytes.Buffer
	if err := tarball.Write(name.MustParseReference("app:1"), img, &tar); err != nil {
		t.Fatal(err)
	}
	id, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{id.Hex[:12], id.String(), "daemon:" + id.Hex[:12], "daemon:" + id.String()} {
		p := image.Places{Temp: t.TempDir(), Arch: "amd64", Daemon: &oneImage{id: id.String(), tar: tar.String()}}
		o, err := p.Open(t.Context(), ref)
		if err != nil {
			t.Error(err)
			continue
		}
		if o.Digest != id.String() {
			t.Errorf("%s: found %s", ref, o.Digest)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}
