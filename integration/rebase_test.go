//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestRebaseInRegistry publishes an app on the run image of Debian's release pocket, publishes that of all pockets under the
// same tag, and rebases without a build: what security updates have brought is in the image and in its SBOM, and TLS works.
func TestRebaseInRegistry(t *testing.T) {
	g := NewWithT(t)
	registry := testRegistry(t)
	run, image := registry+"/run:base", registry+"/python-gmpy2:1"
	// The definition of base under an ID of its own: the release pocket is older than what is promised of whittle's.
	release := filepath.Join(t.TempDir(), "release")
	g.Expect(os.CopyFS(release, os.DirFS("../releases/debian-13"))).To(Succeed())
	text, err := os.ReadFile(filepath.Join(release, "run", "base.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	base := strings.Replace(string(text), "whittle.debian-13.base", "test.rebase.base", 1)
	push := func(tag, spec, sources string) {
		name := filepath.Join(release, "run", "test.yaml")
		write(t, name, spec)
		command(t, "whittle", "image", "build", name, "--sources", sources, "--tag", tag, "--output", "registry")
	}
	push(run, base, releasePocket(t))
	old := packagesOf(t, "registry:"+run)
	p := pack{name: image, dir: "../samples/python-gmpy2", run: run, env: []string{"BP_WHITTLE_RUN=whittle.debian-13.base"}}
	p.forget(t)
	g.Expect(command(t, "pack", append(p.args(t), "--publish")...)).To(ContainSubstring("the run image says that it is test.rebase.base"))

	// A run image that has lost libssl would be taken by pack, and is refused before.
	lost, _, found := strings.Cut(base, "  - name: openssl\n")
	g.Expect(found).To(BeTrue())
	push(registry+"/run:lost", lost, trixie)
	out, err := attempt(t, "whittle", "rebase-check", "registry:"+image, "registry:"+registry+"/run:lost", "--all")
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("it has no libssl.so.3, which "))

	// The newer run image has what the older has, and more.
	push(run, base+"  - name: more\n    slices:\n      - libstdc++6_libs\n", trixie)
	command(t, "whittle", "image", "finish", "registry:"+image, "--tag", registry+"/python-gmpy2:finished")
	for _, name := range []string{image, registry + "/python-gmpy2:finished"} {
		for _, proof := range [][]string{nil, {"--whole"}} {
			g.Expect(command(t, "whittle", append([]string{"rebase-check", "registry:" + name, "registry:" + run}, proof...)...)).To(ContainSubstring("can be rebased"))
		}
		command(t, "pack", "rebase", name, "--publish", "--pull-policy", "always")
		g.Expect(command(t, "whittle", "verify", "registry:"+name)).To(ContainSubstring("complete"))
		rebased(t, g, name, old, packagesOf(t, "registry:"+run))
	}
	g.Expect(files(t, registry+"/python-gmpy2:finished")).NotTo(HaveKey("/cnb"))
	t.Run("the environment is the launcher's", func(t *testing.T) {
		const show = "import os; print(sorted((k, v) for k, v in os.environ.items() if k not in ('HOSTNAME', 'CNB_PLATFORM_API')))"
		NewWithT(t).Expect(command(t, "docker", "run", "--rm", "--hostname", "x", "--entrypoint", "python", registry+"/python-gmpy2:finished", "-c", show)).
			To(Equal(command(t, "docker", "run", "--rm", "--hostname", "x", "--entrypoint", "/cnb/lifecycle/launcher", image, "--", "python", "-c", show)))
	})
	t.Run("an image without what is promised leaves the tag", func(t *testing.T) {
		g := NewWithT(t)
		before := command(t, "crane", "digest", run)
		less, _, _ := strings.Cut(string(text), "  - name: openssl\n")
		spec := filepath.Join(release, "run", "base.yaml") // beside which the promise is
		write(t, spec, less)
		said, err := attempt(t, "whittle", "image", "build", spec, "--sources", trixie, "--tag", run, "--output", "registry")
		g.Expect(err).To(HaveOccurred())
		g.Expect(said).To(ContainSubstring("- library libssl.so.3"))
		g.Expect(command(t, "crane", "digest", run)).To(Equal(before))
	})
	t.Run("a sibling with a shell, and back", func(t *testing.T) {
		g := NewWithT(t)
		rebase := func(spec string) {
			push(run, spec, trixie)
			command(t, "pack", "rebase", image, "--publish", "--pull-policy", "always")
			command(t, "docker", "pull", "-q", image)
		}
		shell := []string{"run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "/busybox/sh", image, "-c", "ls /workspace"}
		write(t, filepath.Join(release, "run", "plain.yaml"), base)
		rebase("extends: plain\nlayers:\n  - name: shell\n    slices: [busybox-static_shell]\n")
		g.Expect(command(t, "docker", shell...)).To(ContainSubstring("app.py"))
		g.Expect(get(g, serve(t, image), "/")).To(ContainSubstring(prime))
		rebase(base)
		said, err := attempt(t, "docker", shell...)
		g.Expect(err).To(HaveOccurred())
		g.Expect(said).To(ContainSubstring("no such file or directory"))
	})
}

// trixie are the apt sources that the run images were made from.
const trixie = "../.cache/debian-13.sources"

// rebased holds an image's packages against those of its run images before and after, and looks at it from outside.
func rebased(t *testing.T, g *WithT, image string, before, after map[string]string) {
	t.Helper()
	command(t, "docker", "pull", "-q", image)
	removeImages(t, image)
	has := packagesOf(t, "registry:"+image)
	newer := []string{}
	for name, version := range after {
		g.Expect(has).To(HaveKeyWithValue(name, version))
		if before[name] != version {
			newer = append(newer, name+" "+before[name]+" -> "+version)
		}
	}
	g.Expect(newer).NotTo(BeEmpty())
	t.Logf("rebased %s: %s", image, strings.Join(newer, ", "))
	g.Expect(files(t, image)).To(HaveKey("/var/lib/dpkg/status.d/libstdc++6"))
	g.Expect(get(g, serve(t, image), "/")).To(ContainSubstring(prime))

	server := overTLS(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, certificate(server))
	g.Expect(command(t, "docker", "run", "--rm", "--network", "host", "-e", "SSL_CERT_FILE=/ca.pem", "-v", ca+":/ca.pem:ro", "--entrypoint", "python", image,
		"-c", "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read())", server.URL)).To(ContainSubstring("over TLS"))
}

// releasePocket is a file of the test's sources without updates and security.
func releasePocket(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(trixie)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n\n")
	name := filepath.Join(t.TempDir(), "release.sources")
	write(t, name, strings.Replace(first, " trixie-updates", "", 1)+"\n")
	return name
}

// packagesOf are the versions of an image's Debian packages, by its SBOM.
func packagesOf(t *testing.T, image string) map[string]string {
	t.Helper()
	var sbom struct {
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal([]byte(command(t, "whittle", "sbom", image)), &sbom); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range sbom.Components {
		if strings.HasPrefix(c.PURL, "pkg:deb/") {
			all[c.Name] = c.Version
		}
	}
	return all
}
