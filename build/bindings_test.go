package build

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestCredentialsReachToolsAndNoLayer binds credentials of every type, with git asked for one, and then looks for the
// secret in everything that the build leaves.
func TestCredentialsReachToolsAndNoLayer(t *testing.T) {
	const secret = "hunter2"
	w := newWorkshop(t)
	w.languages = append(w.languages, withTools[1:]...) // its own Go is the first
	languagetest.Write(t, w.dir, map[string]string{
		"platform/bindings/a/type": "npmrc", "platform/bindings/a/.npmrc": "//registry.example/:_authToken=" + secret,
		"platform/bindings/b/type": "PyPI\n", "platform/bindings/b/pip.conf": "[global]\nindex-url = https://u:" + secret + "@index.example/",
		"platform/bindings/c/type": "netrc", "platform/bindings/c/.netrc": "machine example.org login u password " + secret,
		"platform/bindings/d/type": "git-credentials", "platform/bindings/d/credentials": "username=u\npassword=" + secret + "\n", "platform/bindings/d/context": "https://git.example\n",
		"platform/bindings/e/type": "git-credentials", "platform/bindings/e/.git-credentials": "https://v:" + secret + "@other.example\n",
		"platform/bindings/f/type": "maven", "platform/bindings/f/settings.xml": "<settings>" + secret + "</settings>",
		"platform/bindings/..data/type": "npmrc",
	})
	var site language.Site
	compile := w.languages[0].Compile
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		site = s
		for name, file := range map[string]string{"NPM_CONFIG_USERCONFIG": "", "PIP_CONFIG_FILE": "", "NETRC": "", "HOME": "/.netrc"} {
			if !strings.Contains(languagetest.Read(t, s.Env[name]+file), secret) {
				t.Errorf("%s does not lead to the secret", name)
			}
		}
		for host, user := range map[string]string{"git.example": "u", "other.example": "v"} {
			git := exec.CommandContext(ctx, "git", "credential", "fill")
			git.Stdin = strings.NewReader("protocol=https\nhost=" + host + "\n\n")
			for name, value := range s.Env {
				if strings.HasPrefix(name, "GIT_CONFIG_") {
					git.Env = append(git.Env, name+"="+value)
				}
			}
			git.Env = append(git.Env, "PATH="+os.Getenv("PATH"), "GIT_TERMINAL_PROMPT=0", "HOME="+s.Env["HOME"])
			out, err := git.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "username="+user) || !strings.Contains(string(out), "password="+secret) {
				t.Errorf("git for %s: %v\n%s", host, err, out)
			}
		}
		if m := s.Bindings("maven"); len(m) != 1 || m[0].Name != "f" {
			t.Errorf("bindings of type maven are %+v", m)
		} else if file, ok := m[0].File("settings.xml"); !ok || !strings.Contains(languagetest.Read(t, file), secret) {
			t.Errorf("settings.xml is %s", file)
		}
		return compile(ctx, s)
	}
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if site.Env == nil || strings.Contains(log, secret) || !strings.Contains(log, "credentials: .npmrc of binding a, for this build only") {
		t.Errorf("the log is %s", log)
	}
	for _, dir := range []string{w.layers, w.app, w.temp} {
		err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(name)
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s has the secret", name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestBindingsThatCannotBeUsed(t *testing.T) {
	for _, row := range []struct {
		files map[string]string
		err   string
	}{
		{map[string]string{"a/type": "npmrc", "a/token": "x"}, "cannot use binding a: it is of type npmrc and has no file .npmrc"},
		{map[string]string{"a/type": "netrc", "a/netrc": "x", "b/type": "netrc", "b/netrc": "x"}, "cannot use binding b: binding a is of type netrc, too"},
		{map[string]string{"a/type": "pip", "a/pip.conf": "x", "b/type": "pypi", "b/pip.conf": "x"}, "cannot use binding b: binding a is of type pip, too"},
		{map[string]string{"a/type": "git-credentials", "a/token": "x"}, "has neither .git-credentials nor credentials"},
		{map[string]string{"a/type": "unknown", "a/token": "x"}, ""},
	} {
		w := newWorkshop(t)
		w.languages = append(w.languages, withTools[1:]...) // its own Go is the first
		languagetest.Write(t, w.dir+"/platform/bindings", row.files)
		_, err := w.run(t)
		languagetest.Has(t, err, row.err)
	}
}

