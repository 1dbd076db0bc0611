package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPackagesMoveIntoALayer holds what the image has of an app, and what a second build does.
func TestPackagesMoveIntoALayer(t *testing.T) {
	files := map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "dependencies": {"express": "1"}}`, "package-lock.json": "{\n\"node_modules/express\": {},\n\"node_modules/@acme/x\": {}}", "x.js": "", ".npmrc": "//x/:_authToken=secret", ".git/HEAD": "", "Dockerfile": ""}
	s, sh, r := workshop(t, files, nil)
	sh.does["npm ci"] = func(dir string) error {
		if err := sh.installs("express", "@acme/x")(dir); err != nil {
			return err
		}
		languagetest.Write(t, dir, map[string]string{"node_modules/express/package.json": `{"name": "express", "version": "1.0.0", "license": "MIT", "dependencies": {"@acme/x": "1"}}`})
		return nil
	}
	var expected []string
	s.Expect = func(_ context.Context, a language.Artifacts) error {
		if slices.Contains(sh.ran, "npm ci") {
			t.Error("it is told what to expect when packages are installed already")
		}
		expected = a.Roots
		return nil
	}
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := s.Layer(layerModules)
	if err != nil {
		t.Fatal(err)
	}
	link, err := os.Readlink(filepath.Join(s.Dir, "node_modules"))
	if err != nil || link != filepath.Join(modules.Path, "node_modules") {
		t.Errorf("node_modules leads to %s, %v", link, err)
	}
	if diff := cmp.Diff([]string{"node_modules/@acme/x/package.json", "node_modules/express/package.json"}, languagetest.Names(t, modules.Path)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"node_modules", "package-lock.json", "package.json", "x.js"}, languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
	at := func(name string) []string { return []string{filepath.Join(modules.Path, "node_modules", name)} }
	want := []language.Component{
		{Name: "@acme/x", Version: "1.0.0", PURL: "pkg:npm/%40acme/x@1.0.0", License: "MIT", From: "package-lock.json:3", By: []string{"express"}, Paths: at("@acme/x")},
		{Name: "express", Version: "1.0.0", PURL: "pkg:npm/express@1.0.0", License: "MIT", From: "package-lock.json:2", Paths: at("express")},
	}
	if diff := cmp.Diff(want, made.Components); diff != "" {
		t.Error(diff)
	}
	node, err := s.Layer("node")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{node.Path, modules.Path}, made.Roots); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{node.Path}, expected); diff != "" {
		t.Errorf("what is expected while packages are installed: %s", diff)
	}
	if diff := cmp.Diff([]string{"LICENSE", "bin/node"}, languagetest.Names(t, node.Path)); diff != "" {
		t.Errorf("the runtime's layer: %s", diff)
	}

	t.Run("again", func(t *testing.T) {
		r.asked, sh.ran = nil, nil
		if err := os.Remove(filepath.Join(s.Dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, s.Dir, files)
		again, err := compile(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.asked) > 0 || len(sh.ran) > 0 {
			t.Errorf("asked for %v, ran %v", r.asked, sh.ran)
		}
		if diff := cmp.Diff(made, again); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("with other dependencies", func(t *testing.T) {
		sh.ran = nil
		if err := os.Remove(filepath.Join(s.Dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, s.Dir, map[string]string{"package-lock.json": lock + " "})
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"npm ci --omit=dev"}, sh.ran); diff != "" {
			t.Error(diff)
		}
	})
}

// TestLockOutOfDate tells what differs; a lock that satisfies the manifest is taken although npm refuses it.
func TestLockOutOfDate(t *testing.T) {
	const refusal = "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync."
	locked := func(text string) string {
		return `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"tag": "latest", "git": "github:a/b"}}, ` + text + `}}`
	}
	for _, row := range []struct {
		name, dependencies, lock string
		ran                      int
		want                     []string
	}{
		{"satisfied", `"a": "^1.0.0", "tag": "latest"`, locked(`"node_modules/a": {"version": "1.2.3"}, "node_modules/tag": {"version": "3.0.0"}`), 2, nil},
		{"another version", `"a": "^2.0.0"`, locked(`"node_modules/a": {"version": "1.2.3"}`), 1, []string{"a: package.json wants ^2.0.0, the lock has 1.2.3"}},
		{"missing", `"a": "^1.0.0", "b": "1"`, locked(`"node_modules/a": {"version": "1.2.3"}`), 1, []string{"b: package.json wants 1, the lock lacks it"}},
		{"version 1", `"a": "^2.0.0"`, `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}`, 1, []string{"the lock has 1.0.0"}},
		{"another tag", `"tag": "next"`, locked(`"node_modules/tag": {"version": "3.0.0"}`), 1, []string{"tag: package.json wants next, the lock was made for latest"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "dependencies": {` + row.dependencies + `}}`, "package-lock.json": row.lock}, nil)
			sh.fails["npm ci"] = refusal
			_, err := compile(t.Context(), s)
			if len(row.want) == 0 {
				languagetest.Has(t, err, "")
			}
			for _, want := range append(row.want, map[bool][]string{true: {"package-lock.json does not fit package.json", "`npm install`", "BP_LOCK=update"}}[len(row.want) > 0]...) {
				languagetest.Has(t, err, want)
			}
			if len(sh.ran) != row.ran {
				t.Errorf("ran %v", sh.ran)
			}
		})
	}
}

