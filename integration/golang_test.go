//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

const goServer = `package main

import (
	"fmt"
	"net/http"
	"os"

	"example.com/shop/lib"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, lib.Greet("web")) })
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
`

// TestGoWorkspace builds a go.work without a module in its root: two apps are two processes, and the library's example is
// none. An unchanged rebuild compiles nothing; a change of one line compiles what it must.
func TestGoWorkspace(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"go.work":             "go 1.24\n\nuse (\n\t./lib\n\t./web\n\t./worker\n)\n",
		"lib/go.mod":          "module example.com/shop/lib\n\ngo 1.24\n",
		"lib/lib.go":          "package lib\n\nfunc Greet(name string) string { return \"hello from \" + name }\n",
		"lib/example/main.go": "package main\n\nfunc main() {}\n",
		"web/go.mod":          "module example.com/shop/web\n\ngo 1.24\n",
		"web/main.go":         goServer,
		"worker/go.mod":       "module example.com/shop/worker\n\ngo 1.24\n",
		"worker/main.go":      "package main\n\nimport (\n\t\"os\"\n\n\t\"example.com/shop/lib\"\n)\n\nfunc main() { os.Stdout.WriteString(lib.Greet(\"worker\")) }\n",
		"Procfile":            "web: web\nworker: worker\n",
	})
	p := pack{name: "it-go-workspace", dir: dir, run: runStatic, fresh: true}
	log := p.build(t)
	g.Expect(log).To(MatchRegexp(`web +\d.* from ./web, compiled by go1\.`))
	g.Expect(log).NotTo(ContainSubstring("example "))
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal("hello from web\n"))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "worker", p.name)).To(Equal("hello from worker"))
	onlyRuntime(t, p.name)

	before := layerDigests(t, p.name)
	again := p
	again.fresh, again.offline = false, true
	log = command(t, "pack", again.args(t)...)
	g.Expect(log).To(ContainSubstring("nothing changed: the programs of the build before are used"))
	g.Expect(log).To(ContainSubstring("Reusing cache layer 'whittle/whittle:go-build'"))
	g.Expect(layerDigests(t, p.name)).To(Equal(before))

	write(t, filepath.Join(dir, "worker/main.go"), "package main\n\nfunc main() { print(\"changed\") }\n")
	log = command(t, "pack", again.args(t)...)
	g.Expect(log).NotTo(MatchRegexp(`compiled \d+ packages`), "the standard library is compiled again")
	g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "worker", p.name)).To(Equal("changed"))
}

// TestGoCgo links to SQLite of Debian: its headers are for the build alone, and the library comes into the image.
func TestGoCgo(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"go.mod":       "module example.com/lite\n\ngo 1.24\n",
		"project.toml": "[dev.whittle.build]\npackages = [\"libsqlite3-dev\"]\n",
		"main.go": `package main

// #cgo pkg-config: sqlite3
// #include <sqlite3.h>
import "C"

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "SQLite "+C.GoString(C.sqlite3_libversion())) })
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
`,
	})
	p := pack{name: "it-go-cgo", dir: dir, fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("cgo: on (example.com/lite)"))
	g.Expect(get(g, serve(t, p.name), "/")).To(HavePrefix("SQLite 3."))
	g.Expect(files(t, p.name)).To(HaveKey(HaveSuffix("/libsqlite3.so.0")))
	onlyRuntime(t, p.name)
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))

	write(t, filepath.Join(dir, "project.toml"), "")
	log = p.fail(t)
	g.Expect(log).To(And(ContainSubstring("sqlite3.pc"), ContainSubstring("libsqlite3-dev")))
}

// TestGoVendored builds a vendored module without a network, with an embedded file and one that is read when it runs.
func TestGoVendored(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-go-vendored", run: runStatic, fresh: true, offline: true, dir: app(t, map[string]string{
		"go.mod": "module example.com/old\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n",
		"main.go": `package main

import (
	_ "embed"
	"fmt"
	"net/http"
	"os"

	"example.com/dep"
)

//go:embed inside.txt
var inside string

func main() {
	text, err := os.ReadFile("templates/outside.txt")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, dep.Name, inside, string(text)) })
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
`,
		"inside.txt": " inside ", "templates/outside.txt": "outside",
		"vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n", "vendor/example.com/dep/dep.go": "package dep\n\nconst Name = \"dep\"\n",
	})}
	p.build(t)
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal("dep inside outside"))
	out := t.TempDir()
	command(t, "pack", "sbom", "download", p.name, "-o", out)
	sbom, err := os.ReadFile(filepath.Join(out, "layers/sbom/launch/whittle_whittle/go/sbom.cdx.json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(sbom)).To(And(ContainSubstring("pkg:golang/example.com/dep@v1.0.0"), ContainSubstring("pkg:golang/stdlib@")))
	onlyRuntime(t, p.name)
}

// TestStartCommand starts what a shell script starts only where the image has the shell, and hands a signal on.
func TestStartCommand(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"requirements.txt": "", "run.sh": "#!/bin/bash\nexec python3 app.py\n",
		"app.py":     "import os, signal, sys\nprint('port', os.environ['PORT'], 'pid', os.getpid(), flush=True)\n",
		"migrate.py": "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('stopped', flush=True), sys.exit(0)))\nprint('migrating', flush=True)\nsignal.pause()\n",
		"Procfile":   "web: ./run.sh\nmigrate: python migrate.py && python app.py\nline: bash -c \"exec python app.py\"\nlate: cd . && exec python app.py $NONE\n",
	})
	if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := pack{name: "it-start", dir: dir}
	g.Expect(p.fail(t)).To(And(ContainSubstring(`./run.sh begins with "#!" and /bin/bash`), ContainSubstring(`slices = ["bash"]`)))

	p.env = []string{"BP_WHITTLE_SLICES=bash"}
	p.build(t)
	for _, process := range []string{"web", "line", "late"} {
		out := command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", process, "-e", "PORT=1", p.name)
		g.Expect(out).To(Equal("port 1 pid 1\n"), process)
	}
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--entrypoint", "migrate", p.name)
	logs := func() string { return command(t, "docker", "logs", id) }
	g.Eventually(logs, patience).Should(Equal("migrating\n"))
	command(t, "docker", "stop", "--time", "30", id)
	g.Expect(logs()).To(Equal("migrating\nstopped\n"), "the signal did not reach the command, or the line went on after it")
}
