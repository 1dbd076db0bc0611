//go:build integration

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	. "github.com/onsi/gomega"
)

// TestLayoutOutput builds an app with the lifecycle's output to OCI layouts, which knows neither a daemon nor a registry. The
// run image comes from a layout, and what is made of both is whole; pushed to a registry it serves, and is rebased there.
func TestLayoutOutput(t *testing.T) {
	g := NewWithT(t)
	const run, at = "whittle/run:debian-13-static", "index.docker.io/whittle/run/debian-13-static" // the lifecycle's place for it
	dir := t.TempDir()
	command(t, "whittle", "image", "build", "debian-13/static", "--sources", debianSources(t), "--output", "oci:"+filepath.Join(dir, at), "--tag", run)

	v := newVolumes(t, builder, "layers-dir", "workspace-dir", "platform-dir", "layout-dir")
	v.fill(t, builder, smallApp(t, "go"), nil)
	registry := plainRegistry(t)
	app, newer := testRegistry(t)+"/layout/small", registry.run(t, "static")
	v.shell(t, builder, []string{"--volume", dir + ":/from:ro"}, `cp -r /from/. /v/layout-dir; chown -R 1000:1000 /v/layout-dir/*
		printf '[[images]]\nimage = "`+run+`"\nmirrors = ["`+newer+`"]\n' >/v/layers-dir/run.toml`)
	creator := container{
		Name: "creator", Image: builder, Command: []string{"/cnb/lifecycle/creator"},
		Args: []string{"-app", "/workspace", "-layout", "-layout-dir", "/layout", "-run-image", run, "team/small"},
		Env: []setting{
			{"CNB_PLATFORM_API", "0.14"}, {"HOME", "/tmp"}, {"CNB_EXPERIMENTAL_MODE", "warn"}, {"CNB_RUN_PATH", "/layers/run.toml"},
		},
		VolumeMounts: []mount{
			{"layers-dir", "/layers", false}, {"workspace-dir", "/workspace", false}, {"platform-dir", "/platform", true}, {"layout-dir", "/layout", false},
		},
	}
	g.Expect(v.runAll(t, []container{creator})).To(ContainSubstring("run image: whittle.debian-13.static (the run image's label)"))

	built := filepath.Join(dir, "built")
	g.Expect(errors.Join(os.Mkdir(built, 0o777), os.Chmod(built, 0o777))).To(Succeed())
	v.shell(t, builder, []string{"--volume", built + ":/to"}, "cp -r /v/layout-dir/index.docker.io/team/small/latest/. /to")
	g.Expect(command(t, "whittle", "verify", "oci:"+built)).To(ContainSubstring("complete"))
	g.Expect(command(t, "whittle", "rebase-check", "oci:"+built, "oci:"+filepath.Join(dir, at))).To(ContainSubstring("can be rebased"))

	index, digest := onlyEntry(t, built)
	img, err := index.Image(digest)
	g.Expect(err).NotTo(HaveOccurred())
	publish(t, app, img)
	registry.pull(t, app)
	answers(t, app, hello)
	before := layerDigests(t, app)
	registry.update(t, newer)
	rebase(t, "0.14", builder, newer, app)
	registry.pull(t, app)
	answers(t, app, hello)
	g.Expect(files(t, app)).To(HaveKey(update))
	g.Expect(layerDigests(t, app)).To(Equal(before))
}

// onlyEntry is the index of an OCI layout, and the digest of the one image or index that it has.
func onlyEntry(t *testing.T, dir string) (v1.ImageIndex, v1.Hash) {
	t.Helper()
	g := NewWithT(t)
	index, err := layout.ImageIndexFromPath(dir)
	g.Expect(err).NotTo(HaveOccurred())
	manifest, err := index.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.Manifests).To(HaveLen(1))
	return index, manifest.Manifests[0].Digest
}
