package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/write"
)

// makeApp writes the layout of an app's image on the run image of another layout, as the lifecycle exports it: mkapp DIR RUN
// FILE… puts files of the script into it at their own paths, one of them metadata.toml for the launcher, and takes its label
// dev.whittle.needs from the file "needs.json", if that is among them.
func makeApp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: mkapp DIR RUN FILE…")
	}
	run := onlyImage(ts, args[1])
	config, err := run.ConfigFile()
	ts.Check(err)
	config = config.DeepCopy()
	top := config.RootFS.DiffIDs[len(config.RootFS.DiffIDs)-1]
	own, launcher := layerOf(ts, args[2:], false), layerOf(ts, args[2:], true)
	diff, err := launcher.DiffID()
	ts.Check(err)
	label, err := json.Marshal(map[string]any{"runImage": map[string]string{"topLayer": top.String()}, "config": map[string]string{"sha": diff.String()}})
	ts.Check(err)
	if config.Config.Labels == nil {
		config.Config.Labels = map[string]string{}
	}
	config.Config.Labels["io.buildpacks.lifecycle.metadata"] = string(label)
	for _, name := range args[2:] {
		if name == "needs.json" {
			config.Config.Labels["dev.whittle.needs"] = ts.ReadFile(name)
		}
	}
	config.Config.Env = append(config.Config.Env, "CNB_PLATFORM_API=0.13")
	config.Config.Entrypoint, config.Config.WorkingDir = []string{"/cnb/process/web"}, "/workspace"
	img, err := mutate.ConfigFile(run, config)
	ts.Check(err)
	for _, l := range []v1.Layer{own, launcher} {
		img, err = mutate.Append(img, mutate.Addendum{Layer: l, MediaType: types.OCILayer, History: v1.History{CreatedBy: "test"}})
		ts.Check(err)
	}
	ts.Check(write.Layout(ts.MkAbs(args[0]), []write.Built{{Arch: "amd64", Image: img}}, nil))
}

func onlyImage(ts *testscript.TestScript, dir string) v1.Image {
	index, err := layout.ImageIndexFromPath(ts.MkAbs(dir))
	ts.Check(err)
	m, err := index.IndexManifest()
	ts.Check(err)
	img, err := index.Image(m.Manifests[0].Digest)
	ts.Check(err)
	return img
}

// layerOf makes a layer of files: the launcher's configuration, or all but that.
func layerOf(ts *testscript.TestScript, names []string, launcher bool) v1.Layer {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		at := name
		if strings.HasSuffix(name, "metadata.toml") != launcher || name == "needs.json" {
			continue
		}
		if launcher {
			at = "layers/config/metadata.toml"
		}
		text := ts.ReadFile(name)
		ts.Check(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: at, Size: int64(len(text)), Mode: 0o755}))
		_, err := io.WriteString(w, text)
		ts.Check(err)
	}
	ts.Check(w.Close())
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	ts.Check(err)
	return l
}

// TestFinishedImagesGoWhereTheyCameFrom lists where a finished image goes, and what would be lost there.
func TestFinishedImagesGoWhereTheyCameFrom(t *testing.T) {
	for name, c := range map[string]struct {
		image  image.Opened
		finish imageFinish
		want   string
	}{
		"a daemon's":                      {image.Opened{Ref: "daemon:shop"}, imageFinish{}, "daemon [shop]"},
		"a registry's":                    {image.Opened{Ref: "registry:r.example/shop:1"}, imageFinish{}, "registry [r.example/shop:1]"},
		"another name":                    {image.Opened{Ref: "registry:r.example/shop:1"}, imageFinish{tags: []string{"r.example/shop:2"}}, "registry [r.example/shop:2]"},
		"another place":                   {image.Opened{Ref: "daemon:shop"}, imageFinish{output: "registry", tags: []string{"r.example/shop"}}, "registry [r.example/shop]"},
		"a layout without a name":         {image.Opened{Ref: "daemon:shop"}, imageFinish{output: "oci:out"}, "oci:out []"},
		"one of an index":                 {image.Opened{Ref: "registry:r.example/shop", Of: 2}, imageFinish{}, "it is an index of 2 images, and the others would be lost"},
		"one of an index, elsewhere":      {image.Opened{Ref: "registry:r.example/shop", Of: 2}, imageFinish{tags: []string{"r.example/shop:2"}}, "registry [r.example/shop:2]"},
		"the only one of an index":        {image.Opened{Ref: "registry:r.example/shop", Of: 1}, imageFinish{}, "registry [r.example/shop]"},
		"by its digest":                   {image.Opened{Ref: "registry:r.example/shop@sha256:0"}, imageFinish{}, "which is the digest of the one it is made of"},
		"a layout's, and no place":        {image.Opened{Ref: "oci:in"}, imageFinish{}, "name it by --output"},
		"a layout's, for a daemon":        {image.Opened{Ref: "oci:in"}, imageFinish{output: "daemon"}, "--tag names it"},
		"a layout's, for a daemon, named": {image.Opened{Ref: "oci:in"}, imageFinish{output: "daemon", tags: []string{"shop"}}, "daemon [shop]"},
	} {
		t.Run(name, func(t *testing.T) {
			output, tags, err := c.finish.target(&c.image)
			got := fmt.Sprintf("%s %v", output, tags)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) || err == nil && got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
