package golang

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// usesModule is a module whose program imports a vendored one of the given files.
func usesModule(path string, files map[string]string) map[string]string {
	all := map[string]string{
		"go.mod": "module a\n\ngo 1.21\n\nrequire " + path + " v1.0.0\n", "main.go": "package main\n\nimport dep \"" + path + "\"\n\nfunc main() { println(dep.B) }\n",
		"vendor/modules.txt": "# " + path + " v1.0.0\n## explicit\n" + path + "\n",
	}
	for name, text := range files {
		all["vendor/"+path+"/"+name] = text
	}
	return all
}

const (
	inC    = "package dep\n\nimport \"C\"\n\nconst B = 1\n"
	inGo   = "package dep\n\nconst B = 2\n"
	beside = "package dep\n\nconst Beside = B\n" // which does not compile without the other file
	alone  = "package dep\n\nconst B = 3\n"
	more   = "package dep\n\nimport \"C\"\n\nconst More = 1\n"
)

// TestCgo asks the real go what packages have with cgo and without.
func TestCgo(t *testing.T) {
	const dep = "example.com/dep"
	for _, row := range []struct {
		name    string
		files   map[string]string
		setting string
		libc    error // of the run image
		want    string
		maybe   string // packages that may need it
		log     string
		err     string
	}{
		{name: "nothing", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": mainText}, want: "0", log: "cgo: off, nothing needs it"},
		{name: "the standard library does without", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": "package main\n\nimport _ \"net/http\"\n\nfunc main() {}\n"}, want: "0", log: "nothing needs it"},
		{name: "the program itself", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": "package main\n\nimport \"C\"\n\nfunc main() {}\n"}, want: "1", log: "cgo: on (a)"},
		{name: "a package with nothing else", files: usesModule(dep, map[string]string{"c.go": inC}), want: "1", log: "cgo: on (example.com/dep)"},
		{name: "a package with the same in Go", files: usesModule(dep, map[string]string{"c.go": inC, "go.go": "//go:build !cgo\n\n" + inGo}), want: "0", log: "nothing needs it"},
		{name: "a package with the same in Go, whose files in C have a tag", files: usesModule(dep, map[string]string{"c.go": "//go:build cgo\n\n" + inC, "go.go": "//go:build !cgo\n\n" + inGo, "doc.go": "package dep\n"}), want: "0", log: "nothing needs it"},
		{name: "a package with files in Go beside", files: usesModule(dep, map[string]string{"c.go": inC, "beside.go": beside}), want: "0", maybe: dep, log: "cgo: off, unless the app does not compile without (example.com/dep)"},
		{name: "a package with a feature more", files: usesModule(dep, map[string]string{"more.go": more, "go.go": alone}), want: "0", maybe: dep, log: "unless the app does not compile"},
		{name: "another system's file", files: usesModule(dep, map[string]string{"c_windows.go": inC, "go.go": alone}), want: "0", log: "nothing needs it"},
		{name: "a package that fails only when it runs", files: usesModule("github.com/mattn/go-sqlite3", map[string]string{"c.go": inC, "go.go": "//go:build !cgo\n\n" + inGo}), want: "1", log: "cgo: on (github.com/mattn/go-sqlite3)"},
		{name: "the setting, on", files: map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": mainText}, setting: "true", want: "1", log: "cgo: on (BP_WHITTLE_CGO)"},
		{name: "the setting, off", files: usesModule(dep, map[string]string{"c.go": inC}), setting: "false", want: "0", log: "cgo: off (BP_WHITTLE_CGO)"},
		{name: "a run image without a C library", files: usesModule(dep, map[string]string{"c.go": inC}), libc: errors.New("the run image cannot start it"), err: "the run image cannot start it"},
		{name: "a run image without a C library, and nothing needs it", files: usesModule(dep, map[string]string{"go.go": inGo}), libc: errors.New("no"), want: "0", log: "nothing needs it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, _ := shop(t, row.files)
			var log bytes.Buffer
			s.Log = language.NewLog(&log, languagetest.Noon)
			s.Env["BP_WHITTLE_CGO"] = row.setting
			s.Libc = func(string) error { return row.libc }
			g := golang{Site: s, dir: s.Dir}
			if err := g.prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := g.decideCgo(t.Context(), []target{{Arg: ".", Dir: ".", Name: "a"}})
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			if got := g.env["CGO_ENABLED"]; got != row.want || strings.Join(g.mayNeedCgo, " ") != row.maybe || !strings.Contains(log.String(), row.log) {
				t.Errorf("CGO_ENABLED=%s, may need it: %v\n%s", got, g.mayNeedCgo, &log)
			}
		})
	}
}

// TestCgoWhereTheCompilerMissesIt: a package whose files in Go need those that only cgo compiles is compiled with it, as the bindings of
// OpenCV and Kafka are; one that has a feature less without is not, and an error that cgo does not mend is told.
func TestCgoWhereTheCompilerMissesIt(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // of CGO_ENABLED, for each time that go builds
		err   string
	}{
		{name: "it does not compile without", files: map[string]string{"c.go": inC, "beside.go": beside}, want: "0 1"},
		{name: "it has a feature less", files: map[string]string{"more.go": more, "go.go": alone}, want: "0"},
		{name: "the app is wrong", files: map[string]string{"more.go": more, "go.go": "package dep\n\nconst B = nosuch\n"}, want: "0 1", err: "undefined: nosuch"},
		{name: "the app is wrong otherwise", files: map[string]string{"more.go": more, "go.go": "package dep\n\nconst B string = 1\n"}, want: "0", err: "the app does not compile"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, _ := shop(t, usesModule("example.com/dep", row.files))
			var built []string
			run := s.Run
			s.Run = func(ctx context.Context, c language.Command) error {
				if slices.Contains(c.Args, "build") {
					built = append(built, c.Env["CGO_ENABLED"])
					if c.Env["CGO_ENABLED"] == "1" { // a compiler of C is not there everywhere
						c.Env = language.With(c.Env, map[string]string{"CGO_ENABLED": "0"})
						if row.err == "" {
							c.Args, c.Dir = []string{"go", "build", "-o", c.Args[slices.Index(c.Args, "-o")+1], "."}, plain(t)
						}
					}
				}
				return run(ctx, c)
			}
			_, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			if got := strings.Join(built, " "); got != row.want {
				t.Errorf("go builds with CGO_ENABLED=%s, want %s", got, row.want)
			}
		})
	}
}

// plain is the folder of a module that needs nothing.
func plain(t *testing.T) string {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{"go.mod": "module a\n\ngo 1.21\n", "main.go": mainText})
	return dir
}