// TestPeersThatContradictEachOther has npm install without a lock what the registry has.
func TestPeersThatContradictEachOther(t *testing.T) {
	for _, row := range []struct {
		lock string
		ran  []string
		err  string
	}{
		{"", []string{"npm install --no-save --omit=dev", "npm install --no-save --omit=dev"}, "exit status 1"},
		{lock, []string{"npm ci --omit=dev"}, "exit status 1"},
	} {
		files := map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "dependencies": {"a": "1"}}`}
		if row.lock != "" {
			files["package-lock.json"] = row.lock
		}
		s, sh, _ := workshop(t, files, nil)
		sh.fails["npm"] = "npm error code ERESOLVE"
		_, err := compile(t.Context(), s)
		languagetest.Has(t, err, row.err)
		if diff := cmp.Diff(row.ran, sh.ran); diff != "" {
			t.Error(diff)
		}
		if got, want := sh.env["npm_config_legacy_peer_deps"], map[bool]string{true: "true"}[row.lock == ""]; got != want {
			t.Errorf("legacy_peer_deps is %q, want %q", got, want)
		}
		if _, ok := sh.env["CI"]; ok {
			t.Error("CI is set")
		}
	}
}

// TestPatience has npm give up on a server that can't be reached before anybody thinks that the build hangs, unless the app
// says how long.
func TestPatience(t *testing.T) {
	for npmrc, want := range map[string]string{"": "1000", "fetch-retry-mintimeout=20000\n": ""} {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}}`, "package-lock.json": lock, ".npmrc": npmrc}, nil)
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"npm_config_fetch_retry_mintimeout", "pnpm_config_fetch_retry_mintimeout"} {
			if got := sh.env[name]; got != want {
				t.Errorf(".npmrc %q: %s is %q, want %q", npmrc, name, got, want)
			}
		}
		if got := sh.env["npm_config_fetch_retry_maxtimeout"]; got != "10000" {
			t.Errorf("the longest wait is %q", got)
		}
	}
}

// TestInstallationsThatPretend has package managers install, whatever an .npmrc says, where the user does not say otherwise: they
// report success of having installed nothing.
func TestInstallationsThatPretend(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want string
	}{{nil, "false"}, {map[string]string{"npm_config_dry_run": "true"}, "true"}} {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}}`, "package-lock.json": lock, ".npmrc": "dry-run=true\npackage-lock-only=true\n"}, row.env)
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got := sh.env["npm_config_dry_run"]; got != row.want || sh.env["npm_config_package_lock_only"] != "false" || sh.env["npm_config_lockfile_only"] != "false" {
			t.Errorf("%v: dry-run is %q", row.env, got)
		}
	}
}

// TestEmptyCA has npm trust what the build trusts where .npmrc has an empty ca, with which it would trust nobody.
func TestEmptyCA(t *testing.T) {
	for text, want := range map[string]string{"": "", "ca=\n": "/bound.crt", "ca=\"\"\n": "/bound.crt", "ca=x\n": "", "ca=\ncafile=/x\n": ""} {
		a := &app{npm: registry{config: npmrc{}}, env: map[string]string{"NODE_EXTRA_CA_CERTS": "/bound.crt"}}
		a.npm.config.add(text, nil)
		if got := a.trusted(); got != want {
			t.Errorf(".npmrc %q: got %q, want %q", text, got, want)
		}
	}
}

// TestMonorepo builds a member of a workspace: its lock is the workspace's, and the members that it needs stay.
func TestMonorepo(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"workspaces": ["apps/*", "packages/*"]}`, "package-lock.json": lock,
		"apps/web/package.json": `{"name": "web", "scripts": {"start": "node x.js"}}`, "apps/web/x.js": "",
		"apps/other/package.json": `{"name": "other"}`, "packages/a/package.json": `{"name": "a"}`, "packages/unused/package.json": `{"name": "unused"}`,
	}, nil)
	root := s.Dir
	s.Root, s.Dir = root, filepath.Join(root, "apps", "web")
	s.Files = os.DirFS(s.Dir)
	sh.does["npm ci"] = func(dir string) error {
		if dir != root {
			t.Errorf("npm ci runs in %s", dir)
		}
		if err := sh.installs("express")(dir); err != nil {
			return err
		}
		languagetest.Write(t, dir, map[string]string{"apps/web/node_modules/own/package.json": `{"name": "own", "version": "1.0.0"}`})
		return os.Symlink("../packages/a", filepath.Join(dir, "node_modules", "a"))
	}
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := s.Layer(layerModules)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"apps/web/node_modules/own/package.json", "node_modules/a", "node_modules/express/package.json"}, languagetest.Names(t, modules.Path)); diff != "" {
		t.Error(diff)
	}
	if link, err := os.Readlink(filepath.Join(modules.Path, "node_modules", "a")); err != nil || link != filepath.Join(root, "packages", "a") {
		t.Errorf("a leads to %s, %v", link, err)
	}
	if diff := cmp.Diff([]string{filepath.Join(root, "node_modules"), filepath.Join(root, "packages", "a")}, made.Members); diff != "" {
		t.Error(diff)
	}
}

