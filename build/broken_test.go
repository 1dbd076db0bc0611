package build

import (
	"context"
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/language/languagetest/shout"
	"whittle.dev/whittle/build/node"
)

// TestBrokenProjectsAreTold builds projects that are broken in what every language has in common.
func TestBrokenProjectsAreTold(t *testing.T) {
	var told languagetest.Problems
	for _, row := range []struct {
		name  string
		files map[string]string // below the workshop
		env   map[string]string
		needs string
		quiet bool // the language knows no start command
		make  func(w *workshop) error
	}{
		{name: "project.toml is no TOML", files: map[string]string{"workspace/project.toml": "[dev.whittle\n"}},
		{name: "a misspelt key", files: map[string]string{"workspace/project.toml": "[dev.whittle.run]\nslice = [\"git\"]\n"}},
		{name: "a list that is a text", files: map[string]string{"workspace/project.toml": "[dev.whittle.run]\nslices = \"git\"\n"}},
		{name: "a process without a command", files: map[string]string{"workspace/project.toml": "[[dev.whittle.processes]]\ntype = \"web\"\n"}},
		{name: "two default processes", files: map[string]string{"workspace/project.toml": "[[dev.whittle.processes]]\ntype = \"a\"\ncommand = \"x\"\ndefault = true\n[[dev.whittle.processes]]\ntype = \"b\"\ncommand = \"x\"\ndefault = true\n"}},
		{name: "no such folder of the app", env: map[string]string{"BP_WHITTLE_APP": "apps/none"}},
		{name: "a folder outside", env: map[string]string{"BP_WHITTLE_APP": "../other"}},
		{name: "a Procfile without a colon", files: map[string]string{"workspace/Procfile": "web python3 app.py\n"}},
		{name: "a Procfile that is not UTF-8", files: map[string]string{"workspace/Procfile": "\xff\xfew\x00e\x00b\x00"}},
		{name: "a Procfile that leads out", make: func(w *workshop) error { return os.Symlink("/etc/shadow", w.app+"/Procfile") }},
		{name: "a start command for a shell", env: map[string]string{"BP_WHITTLE_START": "cat x | grep y"}},
		{name: "two languages", files: map[string]string{"workspace/app.shout": "x"}},
		{name: "an unknown language", env: map[string]string{"BP_WHITTLE_LANGUAGE": "cobol"}},
		{name: "no app", make: func(w *workshop) error { return os.Remove(w.app + "/go.mod") }},
		{name: "neither true nor false", env: map[string]string{"BP_WHITTLE_DEBUG": "perhaps"}},
		{name: "a setting of one word", env: map[string]string{"BP_LOCK": "renew"}},
		{name: "a misspelt variable", env: map[string]string{"BP_WHITTLE_SLICE": "git"}},
		{name: "no start command", quiet: true},
		{name: "an unknown run image", files: map[string]string{"workspace/project.toml": "[dev.whittle.run]\nimage = \"whittle.debian-99.base\"\n"}},
		{name: "another run image than it is", files: map[string]string{
			"workspace/project.toml": "[dev.whittle.run]\nimage = \"" + baseID + "\"\n", "layers/analyzed.toml": "[run-image.target]\nid = \"whittle.debian-13.other\"\n",
			"root/usr/share/whittle/run/whittle.debian-13.other.json": floorText(t, "whittle.debian-13.other", "libc.so.6"),
		}},
		{name: "an unknown package for the build", env: map[string]string{"BP_WHITTLE_BUILD_PACKAGES": "libgmp-deev"}},
		{name: "an unknown slice", files: map[string]string{"workspace/project.toml": "[dev.whittle.run]\nslices = [\"gitt\"]\n"}},
		{name: "a library that nobody has", needs: "libnone.so.7"},
		{name: "a binding without a certificate", files: map[string]string{"platform/bindings/ca/type": "ca-certificates", "platform/bindings/ca/x.der": "0"}},
		{name: "a binding without its file", files: map[string]string{"platform/bindings/npm/type": "npmrc", "platform/bindings/npm/token": "0"}},
	} {
		w := newWorkshop(t)
		w.env = row.env
		if row.needs != "" {
			w.needs = row.needs
		}
		w.languages = append(w.languages, shout.Language)
		w.languages[0].Choices = []language.Choice{language.Lock}
		w.languages[0].Credentials = node.Language.Credentials
		if row.quiet {
			compile := w.languages[0].Compile
			w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
				a, err := compile(ctx, s)
				a.Processes, a.Looked = nil, []string{"main packages"}
				return a, err
			}
		}
		languagetest.Write(t, w.dir, row.files)
		if row.make != nil {
			if err := row.make(w); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.run(t)
		told.Add(t, row.name, err, strings.NewReplacer(w.dir, "").Replace)
	}
	told.Golden(t)
}
