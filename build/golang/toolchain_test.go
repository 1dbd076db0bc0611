package golang

import (
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestToolchain asks for versions; the proxy of the test has a few.
func TestToolchain(t *testing.T) {
	const versions = "golang.org/toolchain v0.0.1-go1.20.5.linux-amd64 v0.0.1-go1.25.3.linux-amd64 v0.0.1-go1.25.10.linux-amd64 v0.0.1-go1.26rc1.linux-amd64 v0.0.1-go1.25.11.linux-arm64"
	for _, row := range []struct {
		name, setting string
		files         string // "name=text", separated by "|"
		want, err     string
	}{
		{"nothing", "", "", "", ""},
		{"the build image's", "1.24.4", "", "go1.24.4", ""},
		{"the build image's line", "go1.24", "", "go1.24.4", ""},
		{"the newest of a line", "1.25.*", "", "go1.25.10", ""},
		{"x", "1.25.x", "", "go1.25.10", ""},
		{"blanks", " 1.25.3", "", "go1.25.3", ""},
		{"a candidate", "1.26rc1", "", "go1.26rc1", ""},
		{"a line that is not out", "1.26", "", "", "Go 1.26, which BP_GO_VERSION asks for, is not to be had here"},
		{"too old for the proxy", "1.20.5", "", "", "in the build image: 1.24.4\n  from the module proxy: 1.25.10\n"},
		{"nonsense", "nonsense", "", "", `"nonsense", which BP_GO_VERSION asks for, is no version of Go`},
		{"another major version", "2", "", "", "Write a version such as 1.26.1"},
		{".go-version", "", ".go-version=# ours\n1.25.3\n", "go1.25.3", ""},
		{".go-version before others", "", ".go-version=1.25.3|mise.toml=[tools]\ngo = \"1.24\"\n", "go1.25.3", ""},
		{"mise", "", "mise.toml=[tools]\ngo = \"1.25\"\n", "go1.25.10", ""},
		{"asdf", "", ".tool-versions=golang 1.25.3\n", "go1.25.3", ""},
		{"asdf, the newest of a line", "", ".tool-versions=golang latest:1.25\n", "go1.25.10", ""},
		{"the newest of all", "", "mise.toml=[tools]\ngo = \"latest\"\n", "", ""},
		{"the setting before a file", "1.24", ".go-version=1.25.3", "go1.24.4", ""},
		{"nonsense in a file", "", ".tool-versions=# ours\ngolang ref:main\n", "", `"ref:main", which .tool-versions line 2 asks for, is no version of Go`},
		{"go.mod wants less", "", ".go-version=1.25.3|go.mod=module a\n\ngo 1.21\n", "go1.25.3", ""},
		{"go.mod wants more", "", ".go-version=1.24|go.mod=module a\n\ngo 1.25.0\n", "", ".go-version and go.mod disagree about the version of Go\n  .go-version: 1.24\n  go.mod: go 1.25.0 at least\n"},
		{"Heroku's directive", "", "go.mod=// +heroku goVersion go1.25\nmodule a\n", "go1.25.10", ""},
		{"Heroku's directive, older than the build image", "", "go.mod=module a\n// +heroku goVersion 1.11\ngo 1.11\n", "", ""},
		{"Heroku's directive, older than go.mod", "", "go.mod=module a\n// +heroku goVersion go1.25\ngo 1.26.0\n", "", ""},
		{"Heroku's directive, of the line of go.mod", "", "go.mod=module a\n\n// +heroku goVersion go1.25\ngo 1.25.0\n", "", ""},
		{"a version file before Heroku's directive", "", ".go-version=1.25.3|go.mod=// +heroku goVersion 1.25\nmodule a\n", "go1.25.3", ""},
		{"nonsense in Heroku's directive", "", "go.mod=// +heroku goVersion tip\nmodule a\n", "", `"tip", which go.mod (+heroku goVersion) asks for, is no version of Go`},
		{"go.work wants more", "1.24.4", "go.work=go 1.25\n", "", "BP_GO_VERSION and go.work disagree"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := golang{Site: asked(t, versions), env: map[string]string{}}
			g.Env["BP_GO_VERSION"] = row.setting
			for file := range strings.SplitSeq(row.files, "|") {
				if name, text, ok := strings.Cut(file, "="); ok {
					languagetest.Write(t, g.Dir, map[string]string{name: text})
				}
			}
			err := g.toolchain(t.Context())
			languagetest.Has(t, err, row.err)
			if g.env["GOTOOLCHAIN"] != row.want {
				t.Errorf("got %q, want %q", g.env["GOTOOLCHAIN"], row.want)
			}
		})
	}
}