// TestAssets builds the front end of an app in another language, and leaves its output alone.
func TestAssets(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "vite build"}}`, "package-lock.json": lock, "app.py": "", ".npmrc": "//x/:_authToken=secret", ".yarn/cache/x.zip": ""}, nil)
	sh.does["npm ci"] = sh.installs("vite")
	sh.does["npm run"] = sh.makes("static/x.js")
	s.Libc = func(string) error { return errors.New("a run image without a loader") } // such as that of a Go program
	made, err := assets(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"app.py", "package-lock.json", "package.json", "static/x.js"}, languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
	if len(made.Processes)+len(made.Roots)+len(made.Slices) > 0 {
		t.Errorf("got %+v", made)
	}
	t.Run("style sheets", func(t *testing.T) {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build:css": "sass a b"}}`, "package-lock.json": lock, "Gemfile": ""}, nil)
		sh.does["npm ci"] = sh.installs("sass")
		sh.does["npm run"] = sh.makes("app/assets/builds/a.css")
		if _, err := assets(t.Context(), s); err != nil || !language.Exists(s.Dir+"/app/assets/builds/a.css") {
			t.Errorf("%v, ran %v", err, sh.ran)
		}
	})
	t.Run("by the installation", func(t *testing.T) {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"postinstall": "mkdir -p static && npx sass a.scss static/a.css"}}`, "package-lock.json": lock, "app.py": ""}, nil)
		sh.does["npm ci"] = sh.makes("static/a.css")
		if _, err := assets(t.Context(), s); err != nil || !language.Exists(s.Dir+"/static/a.css") {
			t.Errorf("%v, ran %v", err, sh.ran)
		}
	})
	for name, row := range map[string]struct {
		scripts string
		env     map[string]string
	}{
		"without a build script":               {`"lint": "x"`, nil},
		"with an installation that makes none": {`"postinstall": "husky install", "prepare": "npm run lint", "lint": "x"`, nil},
		"by the installation, and not wanted":  {`"postinstall": "sass a b"`, map[string]string{"BP_NODE_RUN_SCRIPTS": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			s, sh, r := workshop(t, map[string]string{"package.json": `{"scripts": {` + row.scripts + `}}`}, row.env)
			if _, err := assets(t.Context(), s); err != nil || len(sh.ran)+len(r.asked) > 0 {
				t.Errorf("%v, ran %v, asked %v", err, sh.ran, r.asked)
			}
		})
	}
}

// TestDebianNode takes Debian's own runtime into the image, and builds on the same line.
func TestDebianNode(t *testing.T) {
	for _, row := range []struct{ source, engines, err string }{
		{"debian", "", ""}, {"debian", ">=18", ""}, {"debian", "22", "Debian's Node.js is 20, and engines in package.json asks for 22"},
	} {
		s, _, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "engines": {"node": "` + row.engines + `"}}`}, map[string]string{"BP_NODE_SOURCE": row.source})
		made, err := compile(t.Context(), s)
		languagetest.Has(t, err, row.err)
		if err != nil {
			continue
		}
		if len(made.Slices) != 1 || made.Slices[0].Name != "nodejs_bins" {
			t.Errorf("slices are %+v", made.Slices)
		}
		node, err := s.Layer("node")
		if err != nil {
			t.Fatal(err)
		}
		if layer, err := s.Layer(layerDefaults); err != nil || !language.Exists(layer.Path) {
			t.Errorf("no layer has the variables of processes: %v", err)
		}
		if slices.Contains(made.Roots, node.Path) || languagetest.Read(t, filepath.Join(node.Path, "bin", "node")) != "v20.20.2" {
			t.Errorf("roots are %v", made.Roots)
		}
	}
}

