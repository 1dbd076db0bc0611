package build

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/language/languagetest/shout"
)

// TestLinksOutOfTheFolder builds a folder of a larger repository, in which links lead to what nobody has uploaded.
func TestLinksOutOfTheFolder(t *testing.T) {
	w := newWorkshop(t)
	languagetest.Write(t, w.app, map[string]string{"app.shout": "hello", "src/a": "a", "node_modules/x/y": "y"})
	for link, to := range map[string]string{
		"lib.c": "../../lib.c", "src/inside": "../app.shout", "src/certs": "../../certs", "src/far": "../nowhere", "passwd": "/etc/passwd", "node_modules/x/z": "../../../z",
	} {
		if err := os.Symlink(to, w.app+"/"+link); err != nil {
			t.Fatal(err)
		}
	}
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	const want = "  ! links lead out of the project's folder, to what the build has not: lib.c -> ../../lib.c, src/certs -> ../../certs; build the folder that has both, and name the app's by BP_WHITTLE_APP\n"
	if !strings.Contains(log, want) {
		t.Errorf("the log is %s", log)
	}
}

// TestAppOfAMonorepo builds one app of several: the others and what they share exist while it compiles, and only it and
// the members it needs are left for the image. Its processes start in its folder.
func TestAppOfAMonorepo(t *testing.T) {
	w := newWorkshop(t)
	l := shout.Language
	l.Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		if s.Root != w.app || s.Dir != w.app+"/apps/web" || !language.Exists(s.Root+"/libs/shared/x") {
			t.Errorf("root %s, app %s", s.Root, s.Dir)
		}
		a, err := shout.Language.Compile(ctx, s)
		a.Members = []string{s.Root + "/libs/shared"}
		return a, err
	}
	w.languages = append(w.languages, l)
	languagetest.Write(t, w.app, map[string]string{
		"project.toml": "[dev.whittle]\napp = \"apps/web\"\n", "apps/web/app.shout": "hello", "apps/web/data/a": "a", "apps/web/bin/task": "x", "apps/web/node_modules/.bin/tool": "x", "bin/others": "x",
		"apps/api/app.shout": "other", "libs/shared/x": "x", "libs/other/y": "y", ".git/HEAD": "x",
	})
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if !strings.Contains(log, "app: apps/web (project.toml)") || languagetest.Read(t, w.layers+"/shout/loud") != shout.Head+"HELLO" {
		t.Errorf("the log is %s", log)
	}
	if diff := cmp.Diff([]string{"apps/web/app.shout", "apps/web/bin/task", "apps/web/data/a", "apps/web/node_modules/.bin/tool", "bin", "libs/shared/x", "node_modules/.bin"}, languagetest.Names(t, w.app)); diff != "" {
		t.Error(diff)
	}
	for link, file := range map[string]string{"bin": "task", "node_modules/.bin": "tool"} { // on the run image's PATH
		if to, err := os.Readlink(w.app + "/" + link); err != nil || strings.HasPrefix(to, "/") || languagetest.Read(t, w.app+"/"+link+"/"+file) != "x" {
			t.Errorf("%s leads to %s, %v", link, to, err)
		}
	}
	if err := NameWorkingDirectories(w.layers); err != nil {
		t.Fatal(err)
	}
	var launch struct {
		Processes []struct {
			Type    string
			Command []string
			Default bool
			Dir     string `toml:"working-dir"`
			Wrong   string `toml:"working-directory"`
		}
		Labels []struct{ Key, Value string }
	}
	if _, err := toml.DecodeFile(w.layers+"/launch.toml", &launch); err != nil {
		t.Fatal(err)
	}
	if p := launch.Processes; len(p) != 1 || p[0].Dir != w.app+"/apps/web" || p[0].Wrong != "" || !p[0].Default || len(p[0].Command) != 1 || len(launch.Labels) != 4 {
		t.Errorf("launch.toml has %+v", launch)
	}
}