// asked is a site whose go is 1.24.4, and whose proxy has these toolchains.
func asked(t *testing.T, versions string) language.Site {
	return languagetest.Site(t, func(_ context.Context, c language.Command) error {
		text := "go version go1.24.4 linux/amd64\n"
		if c.Args[1] == "list" {
			text = versions
		}
		_, err := io.WriteString(c.Stdout, text)
		return err
	})
}

// TestSettingsOfOthers follows the settings of Heroku's and Google's buildpacks, after our own.
func TestSettingsOfOthers(t *testing.T) {
	const told = "package main\n\nvar version, who = \"none\", \"nobody\"\n\nfunc main() { print(version, \" of \", who) }\n"
	files := map[string]string{"go.mod": "module example.com/a\n\ngo 1.21\n", "main.go": mainText, "cmd/told/main.go": told}
	for _, row := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"a folder of Google's", map[string]string{"GOOGLE_BUILDABLE": "./cmd/told"}, "none of nobody"},
		{"an import path of Google's", map[string]string{"GOOGLE_BUILDABLE": "example.com/a/cmd/told"}, "none of nobody"},
		{"our own before Google's", map[string]string{"GOOGLE_BUILDABLE": ".", "BP_GO_TARGETS": "./cmd/told"}, "none of nobody"},
		{"Google's flags", map[string]string{"GOOGLE_BUILDABLE": "./cmd/told", "GOOGLE_GOLDFLAGS": "-X main.who=me", "GOOGLE_GOGCFLAGS": "all=-l -B"}, "none of me"},
		{"Heroku's variable", map[string]string{"BP_GO_TARGETS": "./cmd/told", "GO_LINKER_SYMBOL": "main.version", "GO_LINKER_VALUE": "1.2 of today"}, "1.2 of today of nobody"},
		{"Heroku's variable, with the commit", map[string]string{"BP_GO_TARGETS": "./cmd/told", "GO_LINKER_SYMBOL": "main.version", "SOURCE_VERSION": "abc", "BP_GO_BUILD_LDFLAGS": "-X main.who=me"}, "abc of me"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, _ := shop(t, files)
			maps.Copy(s.Env, row.env)
			a, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(a.Processes[0].Command[0]).CombinedOutput(); err != nil || string(out) != row.want {
				t.Errorf("the program says %q, %v; want %q", out, err, row.want)
			}
		})
	}
	for _, name := range []string{"GOVERSION", "GOOGLE_GO_VERSION", "GOOGLE_RUNTIME_VERSION"} {
		g := golang{Site: asked(t, ""), env: map[string]string{}}
		g.Env[name] = "go1.24"
		if err := g.toolchain(t.Context()); err != nil || g.env["GOTOOLCHAIN"] != "go1.24.4" {
			t.Errorf("%s: got %q, %v", name, g.env["GOTOOLCHAIN"], err)
		}
		if !countsForBuild(name) {
			t.Errorf("a build with another %s takes the programs of the one before", name)
		}
	}
}

// TestVersionOfTheProject builds an app in a folder of a monorepo whose version file stands at the top.
func TestVersionOfTheProject(t *testing.T) {
	g := golang{Site: asked(t, ""), env: map[string]string{}}
	languagetest.Write(t, g.Root, map[string]string{".go-version": "1.24\n", "apps/a/main.go": "package main\n"})
	g.Dir = filepath.Join(g.Root, "apps/a")
	g.Files = os.DirFS(g.Dir)
	if err := g.toolchain(t.Context()); err != nil || g.env["GOTOOLCHAIN"] != "go1.24.4" {
		t.Errorf("got %q, %v", g.env["GOTOOLCHAIN"], err)
	}
}
