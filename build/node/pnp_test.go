package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPlugAndPlay leaves the packages of a map where they are, in archives and folders, and tells which they are.
func TestPlugAndPlay(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"packageManager": "yarn@4.9.2", "scripts": {"start": "node x.js"}, "dependencies": {"express": "5"}}`,
		"yarn.lock":    "\"express@npm:5\":\n  version: 5.0.0\n\"ms@npm:2\":\n  version: 2.0.0\n", "x.js": "",
	}, nil)
	sh.does["yarn install"] = func(dir string) error {
		languagetest.Write(t, dir, map[string]string{".pnp.cjs": "#!/usr/bin/env node\ncache/express.zip", ".yarn/cache/express.zip": "", ".yarn/cache/unused.zip": ""})
		return os.Chmod(filepath.Join(dir, ".pnp.cjs"), 0o755)
	}
	at := func(name string) string { return filepath.Join(s.Dir, ".yarn", name) }
	sh.packages = strings.ReplaceAll(`[
		{"folder": "`+at("cache/express.zip")+`/node_modules/express/", "manifest": {"name": "express", "version": "5.0.0", "license": "MIT", "dependencies": {"ms": "2"}}},
		{"folder": "`+at("unplugged/ms-1234/node_modules/ms")+`/", "manifest": {"name": "ms", "version": "2.0.0"}},
		{"folder": "`+at("cache/none.zip")+`/node_modules/none/", "manifest": {}}
	]`, "\n", "")
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := []language.Component{
		{Name: "express", Version: "5.0.0", PURL: "pkg:npm/express@5.0.0", License: "MIT", From: "yarn.lock:1", Paths: []string{at("cache/express.zip")}},
		{Name: "ms", Version: "2.0.0", PURL: "pkg:npm/ms@2.0.0", From: "yarn.lock:3", By: []string{"express"}, Paths: []string{at("unplugged/ms-1234/node_modules/ms")}},
	}
	if diff := cmp.Diff(want, made.Components); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{".pnp.cjs", ".yarn/cache/express.zip", "package.json", "x.js", "yarn.lock"}, languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(filepath.Join(s.Dir, ".pnp.cjs")); err != nil || info.Mode()&0o111 != 0 {
		t.Errorf("the map is a program, for which the image would get env: %v, %v", info.Mode(), err)
	}
	if diff := cmp.Diff([]string{"node", "--require", filepath.Join(s.Dir, ".pnp.cjs"), "x.js"}, made.Processes[0].Command); diff != "" {
		t.Error(diff)
	}
}

// TestPlugAndPlayMapThatIsBroken fails the build: the app would not start by it.
func TestPlugAndPlayMapThatIsBroken(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"packageManager": "yarn@4.9.2", "scripts": {"start": "node x.js"}}`, "yarn.lock": "", ".pnp.cjs": "{", "x.js": "",
	}, nil)
	sh.fails["node -e"] = "SyntaxError"
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "cannot list the packages of .pnp.cjs")
}

// TestTheMapOfPlugAndPlayGetsNoCredentials: what whittle asks the map, which is a program of the app's, runs without the build's
// environment.
func TestTheMapOfPlugAndPlayGetsNoCredentials(t *testing.T) {
	env := bareEnv(map[string]string{
		"PATH": "/bin", "NODE_OPTIONS": "--require /workspace/x.js", "NPM_CONFIG_USERCONFIG": "/platform/bindings/npm/.npmrc", "NPM_TOKEN": "x", "HOME": "/tmp/home",
	})
	if diff := cmp.Diff(map[string]string{"PATH": "/bin"}, env); diff != "" {
		t.Error(diff)
	}
}
