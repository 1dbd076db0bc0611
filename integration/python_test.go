//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
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
		id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", p.name)
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
		g.Expect(log).To(ContainSubstring("all from the cache"), "packages for the build are unpacked again")
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
	t.Run("strict", func(t *testing.T) {
		g := NewWithT(t)
		strict := p
		strict.fresh, strict.env = false, []string{"BP_PYTHON_STRICT=true"}
		g.Expect(command(t, "pack", strict.args(t)...)).To(ContainSubstring("strict: imports reach"))
		g.Expect(get(g, serve(t, p.name), "/")).To(ContainSubstring(prime))
		all := files(t, p.name)
		g.Expect(size(t, p.name)-all["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 28_000_000), "image beside the launcher")
		g.Expect(all).NotTo(HaveKey(layers + "python/usr/lib/python3.13/pdb.py"))
		said, err := attempt(t, "docker", "run", "--rm", "--entrypoint", "python3", p.name, "-c", "import sqlite3")
		g.Expect(err).To(HaveOccurred())
		g.Expect(said).To(ContainSubstring("Add sqlite3 to BP_PYTHON_STRICT_MODULES"))
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
		g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "/usr/lib/python3.13/pdb.py")).To(ContainSubstring("no import reaches it"))
	})
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

// TestPythonWorkspace builds from a lock whose members come from their folders: the index has a six as well, and asking it
// would be an attack's way in. Bottle's own run() would listen on the loopback address.
func TestPythonWorkspace(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-workspace", dir: t.TempDir(), fresh: true}
	g.Expect(os.CopyFS(p.dir, os.DirFS("testdata/python-workspace"))).To(Succeed())
	// Locks name the index that they were made from: here, as mostly, the one that pip asks by itself.
	index := strings.TrimSpace(command(t, "docker", "run", "--rm", "--entrypoint", "python3", builder, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"))
	g.Expect(index).To(HavePrefix("https://"))
	lock, err := os.ReadFile(filepath.Join(p.dir, "uv.lock"))
	g.Expect(err).NotTo(HaveOccurred())
	write(t, filepath.Join(p.dir, "uv.lock"), strings.ReplaceAll(string(lock), `registry = "INDEX"`, `registry = "`+index+`"`))
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("1 package of uv.lock, by their digests"), ContainSubstring("gunicorn 23.0.0, because the app names no server")))
	g.Expect(log).NotTo(Or(ContainSubstring("six-1.1"), ContainSubstring("pytest"), ContainSubstring("downloading colorama")))
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal("six comes from the workspace"))
	t.Run("a change of the app's code reuses the packages", func(t *testing.T) {
		g := NewWithT(t)
		before := layerDigests(t, p.name)
		again := pack{name: p.name, dir: t.TempDir(), offline: true}
		g.Expect(os.CopyFS(again.dir, os.DirFS(p.dir))).To(Succeed())
		write(t, filepath.Join(again.dir, "packages/six/src/six/__init__.py"), "ORIGIN = \"a change\"\n")
		log := command(t, "pack", again.args(t)...)
		g.Expect(log).To(ContainSubstring("packages: unchanged"))
		g.Expect(layerDigests(t, p.name)).To(Equal(before))
		g.Expect(get(g, serve(t, p.name), "/")).To(Equal("six comes from a change"))
	})
	t.Run("a lock that is out of date", func(t *testing.T) {
		g := NewWithT(t)
		stale := pack{name: "it-python-stale", dir: t.TempDir()}
		g.Expect(os.CopyFS(stale.dir, os.DirFS(p.dir))).To(Succeed())
		write(t, filepath.Join(stale.dir, "pyproject.toml"), "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"bottle>=0.14\", \"httpx\"]\n")
		g.Expect(stale.fail(t)).To(And(
			ContainSubstring("ERROR: uv.lock is out of date\n"), ContainSubstring("pyproject.toml requires bottle>=0.14; it has bottle 0.13.4\n"),
			ContainSubstring("pyproject.toml requires httpx; it has none of that name\n"), ContainSubstring("Next: Run `uv lock`")))
	})
}

// TestPythonMemberOfWorkspace builds one member of a workspace by the lock in its root: the member that it imports stays where it
// is, with the module that only that one imports, and the other is left out.
func TestPythonMemberOfWorkspace(t *testing.T) {
	g := NewWithT(t)
	project := func(name, more string) string { return "[project]\nname = \"" + name + "\"\nversion = \"1\"\n" + more }
	p := pack{name: "it-python-member", fresh: true, env: []string{"BP_WHITTLE_APP=apps/web"}, dir: app(t, map[string]string{
		"pyproject.toml":                       "[tool.uv.workspace]\nmembers = [\"apps/*\", \"packages/*\"]\n[tool.uv.sources]\ngreet = { workspace = true }\n",
		"apps/web/pyproject.toml":              project("web", "dependencies = [\"greet\"]\n"),
		"apps/web/app.py":                      "import greet\nprint(greet.TEXT)\n",
		"apps/other/pyproject.toml":            project("other", ""),
		"apps/other/app.py":                    "print('the other')\n",
		"packages/greet/pyproject.toml":        project("greet", "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n"),
		"packages/greet/src/greet/__init__.py": "import sqlite3\nTEXT = 'from the member, with SQLite ' + sqlite3.sqlite_version\n",
		"uv.lock": `version = 1
requires-python = ">=3.11"
[[package]]
name = "greet"
version = "1"
source = { editable = "packages/greet" }
[[package]]
name = "other"
version = "1"
source = { virtual = "apps/other" }
[[package]]
name = "web"
version = "1"
source = { virtual = "apps/web" }
dependencies = [{ name = "greet" }]
`,
	})}
	g.Expect(p.build(t)).To(And(ContainSubstring("uv.lock of the workspace"), ContainSubstring("installing packages/greet")))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", p.name)).To(ContainSubstring("from the member, with SQLite 3"))
	all := files(t, p.name)
	g.Expect(all).To(HaveKey("/workspace/packages/greet/src/greet/__init__.py"))
	g.Expect(all).NotTo(Or(HaveKey("/workspace/apps/other/app.py"), HaveKey("/workspace/uv.lock")))
}

