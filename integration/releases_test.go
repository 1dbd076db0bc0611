//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// python12 is a builder of Debian 12 whose build image has Python alone: scripts/build-image.sh --only python.
const python12 = "whittle/builder:debian-12-python"

// TestPython311 asks for the Python of Debian 12. The builder of Debian 13 names the one that has it; there the app builds, is
// complete, runs, and is rebased on a newer run image of its release.
func TestPython311(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		".python-version": "3.11\n",
		"app.py": `import http.server, os, sqlite3, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"Python {sys.version_info[0]}.{sys.version_info[1]}, SQLite {sqlite3.sqlite_version}".encode())

http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Answer).serve_forever()
`,
	})
	g.Expect(pack{name: "it-python-311-on-13", dir: dir}.fail(t)).To(And(
		ContainSubstring("elsewhere: Python 3.11 with whittle/builder:debian-12"), ContainSubstring("build with whittle/builder:debian-12")))

	const run = "it-run:debian-12-base"
	command(t, "docker", "tag", "whittle/run:debian-12-base", run)
	removeImages(t, run)
	p := pack{name: "it-python-311", dir: dir, builder: python12, run: run, fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("run image: whittle.debian-12.base"), MatchRegexp(`version: 3\.11\.\d+ `), MatchRegexp(`libsqlite3-0 3\.\S*deb12`)))
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	g.Expect(get(g, serve(t, p.name), "/")).To(MatchRegexp(`^Python 3\.11, SQLite 3\.40\.`))

	release := filepath.Join(t.TempDir(), "debian-12")
	g.Expect(os.CopyFS(release, os.DirFS("../releases/debian-12"))).To(Succeed())
	spec := filepath.Join(release, "run", "base.yaml")
	text, err := os.ReadFile(spec)
	g.Expect(err).NotTo(HaveOccurred())
	write(t, spec, string(text)+"  - name: more\n    slices:\n      - libstdc++6_libs\n")
	command(t, "whittle", "image", "build", spec, "--sources", sourcesOf(t, "debian-12"), "--tag", run, "--output", "daemon")
	before := layerDigests(t, p.name)
	command(t, "pack", "rebase", p.name, "--pull-policy", "never")
	g.Expect(layerDigests(t, p.name)).To(Equal(before))
	g.Expect(files(t, p.name)).To(HaveKey("/var/lib/dpkg/status.d/libstdc++6"))
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	g.Expect(get(g, serve(t, p.name), "/")).To(HavePrefix("Python 3.11"))
}
