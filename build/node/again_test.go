package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestBuildAgain builds an app with a build script twice: the second time nothing is installed, and the layer of packages
// is left alone.
func TestBuildAgain(t *testing.T) {
	files := map[string]string{"package.json": `{"scripts": {"build": "tsc", "postinstall": "patch", "start": "node dist/x.js"}, "devDependencies": {"typescript": "5"}}`, "package-lock.json": lock}
	s, sh, r := workshop(t, files, nil)
	sh.does["npm ci"] = sh.installs("express", "typescript")
	sh.does["npm prune"] = func(dir string) error { return os.RemoveAll(filepath.Join(dir, "node_modules", "typescript")) }
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	modules, err := s.Layer(layerModules)
	if err != nil {
		t.Fatal(err)
	}
	r.Asked, sh.ran = nil, nil
	seen := false
	sh.does["npm run --foreground-scripts build"] = func(dir string) error {
		info, err := os.Lstat(filepath.Join(dir, "node_modules"))
		seen = err == nil && info.IsDir() && language.Exists(filepath.Join(dir, "node_modules", "typescript", "package.json"))
		return nil
	}
	if err := os.Remove(filepath.Join(s.Dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"npm run --foreground-scripts postinstall", "npm run --foreground-scripts build"}, sh.ran); diff != "" {
		t.Error(diff)
	}
	if len(r.Asked) > 0 || !seen {
		t.Errorf("asked for %v; all packages in place while it builds: %v", r.Asked, seen)
	}
	if diff := cmp.Diff([]string{"node_modules/express/package.json"}, languagetest.Names(t, modules.Path)); diff != "" {
		t.Error(diff)
	}
}

// TestBuildAgainMakesWhatAnInstallationMakes has files of the app's own that an installation leaves, and that lie in no layer.
func TestBuildAgainMakesWhatAnInstallationMakes(t *testing.T) {
	for _, row := range []struct {
		name, command, makes string
		files                map[string]string
	}{
		{"a script", "npm run --foreground-scripts postinstall", "data/x.json", map[string]string{"package.json": `{"scripts": {"postinstall": "node fetch.js", "start": "node x.js"}}`}},
		{"a native module", "npm ci", "build/Release/x.node", map[string]string{"package.json": `{"scripts": {"start": "node x.js"}}`, "binding.gyp": "{}"}},
	} {
		row.files["package-lock.json"] = lock
		s, sh, _ := workshop(t, row.files, nil)
		sh.does[row.command], sh.does["npm ci"] = sh.makes(row.makes), sh.makes(row.makes)
		for n := range 2 {
			if err := os.RemoveAll(filepath.Join(s.Dir, filepath.Dir(row.makes))); err != nil {
				t.Fatal(err)
			}
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatalf("%s, build %d: %v", row.name, n, err)
			}
			if !language.Exists(filepath.Join(s.Dir, row.makes)) {
				t.Errorf("%s, build %d: %s is not there", row.name, n, row.makes)
			}
		}
	}
}

// TestWhatDecidesOfAnInstallation changes what an installation depends on besides a lock: packages of before are no longer taken.
func TestWhatDecidesOfAnInstallation(t *testing.T) {
	files := map[string]string{"package.json": `{}`, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
	keyOf := func(files map[string]string) string {
		s, _, _ := workshop(t, files, nil)
		a, err := look(s)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.members) > 0 || a.manager.name != "pnpm" {
			t.Errorf("%v: members %v, manager %s", files, a.members, a.manager.name)
		}
		key, err := a.modulesKey()
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	before := keyOf(files)
	if keyOf(files) != before {
		t.Error("equal files have several keys")
	}
	for _, changed := range []map[string]string{
		{"pnpm-workspace.yaml": "onlyBuiltDependencies:\n  - bcrypt\n"},
		{"pnpm-workspace.yaml": "allowBuilds:\n  bcrypt: true\n"},
		{"package.json": `{"pnpm": {"onlyBuiltDependencies": ["bcrypt"]}}`},
		{"binding.gyp": "{}"},
	} {
		if keyOf(language.With(files, changed)) == before {
			t.Errorf("%v changes nothing", changed)
		}
	}
}
