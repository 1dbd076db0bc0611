package golang

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// shop is a site where the real go runs, without a network, and with the build cache of this machine.
func shop(t *testing.T, files map[string]string) (language.Site, *[]string) {
	t.Helper()
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
		ran = append(ran, strings.Join(c.Args, " "))
		c.Env = language.With(c.Env, map[string]string{"GOCACHE": strings.TrimSpace(string(cache))})
		return language.Exec(ctx, c)
	})
	s.Root = s.Dir
	s.Env = map[string]string{"PATH": os.Getenv("PATH"), "HOME": "/nonexistent", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOSUMDB": "off", "GOENV": "off"}
	languagetest.Write(t, s.Dir, files)
	return s, &ran
}

const mainText = "package main\n\nfunc main() { println(\"hello\") }\n"

// TestCompile builds projects as they are found.
func TestCompile(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		want  string // programs
		err   string
	}{
		{name: "module", files: map[string]string{"go.mod": "module example.com/shop\n\ngo 1.21\n", "main.go": mainText}, want: "shop"},
		{name: "no go line", files: map[string]string{"go.mod": "module shop\n", "main.go": mainText}, want: "shop"},
		{name: "no module", files: map[string]string{"main.go": mainText}, want: "app"},
		{name: "no module, and old tags", files: map[string]string{"main.go": "// +build linux\n\n" + mainText, "other.go": "// +build windows\n\npackage main\n\nfunc main() {}\n"}, want: "app"},
		{name: "no module, and old tags in a package", files: map[string]string{
			"main.go": "package main\n\nimport \"app/name\"\n\nfunc main() { println(name.Name) }\n", "name/linux.go": "// +build linux,!windows\n\npackage name\n\nconst Name = \"a\"\n",
			"name/other.go": "// +build !linux\n\npackage name\n\nconst Name = \"b\"\n",
		}, want: "app"},
		{name: "the only main package in cmd", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "a.go": "package a\n", "cmd/shop/m.go": mainText}, want: "shop"},
		{name: "the root goes before cmd", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": mainText, "cmd/x/m.go": mainText}, want: "a"},
		{name: "no module, and a package in cmd", files: map[string]string{"cmd/web/main.go": mainText}, want: "web"},
		{name: "vendor without a module", files: map[string]string{
			"main.go":     "package main\n\nimport (\n\t\"example.com/old/sub\"\n\t\"example.com/dep\"\n)\n\nfunc main() { println(sub.A, dep.B) }\n",
			"sub/sub.go":  "package sub\n\nconst A = 1\n",
			"vendor/x.go": "package vendor\n", "vendor/example.com/dep/dep.go": "package dep\n\nconst B = 2\n", "vendor/vendor.json": `{"rootPath": "example.com/old"}`,
		}, want: "old"},
		{name: "no module, and packages by their path in GOPATH", files: map[string]string{
			"main.go": "package main\n\nimport (\n\t\"net/http\"\n\n\t\"example.com/old/shop/http/sub\"\n)\n\nfunc main() { println(sub.A, http.MethodGet) }\n", "http/sub/sub.go": "package sub\n\nconst A = 1\n",
		}, want: "shop"},
		{name: "vendor without a module or a record", files: map[string]string{
			"main.go": "package main\n\nimport (\n\t\"shop/sub\"\n\t\"example.com/dep/sub\"\n)\n\nfunc main() { println(sub.A, dep.B) }\n", "sub/sub.go": "package sub\n\nconst A = 1\n",
			"vendor/example.com/dep/sub/dep.go": "package dep\n\nconst B = 2\n",
		}, want: "shop"},
		{name: "Godep's workspace", files: map[string]string{
			"main.go": "package main\n\nimport (\n\t\"example.com/old/sub\"\n\t\"example.com/dep/in\"\n)\n\nfunc main() { println(sub.A, in.B) }\n", "sub/sub.go": "package sub\n\nconst A = 1\n",
			"Godeps/Godeps.json":                             `{"ImportPath": "example.com/old", "Deps": [{"ImportPath": "example.com/dep/in", "Rev": "e9e19444ccf5362bba846441c4700a49a94b8118"}]}`,
			"Godeps/_workspace/src/example.com/dep/in/in.go": "package in\n\nconst B = 2\n",
		}, want: "old"},
		{name: "vendor", files: map[string]string{
			"go.mod": "module a\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n", "main.go": "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.B) }\n",
			"vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n", "vendor/example.com/dep/dep.go": "package dep\n\nconst B = 2\n",
		}, want: "a"},
		{name: "workspace without a module in the root", files: map[string]string{
			"go.work": "go 1.21\n\nuse ./svc\nuse ./lib\n", "svc/go.mod": "module example.com/svc\n\ngo 1.21\n", "svc/main.go": "package main\n\nimport \"example.com/lib\"\n\nfunc main() { println(lib.A) }\n",
			"lib/go.mod": "module example.com/lib\n\ngo 1.21\n", "lib/lib.go": "package lib\n\nconst A = 1\n", "lib/example/main.go": mainText,
		}, want: "svc"},
		{name: "a file as the target", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "tool.go": mainText}, env: map[string]string{"BP_GO_TARGETS": "./tool.go"}, want: "tool"},
		{name: "several", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "cmd/web/m.go": mainText, "cmd/worker/m.go": mainText}, want: "web worker"},
		{name: "tags and flags", files: map[string]string{
			"go.mod": "module a\n\ngo 1.21\n", "main.go": "//go:build one && two\n\n" + mainText, "no.go": "//go:build !one\n\npackage main\n\nfunc main() { undefined() }\n",
		}, env: map[string]string{"BP_GO_BUILD_TAGS": "one two", "BP_GO_BUILD_FLAGS": `-gcflags="all=-l -B"`}, want: "a"},
		{name: "flags with an open quote", files: map[string]string{"main.go": mainText}, env: map[string]string{"BP_GO_BUILD_FLAGS": `-gcflags="all`}, err: "cannot read BP_GO_BUILD_FLAGS"},
		{name: "a flag that is none", files: map[string]string{"go.mod": "module a\n", "main.go": mainText}, env: map[string]string{"BP_GO_BUILD_FLAGS": "-nosuch"}, err: "go does not know a flag"},
		{name: "does not compile", files: map[string]string{"go.mod": "module a\n", "main.go": "package main\n\nfunc main() { x }\n"}, err: "the app does not compile\n  # a\n  ./main.go:3:15: undefined: x"},
		{name: "an import that no module has", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "go.sum": "", "main.go": "package main\n\nimport _ \"example.com/none\"\n\nfunc main() {}\n"}, err: "go.mod and go.sum do not have all that the app imports"},
		{name: "vendor out of date", files: map[string]string{
			"go.mod": "module a\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n", "main.go": mainText, "vendor/modules.txt": "# example.com/dep v1.1.0\n## explicit\n",
		}, err: "vendor/ does not agree with go.mod"},
		{name: "newer than GOTOOLCHAIN=local allows", files: map[string]string{"go.mod": "module a\n\ngo 1.99\n", "main.go": mainText}, err: "the app asks for a newer Go than it may use"},
		{name: "a go.mod that is none", files: map[string]string{"go.mod": "module a\nrequire x\n", "main.go": mainText}, err: "cannot read go.mod"},
		{name: "cgo that is neither", files: map[string]string{"go.mod": "module a\n", "main.go": mainText}, env: map[string]string{"BP_WHITTLE_CGO": "maybe"}, err: "neither true nor false"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, _ := shop(t, row.files)
			for k, v := range row.env {
				s.Env[k] = v
			}
			a, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			if row.err != "" {
				return
			}
			var names []string
			for _, p := range a.Processes {
				names = append(names, filepath.Base(p.Command[0]))
			}
			if got := strings.Join(names, " "); got != row.want || !a.Static {
				t.Errorf("programs are %q, static is %v", got, a.Static)
			}
			if out, err := exec.Command(a.Processes[0].Command[0]).CombinedOutput(); err != nil || len(out) == 0 {
				t.Errorf("the program says %q, %v", out, err)
			}
			if left := languagetest.Names(t, s.Dir); slices.ContainsFunc(left, func(f string) bool { return strings.HasSuffix(f, ".go") }) {
				t.Errorf("sources are left: %v", left)
			}
		})
	}
}