// TestAppThatTheLanguageFinds builds the member that a language calls the one app of a project, unless somebody says which
// folder is the app's, or how the project starts.
func TestAppThatTheLanguageFinds(t *testing.T) {
	for _, row := range []struct {
		name, project, procfile, member, want string
	}{
		{"found", "", "", "apps/web", "HELLO"},
		{"none", "", "", "", "ROOT"},
		{"the user names another folder", "[dev.whittle]\napp = \".\"\n", "", "apps/web", "ROOT"},
		{"a Procfile", "", "web: /usr/bin/shout\n", "apps/web", "ROOT"},
		{"a link", "", "", "linked", "cannot use the app's folder"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorkshop(t)
			l := shout.Language
			l.Member = func(fs.FS) (string, error) { return row.member, nil }
			w.languages = []language.Language{l}
			languagetest.Write(t, w.app, map[string]string{"app.shout": "root", "apps/web/app.shout": "hello", "project.toml": row.project})
			if row.procfile != "" {
				languagetest.Write(t, w.app, map[string]string{"Procfile": row.procfile})
			}
			if err := os.Symlink("apps/web", w.app+"/linked"); err != nil {
				t.Fatal(err)
			}
			log, err := w.run(t)
			if err != nil {
				languagetest.Has(t, err, row.want)
				return
			}
			if got := languagetest.Read(t, w.layers+"/shout/loud"); got != shout.Head+row.want {
				t.Errorf("built %q", got)
			}
			if strings.Contains(log, "app: apps/web (the one app of the workspace)") != (row.want == "HELLO") {
				t.Errorf("the log is %s", log)
			}
		})
	}
}

func TestAppsFolderIsNoLink(t *testing.T) {
	w := newWorkshop(t)
	w.languages = []language.Language{shout.Language}
	languagetest.Write(t, w.app, map[string]string{"real/app.shout": "hello", "project.toml": "[dev.whittle]\napp = \"web\"\n"})
	if err := os.Symlink("real", w.app+"/web"); err != nil {
		t.Fatal(err)
	}
	_, err := w.run(t)
	languagetest.Has(t, err, "is a link; name the folder that it leads to")
}

// TestAppThatALanguagesSettingNames builds the app in the folder that other builders of its language are told.
func TestAppThatALanguagesSettingNames(t *testing.T) {
	w := newWorkshop(t)
	l := shout.Language
	l.Folder = "BP_SHOUT_PROJECT_PATH"
	w.languages, w.env = []language.Language{l}, map[string]string{"BP_SHOUT_PROJECT_PATH": "web"}
	languagetest.Write(t, w.app, map[string]string{"README.md": "x", "web/app.shout": "hello", "api/app.shout": "other"})
	log, err := w.run(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := languagetest.Read(t, w.layers+"/shout/loud"); got != shout.Head+"HELLO" || !strings.Contains(log, "app: web (BP_SHOUT_PROJECT_PATH)") {
		t.Errorf("built %q; the log is %s", got, log)
	}
	if diff := cmp.Diff([]string{"web/app.shout"}, languagetest.Names(t, w.app)); diff != "" {
		t.Error(diff)
	}
}

// TestSecretDoesNotBecomeAProcess gives a Procfile that is a link to a binding's secret, which the user can read.
func TestSecretDoesNotBecomeAProcess(t *testing.T) {
	w := newWorkshop(t)
	languagetest.Write(t, w.dir, map[string]string{"platform/bindings/db/password": "web: hunter2"})
	if err := os.Symlink(w.dir+"/platform/bindings/db/password", w.app+"/Procfile"); err != nil {
		t.Fatal(err)
	}
	log, err := w.run(t)
	languagetest.Has(t, err, "Procfile: it is a link that leads out of the app's folder")
	if err != nil && strings.Contains(err.Error()+log, "hunter2") {
		t.Errorf("the secret is told: %v\n%s", err, log)
	}
}

func TestLaunchWithoutWorkingDirectoriesStays(t *testing.T) {
	dir := t.TempDir()
	if err := NameWorkingDirectories(dir); err != nil {
		t.Fatal(err)
	}
	const text = "# as it was\n[[processes]]\ntype = \"web\"\n"
	languagetest.Write(t, dir, map[string]string{"launch.toml": text})
	if err := NameWorkingDirectories(dir); err != nil || languagetest.Read(t, dir+"/launch.toml") != text {
		t.Errorf("%v: %s", err, languagetest.Read(t, dir+"/launch.toml"))
	}
}

// TestBuildReadsNoPipe builds an app with a pipe and a link to a device in its folder: neither is read.
func TestBuildReadsNoPipe(t *testing.T) {
	w := newWorkshop(t)
	if err := syscall.Mkfifo(w.app+"/pipe.so", 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", w.app+"/zero.py"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if log, err := w.run(t); err != nil {
			t.Errorf("%v\n%s", err, log)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
}