// TestTrim removes what does not run.
func TestTrim(t *testing.T) {
	elf := func(machine byte) string {
		head := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00" + string(rune(machine)) + "\x00\x01\x00\x00\x00"
		return head + strings.Repeat("\x00", 64-len(head))
	}
	a := lookAt(t, map[string]string{"package.json": "{}"}, nil)
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"node_modules/.package-lock.json": "", "node_modules/.cache/x": "", "node_modules/a/index.js": "", "node_modules/a/src/a.cc": "", "node_modules/a/binding.gyp": "", "node_modules/a/deps/x.h": "",
		"node_modules/a/build/Release/a.node": elf(62), "node_modules/a/build/Release/obj.target/a.o": "", "node_modules/a/build/Makefile": "",
		"node_modules/b/prebuilds/linux-x64/b.node": elf(62), "node_modules/b/prebuilds/darwin-arm64/b.node": "\xcf\xfa\xed\xfe", "node_modules/b/prebuilds/win32-x64/b.node": "MZ\x90\x00",
		"node_modules/b/prebuilds/linux-x64/b.bare": elf(62),
		"node_modules/c/c.node":                     elf(183 - 128), "node_modules/c/tool.exe": "MZ\x90\x00", "node_modules/c/mac": "\xcf\xfa\xed\xfe", "node_modules/c/README": "text",
	})
	if err := a.trim(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"node_modules/a/build/Release/a.node", "node_modules/a/index.js", "node_modules/b/prebuilds/linux-x64/b.node", "node_modules/c/README"}
	if diff := cmp.Diff(want, languagetest.Names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestClaims(t *testing.T) {
	for _, row := range []struct {
		files []string
		want  string
	}{
		{[]string{"server.js"}, "server.js"},
		{[]string{"server.ts"}, "server.ts"},
		{[]string{"index.html"}, "index.html"},
		{[]string{"public/index.html"}, "public/index.html"},
		{[]string{"dist/index.html"}, "dist/index.html"},
		{[]string{"public_html/index.html", "static.json"}, "public_html/index.html"},
		{[]string{"static.json"}, "static.json"},
		{[]string{"docs/index.html"}, ""},
		{[]string{"app.py", "index.html"}, ""},
		{[]string{"go.mod", "server.js"}, ""},
		{[]string{"main.go", "app.js"}, ""},
		{[]string{"lib.js"}, ""},
		{[]string{"scripts/server.js"}, ""},
		{[]string{"src/index.ts"}, "src/index.ts"},
		{[]string{"src/index.ts", "index.html"}, "index.html"},
		{[]string{"src/main.ts", "Cargo.toml"}, ""},
	} {
		if got := strings.Join(claims(files(row.files...)), " "); got != row.want {
			t.Errorf("%v: got %q, want %q", row.files, got, row.want)
		}
	}
}

// TestRuntimesAreExpectedOfAppsThatStart: the image of an app that may turn out to be pages, or that gets Debian's Node.js, has no
// runtime in a layer.
func TestRuntimesAreExpectedOfAppsThatStart(t *testing.T) {
	for _, c := range []struct {
		name, manifest string
		env            map[string]string
		want           []string
	}{
		{"start", `{"scripts": {"start": "node x.js"}}`, nil, []string{"/layers/node"}},
		{"pages", `{"scripts": {"build": "vite build"}}`, nil, nil},
		{"Debian's", `{"scripts": {"start": "node x.js"}}`, map[string]string{"BP_NODE_SOURCE": "debian"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _, _ := workshop(t, map[string]string{"package.json": c.manifest, "x.js": ""}, c.env)
			var expected []string
			s.Expect = func(_ context.Context, a language.Artifacts) error {
				expected = a.Roots
				return nil
			}
			a, err := look(s)
			if err != nil {
				t.Fatal(err)
			}
			a.engines = []engine{{tool: toolNode, layer: language.Layer{Path: "/layers/node"}}}
			if err := a.expect(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, expected); diff != "" {
				t.Error(diff)
			}
		})
	}
}