// TestPythonPoetry compiles a module that a lock pins, from its source; the group for development is left out. The app is
// made by a function.
func TestPythonPoetry(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-poetry", dir: "testdata/python-poetry", fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("building psycopg2"), ContainSubstring("libpq5"), ContainSubstring("shop/__init__.py: Flask, by gunicorn")))
	g.Expect(get(g, serve(t, p.name), "/")).To(ContainSubstring("libpq 17"))
	t.Run("by name, without the launcher", func(t *testing.T) {
		g := NewWithT(t)
		id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", p.name)
		g.Expect(command(t, "docker", "exec", id, "gunicorn", "--version")).To(ContainSubstring("23.0.0"))
		g.Expect(command(t, "docker", "exec", "-w", "/workspace", id, "flask", "--app", "shop:create_app", "routes")).To(ContainSubstring("version"))
		g.Expect(command(t, "docker", "exec", id, "python", "-c", "import psycopg2; print(psycopg2.__version__)")).To(ContainSubstring("2.9.10"))
	})
	t.Run("only what runs", func(t *testing.T) {
		onlyRuntime(t, p.name)
		g := NewWithT(t)
		for path := range files(t, p.name) {
			g.Expect(path).NotTo(Or(ContainSubstring("/pytest/"), ContainSubstring("/poetry/"), HaveSuffix("/pg_config")))
		}
	})
	t.Run("bytecode is checked by digest or not at all, and there for every module", func(t *testing.T) {
		g := NewWithT(t)
		const ask = `import pathlib, importlib.util
sources = [f for d in ("/layers/whittle_whittle/packages/lib", "/workspace") for f in pathlib.Path(d).rglob("*.py") if "tests" not in f.parts]
cached = [pathlib.Path(importlib.util.cache_from_source(f)) for f in sources]
print(len(sources) > 100, all(f.exists() and f.read_bytes()[4] in (1, 3) for f in cached))`
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "python3", p.name, "-c", ask)).To(Equal("True True\n"))
	})
}

// TestPythonDjango serves a project that lies in a folder, with its static files, which the build collects.
func TestPythonDjango(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-django", dir: "testdata/python-django", fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("static file"), ContainSubstring("module sqlite3: imported by django/"), ContainSubstring("cd site && gunicorn")))
	address := serve(t, p.name)
	body := get(g, address, "/")
	g.Expect(body).To(HavePrefix("42 /static/site."))
	g.Expect(get(g, address, strings.TrimPrefix(body, "42 "))).To(ContainSubstring("color: black"))
}

// TestPythonImportsOfOtherPlatforms: click imports ctypes for Windows' console alone.
func TestPythonImportsOfOtherPlatforms(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-click", fresh: true, dir: app(t, map[string]string{
		"requirements.txt": "click==8.2.1\n",
		"main.py":          "import click\n\n@click.command()\ndef main():\n    click.echo(\"clicked\")\n\nif __name__ == \"__main__\":\n    main()\n",
	})}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("modules left out, because nothing imports them: bz2, ctypes"))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", p.name)).To(ContainSubstring("clicked"))
	for path := range files(t, p.name) {
		g.Expect(path).NotTo(ContainSubstring("libffi"))
	}
}

// TestPythonDocs makes a site by MkDocs: its pages are in the image, and nothing of Python's. Built again without a network it is the
// same to the byte.
func TestPythonDocs(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-python-docs", fresh: true, dir: app(t, map[string]string{
		"mkdocs.yml": "site_name: Handbook\nsite_url: https://docs.example/\nsite_dir: public\n", "requirements.txt": "mkdocs==1.6.1\n", "hooks.py": "",
		"docs/index.md": "# Welcome\n", "docs/guide/first.md": "# First steps\n",
	})}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("making the pages by MkDocs (mkdocs.yml)"), ContainSubstring("(mkdocs.yml: MkDocs, default)")))
	address := serve(t, p.name)
	g.Expect(get(g, address, "/guide/first/")).To(ContainSubstring("First steps"))
	g.Expect(get(g, address, "/sitemap.xml")).To(ContainSubstring("<lastmod>1980-01-01</lastmod>"))
	for path := range files(t, p.name) {
		g.Expect(path).NotTo(MatchRegexp(`^/layers/.*(python|packages)|^/workspace/.`))
	}
	p.rebuild(t, "packages: unchanged")
}
