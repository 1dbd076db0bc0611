package node

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm"
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
		r.Asked, sh.ran = nil, nil
		if err := os.Remove(filepath.Join(s.Dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, s.Dir, files)
		again, err := compile(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Asked) > 0 || len(sh.ran) > 0 {
			t.Errorf("asked for %v, ran %v", r.Asked, sh.ran)
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
		config, err := npm.ReadConfig(files(".npmrc="+text), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		a := &app{npm: npm.Registry{Config: config}, env: map[string]string{"NODE_EXTRA_CA_CERTS": "/bound.crt"}}
		if got := a.trusted(); got != want {
			t.Errorf(".npmrc %q: got %q, want %q", text, got, want)
		}
	}
}
