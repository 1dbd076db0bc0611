package imagetest

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image makes an image of a config and layers, with a history entry for each.
func Image(t *testing.T, config v1.ConfigFile, layers ...v1.Layer) v1.Image {
	t.Helper()
	if config.Architecture == "" {
		config.Architecture = "amd64"
	}
	config.OS, config.RootFS.Type = "linux", "layers"
	base, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), &config)
	if err != nil {
		t.Fatal(err)
	}
	var added []mutate.Addendum
	for _, l := range layers {
		added = append(added, mutate.Addendum{Layer: l, MediaType: types.OCILayer, History: v1.History{CreatedBy: "test"}})
	}
	img, err := mutate.Append(base, added...)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// WithoutHistory is an image whose config tells nothing of its layers: an app of such an image would be filled with the old run image, and
// nobody would say so.
func WithoutHistory(t *testing.T, img v1.Image) v1.Image {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c = c.DeepCopy()
	c.History = nil
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	return img
}

// Placed writes an image as a layout and returns the reference to it.
func Placed(t *testing.T, img v1.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	l, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "amd64"})); err != nil {
		t.Fatal(err)
	}
	return "oci:" + dir
}

// JSON is the text of a label.
func JSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// LayeredFS is a file system that knows which layer a file comes from.
type LayeredFS interface {
	fs.ReadLinkFS
	Layer(name string) int
}

// Show lists a file system as path to "layer content", links and directories marked.
func Show(t *testing.T, f LayeredFS) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := fs.WalkDir(f, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == "." {
			return err
		}
		what := "dir"
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			to, err := f.ReadLink(p)
			if err != nil {
				return err
			}
			what = "-> " + to
		case e.Type().IsRegular():
			b, err := fs.ReadFile(f, p)
			if err != nil {
				return err
			}
			what = string(b)
		}
		got[p] = string(rune('0'+f.Layer(p))) + " " + what
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
