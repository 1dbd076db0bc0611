//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestBehindAnotherBuildpack completes an app whose program and library a buildpack that is not whittle's has compiled into
// its layer: by the order alone, and again with that layer used as the image before has it. It is then shown the app alone,
// without a library that whittle would have added, to see that the library is what makes it run.
func TestBehindAnotherBuildpack(t *testing.T) {
	g := NewWithT(t)
	acme, err := filepath.Abs("testdata/acme")
	g.Expect(err).NotTo(HaveOccurred())
	p := pack{name: "it-behind", dir: "testdata/acme-app", fresh: true, buildpacks: []string{acme, "from=builder:whittle/whittle"}}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("behind acme/tool 2.0.0: layers dist"))
	g.Expect(log).To(ContainSubstring("2 ELF files of the app and the packages need"))
	g.Expect(log).To(ContainSubstring("web: acme (acme/tool)"))
	const answer = "618970019642690137449562141 own library\n"
	g.Expect(get(g, serve(t, p.name, "--user", "12345:12345"), "/")).To(Equal(answer))
	all := files(t, p.name)
	g.Expect(all).To(HaveKey(layers + "libs/usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0"))
	g.Expect(all).NotTo(HaveKey(layers + "slices/usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0"))
	fits(t, p.name)
	g.Expect(command(t, "whittle", "verify", p.name)).To(ContainSubstring("complete"))

	before := layerDigests(t, p.name)
	again := p
	again.fresh = false
	log = command(t, "pack", again.args(t)...)
	g.Expect(log).To(ContainSubstring("acme: the layer is used as it is"))
	g.Expect(log).To(ContainSubstring("/layers/acme_tool/dist is used unseen"))
	g.Expect(layerDigests(t, p.name)).To(Equal(before))
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal(answer))

	alone := pack{name: "it-behind-alone", dir: "testdata/acme-app", fresh: true, buildpacks: []string{acme}}
	alone.build(t)
	out, err := attempt(t, "docker", "run", "--rm", alone.name)
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("libgmp.so.10: cannot open shared object file"))

	shell := app(t, map[string]string{"acme.c": "int main(void) { return 0; }\n", "own.c": "int own;\n"})
	g.Expect(os.WriteFile(filepath.Join(shell, "project.toml"), []byte("[[dev.whittle.processes]]\ntype = \"job\"\ncommand = \"nosuch --x\"\n"), 0o644)).To(Succeed())
	g.Expect(pack{name: "it-behind-broken", dir: shell, fresh: true, buildpacks: p.buildpacks}.fail(t)).To(ContainSubstring("the process job cannot start: there is no program nosuch in the image"))
}
