//go:build integration

package integration

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// prime is the answer of samples/python-gmpy2: the prime after 2^89.
const prime = "618970019642690137449562141"

// TestPythonGmpy2 is the classic case: a module compiled from source that needs three of Debian's libraries.
func TestPythonGmpy2(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-gmpy2", dir: "../samples/python-gmpy2", fresh: true}
	log := p.build(t)
	for _, line := range []string{"language: python (found requirements.txt)", "run image: whittle.debian-13.base", "libmpfr-dev", "libgmp10", "Proof", "web: python3 app.py"} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	g.Expect(get(g, serve(t, p.name), "/")).To(ContainSubstring(prime))

	t.Run("past the launcher and with an empty environment", func(t *testing.T) {
		g := NewWithT(t)
		id := strings.TrimSpace(command(t, "docker", "run", "-d", "--read-only", "--cap-drop", "ALL", p.name))
		t.Cleanup(func() { _, _ = attempt(t, "docker", "rm", "-f", id) })
		const ask = "import gmpy2; print(gmpy2.next_prime(2**89))"
		g.Expect(command(t, "docker", "exec", id, "python3", "-c", ask)).To(ContainSubstring(prime))
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "/usr/bin/python3", p.name, "-c", ask)).To(ContainSubstring(prime))
		child := fmt.Sprintf("import subprocess; print(subprocess.run(['python3', '-c', %q], env={}, capture_output=True, text=True))", ask)
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "python3", p.name, "-c", child)).To(ContainSubstring(prime))
	})
	t.Run("only what runs", func(t *testing.T) { onlyRuntime(t, p.name) })
	t.Run("sizes", func(t *testing.T) {
		g := NewWithT(t)
		var libs, launcher int64
		for path, n := range files(t, p.name) {
			switch {
			case strings.HasPrefix(path, layers+"libs/usr/lib/"):
				libs += n
			case path == "/cnb/lifecycle/launcher":
				launcher = n
			}
		}
		g.Expect(libs).To(BeNumerically("<=", 1_510_000), "libraries that gmpy2 needs")
		g.Expect(launcher).To(BeNumerically("<=", 3_000_000), "launcher")
		g.Expect(size(t, p.name)-launcher).To(BeNumerically("<=", 35_000_000), "image beside the launcher")
	})
	t.Run("verify and why", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
		why := command(t, "whittle", "why", "daemon:"+p.name, "libgmp.so.10")
		g.Expect(why).To(And(ContainSubstring("slice libgmp10_libs"), ContainSubstring("gmpy2.cpython-313")))
	})
	t.Run("rebuild without network", func(t *testing.T) {
		g := NewWithT(t)
		before := layerDigests(t, p.name)
		again := p
		again.fresh, again.offline = false, true
		log := command(t, "pack", again.args(t)...)
		g.Expect(layerDigests(t, p.name)).To(Equal(before))
		g.Expect(log).NotTo(ContainSubstring("downloaded"))
		g.Expect(log).To(ContainSubstring("packages: unchanged"))
		for name := range before {
			g.Expect(log).To(ContainSubstring("Reusing layer 'whittle/whittle:" + name + "'"))
		}
	})
	t.Run("two builds from nothing are equal", func(t *testing.T) {
		g := NewWithT(t)
		other := pack{name: "it-python-gmpy2-other", dir: p.dir, fresh: true}
		other.build(t)
		g.Expect(layerDigests(t, other.name)).To(Equal(layerDigests(t, p.name)))
	})
	t.Run("scanners", func(t *testing.T) { scanners(t, p.name) })
}

// TestForeignPythonApp builds an app that nobody here wrote: Datasette, from its registry, which needs sqlite3.
func TestForeignPythonApp(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-datasette", fresh: true, dir: app(t, map[string]string{
		"requirements.txt": "datasette==0.65.1\nsetuptools<81\n",
		"Procfile":         "web: datasette serve --memory --host 0.0.0.0 --port ${PORT:-8080}\n",
	})}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("module sqlite3: imported by"))
	address := serve(t, p.name, "--tmpfs", "/tmp")
	g.Expect(get(g, address, "/-/versions.json")).To(ContainSubstring(`"sqlite"`))
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
}

// TestSourceBuildsWithDevPackages compiles modules whose -dev packages compile paths in: the doors of the build image.
func TestSourceBuildsWithDevPackages(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-source-builds", fresh: true, dir: app(t, map[string]string{
		"requirements.txt": "--no-binary psycopg2,lxml\npsycopg2==2.9.10\nlxml==5.3.2\n",
		"project.toml":     "[dev.whittle.build]\npackages = [\"libpq-dev\", \"libxml2-dev\", \"libxslt1-dev\"]\n",
		"app.py":           "import psycopg2, lxml.etree\nprint(psycopg2.__libpq_version__ > 0, lxml.etree.fromstring('<a>ok</a>').text)\n",
	})}
	p.build(t)
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", p.name)).To(ContainSubstring("True ok"))
}