// TestComponentsSayWhatBroughtThem builds a vendored module: its line in go.mod, and the program that has it.
func TestComponentsSayWhatBroughtThem(t *testing.T) {
	s, _ := shop(t, map[string]string{
		"go.mod": "module a\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n", "main.go": "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.B) }\n",
		"vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n", "vendor/example.com/dep/dep.go": "package dep\n\nconst B = 2\n",
	})
	a, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := language.Component{Name: "example.com/dep", Version: "v1.0.0", PURL: "pkg:golang/example.com/dep@v1.0.0", From: "go.mod:5", Paths: []string{a.Programs["a"]}}
	if diff := cmp.Diff(want, a.Components[0]); diff != "" || len(a.Components) != 2 || a.Components[1].Name != "stdlib" {
		t.Errorf("%s\n%+v", diff, a.Components)
	}
}

// TestNothingIsCompiledTwice builds again after changes, as the platform uploads the app anew each time.
func TestNothingIsCompiledTwice(t *testing.T) {
	files := map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed data.txt\nvar data string\n\nfunc main() { println(data) }\n", "data.txt": "1"}
	s, ran := shop(t, files)
	build := func() (goRan bool, program string) {
		languagetest.Write(t, s.Dir, files)
		*ran = nil
		a, err := compile(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(*ran, func(line string) bool { return strings.HasPrefix(line, "go build") }), languagetest.Read(t, a.Programs["a"])
	}
	compiled, first := build()
	if !compiled {
		t.Fatal("nothing is compiled at first")
	}
	if again, program := build(); again || program != first || len(*ran) != 1 {
		t.Errorf("the same is compiled again, by %q", *ran)
	}
	for _, row := range []struct {
		name   string
		change func()
	}{
		{"an embedded file", func() { files["data.txt"] = "2" }},
		{"a setting", func() { s.Env["BP_GO_BUILD_LDFLAGS"] = "-X main.data=3" }},
		{"a variable of go", func() { s.Env["GOAMD64"] = "v2" }},
		{"the build packages", func() { s.Tools = "other" }},
		{"debug", func() { s.Debug = true }},
	} {
		row.change()
		if compiled, program := build(); !compiled || row.name != "the build packages" && program == first {
			t.Errorf("%s is not noticed: compiled is %v", row.name, compiled)
		}
	}
	delete(s.Env, "BP_GO_BUILD_LDFLAGS")
	delete(s.Env, "GOAMD64")
	s.Tools, s.Debug, files["data.txt"] = "", false, "1"
	if _, program := build(); program != first {
		t.Error("the same source gives other bytes")
	}
}

// TestExplain turns what go says into what to do.
func TestExplain(t *testing.T) {
	failed := &language.ProgramError{Args: []string{"go", "build"}, Err: errors.New("exit status 1")}
	for _, row := range []struct{ said, what, next string }{
		{"go: download go1.99 for linux/amd64: toolchain not available", "the Go toolchain that the app asks for", "BP_GO_VERSION"},
		{"go: go.mod requires go >= 1.27 (running go 1.24.4; GOTOOLCHAIN=local)", "a newer Go", "GOTOOLCHAIN=local"},
		{"main.go:4:2: missing go.sum entry for module providing package x", "do not have all", "go mod tidy"},
		{"go: inconsistent vendoring in /workspace:", "vendor/ does not agree", "go mod vendor"},
		{"main.go:3:8: no required module provides package x; to add it:\n\tgo get x", "do not have all", "BP_LOCK=update"},
		{"package x: build constraints exclude all Go files in /workspace/x", "without files", "BP_GO_BUILD_TAGS"},
		{"main.go:9:12: pattern all:web/dist: no matching files found", "what the app embeds", ".gitignore"},
		{"# a\n./main.go:3:15: undefined: x", "does not compile", "go generate"},
		{"# a\n./main.go:3:15: x declared and not used", "does not compile", "go build"},
	} {
		var p *language.Problem
		if err := explain(row.said, failed); !errors.As(err, &p) || !strings.Contains(p.What, row.what) || !strings.Contains(p.Next, row.next) || len(p.Evidence) == 0 {
			t.Errorf("%s: got %v", row.said, err)
		}
	}
	for _, said := range []string{
		"", "# m\nx.c:1:10: fatal error: zlib.h: No such file or directory\ncompilation terminated.",
		`go: example.com/m@v1: Get "https://proxy/m/@v/v1.mod": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
		"main.go:3:8: cannot find module providing package x: dial tcp: lookup proxy: no such host",
		"verifying x@v1: checksum mismatch\n\nSECURITY ERROR\n", "fatal: could not read Username for 'https://git.example': terminal prompts disabled",
	} {
		if err := explain(said, failed); err != error(failed) {
			t.Errorf("%s: is the build phase's to explain, and got %v", said, err)
		}
	}
}

func TestProgress(t *testing.T) {
	var out strings.Builder
	p := newProgress(language.NewLog(&out, languagetest.Noon))
	_, _ = io.WriteString(p, "go: downloading go1.26.0 (linux/amd64)\n")
	p.tell()
	_, _ = io.WriteString(p, "go: downloading a.org/m v1.2.3\ngo: downloading a.org/n v1\n")
	p.tell()
	_, _ = io.WriteString(p, "internal/goarch\nru")
	_, _ = io.WriteString(p, "ntime\n# a\n./main.go:1:1: wrong\nlater/package\n")
	p.tell()
	p.close()
	want := "  downloading the toolchain go1.26.0\n  downloading modules: 2 so far, now a.org/n@v1\n  compiled 3 packages, now at later/package\n  downloaded the toolchain go1.26.0\n  downloaded 2 modules\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("# a\n./main.go:1:1: wrong", p.Text()); diff != "" {
		t.Error(diff)
	}
}

// TestPruneCaches leaves what the next build can use.
func TestPruneCaches(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{}
	for _, f := range strings.Fields(`build/trim.txt build/00/old-a build/00/new-a
		mod/cache/download/a.org/m/@v/v1.zip mod/cache/download/a.org/m/@v/v1.mod mod/cache/download/a.org/m/@v/v1.ziphash mod/cache/download/a.org/m/@v/v1.lock
		mod/a.org/m@v1/m_test.go mod/a.org/m@v1/testdata/x
		mod/golang.org/toolchain@v1/bin/go mod/golang.org/toolchain@v1/src/fmt/fmt.go mod/golang.org/toolchain@v1/src/fmt/fmt_test.go
		mod/golang.org/toolchain@v1/src/fmt/testdata/x mod/golang.org/toolchain@v1/test/y.go mod/golang.org/toolchain@v1/src/test/z.go`) {
		files[f] = f
	}
	languagetest.Write(t, dir, files)
	old := time.Date(1980, 1, 1, 0, 0, 1, 0, time.UTC)
	if err := os.Chtimes(dir+"/build/00/old-a", old, old); err != nil {
		t.Fatal(err)
	}
	for _, ro := range []string{"mod/golang.org/toolchain@v1/src/fmt/testdata", "mod/golang.org/toolchain@v1/src/fmt", "mod/golang.org/toolchain@v1/test", "mod/golang.org/toolchain@v1/src", "mod/golang.org/toolchain@v1"} {
		if err := os.Chmod(filepath.Join(dir, ro), 0o555); err != nil { // as go leaves it
			t.Fatal(err)
		}
	}
	g := golang{env: map[string]string{"GOCACHE": dir + "/build", "GOMODCACHE": dir + "/mod"}}
	if err := g.pruneCaches(time.Now()); err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(`build/00/new-a mod/a.org/m@v1/m_test.go mod/a.org/m@v1/testdata/x mod/cache/download/a.org/m/@v/v1.mod mod/cache/download/a.org/m/@v/v1.ziphash
		mod/golang.org/toolchain@v1/bin/go mod/golang.org/toolchain@v1/src/fmt/fmt.go mod/golang.org/toolchain@v1/src/test/z.go`)
	if diff := cmp.Diff(want, languagetest.Names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// TestPrepareForGo: go is told where the standard library is compiled, whatever else the user tells it, and leaves what was
// restored of its cache, however old that is.
func TestPrepareForGo(t *testing.T) {
	for users, want := range map[string]string{"": "installgoroot=all", "gocachehash=0": "gocachehash=0,installgoroot=all"} {
		s, _ := shop(t, map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": mainText})
		if users != "" {
			s.Env["GODEBUG"] = users
		}
		g := golang{Site: s, dir: s.Dir}
		if err := g.prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := g.output(t.Context(), nil, "env", "GODEBUG")
		if err != nil || got != want {
			t.Errorf("%q: go has GODEBUG=%q, want %q (%v)", users, got, want, err)
		}
		layer, err := s.Layer(layerGoCache)
		if err != nil {
			t.Fatal(err)
		}
		at, err := strconv.ParseInt(languagetest.Read(t, filepath.Join(layer.Path, "trim.txt")), 10, 64)
		if err != nil || time.Since(time.Unix(at, 0)) > time.Minute {
			t.Errorf("go would prune its cache: it has a note of %d (%v)", at, err)
		}
	}
}
