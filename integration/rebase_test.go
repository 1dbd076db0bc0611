//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestRebaseInRegistry publishes an app, publishes another run image under the same tag, and rebases without a build.
func TestRebaseInRegistry(t *testing.T) {
	g := NewWithT(t)
	registry := os.Getenv("WHITTLE_REGISTRY")
	g.Expect(registry).NotTo(BeEmpty(), "scripts/integration.sh sets it")
	run, image := registry+"/run:base", registry+"/python-gmpy2:1"
	push := func(spec string) {
		command(t, "whittle", "image", "build", spec, "--sources", "../.cache/debian-13.sources", "--tag", run, "--output", "registry")
	}
	push("../releases/debian-13/run/base.yaml")
	p := pack{name: image, dir: "../samples/python-gmpy2", run: run}
	p.forget(t)
	command(t, "pack", append(p.args(t), "--publish")...)

	// The newer run image has what the older has, and more: the definition of cc under the ID of base.
	release := filepath.Join(t.TempDir(), "release")
	g.Expect(os.CopyFS(release, os.DirFS("../releases/debian-13"))).To(Succeed())
	spec := filepath.Join(release, "run", "base.yaml")
	text, err := os.ReadFile(spec)
	g.Expect(err).NotTo(HaveOccurred())
	write(t, spec, string(text)+"  - name: more\n    slices:\n      - libstdc++6_libs\n")
	push(spec)
	command(t, "pack", "rebase", image, "--publish", "--pull-policy", "always")
	g.Expect(command(t, "whittle", "verify", "registry:"+image)).To(ContainSubstring("complete"))

	command(t, "docker", "pull", "-q", image)
	all := files(t, image)
	g.Expect(all).To(HaveKey("/var/lib/dpkg/status.d/libstdc++6"))
	g.Expect(get(g, serve(t, image), "/")).To(ContainSubstring(prime))
}