// TestBindingsOfBothRoots: a platform may say where bindings are, besides the folder of its own. Kubernetes mounts the
// files of a volume as links.
func TestBindingsOfBothRoots(t *testing.T) {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"platform/bindings/a/type": "one", "platform/bindings/a/file": "first", "other/a/type": "two", "other/b/type": "Two\n", "other/b/provider": "x", "other/b/..2026/secret": "s",
	})
	for link, target := range map[string]string{"other/b/..data": "..2026", "other/b/secret": "..data/secret"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	b := &builder{log: languagetest.Quiet(), Deps: Deps{Env: map[string]string{"SERVICE_BINDING_ROOT": dir + "/other"}}}
	b.Platform.Path = dir + "/platform"
	if err := b.findBindings(); err != nil {
		t.Fatal(err)
	}
	want := []language.Binding{{Name: "b", Type: "two", Dir: dir + "/other/b", Files: []string{"secret"}}}
	if diff := cmp.Diff(want, b.bindingsOf("two")); diff != "" {
		t.Error(diff)
	}
	if one := b.bindingsOf("one"); len(one) != 1 || one[0].Dir != dir+"/platform/bindings/a" {
		t.Errorf("got %+v", one)
	}
}

func TestGitConfigKeepsTheUsersSettings(t *testing.T) {
	got := gitConfig(map[string]string{"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b"}, [][2]string{{"credential.helper", "x"}})
	want := map[string]string{"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": "credential.helper", "GIT_CONFIG_VALUE_1": "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestErrorsHideSecretsOfBindings has a language fail with what its tool printed: a token of a binding, not in an address.
func TestErrorsHideSecretsOfBindings(t *testing.T) {
	w := newWorkshop(t)
	languagetest.Write(t, w.dir, map[string]string{"platform/bindings/npm/type": "npmrc", "platform/bindings/npm/.npmrc": "//npm.example/:_authToken=S3cr3tS3cr3t\n"})
	w.languages[0].Compile = func(_ context.Context, s language.Site) (language.Artifacts, error) {
		s.Log.Line("trying S3cr3tS3cr3t")
		return language.Artifacts{}, &language.ProgramError{Args: []string{"npm", "ci"}, Err: errors.New("exit status 1"), Output: "npm error 401 S3cr3tS3cr3t\n"}
	}
	log, err := w.run(t)
	languagetest.Has(t, err, "npm error 401 …")
	if err != nil && strings.Contains(err.Error()+log, "S3cr3t") || !strings.Contains(log, "trying …") {
		t.Errorf("the secret is told: %v\n%s", err, log)
	}
}

// TestVariablesOfSettingsAreHidden: a secret may be called as anybody likes, and the app's settings name it.
func TestVariablesOfSettingsAreHidden(t *testing.T) {
	w := newWorkshop(t)
	w.env = map[string]string{"REGISTRY": "hunter2hunter2", "INDEX": "hunter3hunter3", "OTHER": "told"}
	languagetest.Write(t, w.app, map[string]string{".npmrc": "registry=${REGISTRY}\n", "requirements.txt": "--index-url https://${INDEX}.example/\n"})
	w.languages[0].Compile = func(_ context.Context, s language.Site) (language.Artifacts, error) {
		s.Log.Line("trying hunter2hunter2 %s", s.Env["OTHER"])
		return language.Artifacts{}, &language.Problem{What: "there is no hunter3hunter3.example", Evidence: []string{"registry=hunter2hunter2"}, Next: "x"}
	}
	log, err := w.run(t)
	if err == nil || strings.Contains(err.Error()+log, "hunter") || !strings.Contains(log, "trying … told") {
		t.Errorf("a secret is told: %v\n%s", err, log)
	}
}
