package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestNativePnpm puts the program that pnpm 12 is beside its wrapper, in the version that the wrapper names.
func TestNativePnpm(t *testing.T) {
	s, _, r := workshop(t, map[string]string{
		"package.json": `{"packageManager": "pnpm@12.21.0", "scripts": {"start": "node x.js"}}`, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n", "x.js": "",
	}, nil)
	r.Add(t, "pnpm", "12.21.0", map[string]string{"package.json": `{"name": "pnpm", "version": "12.21.0", "optionalDependencies": {"@pnpm/exe.linux-x64": "12.21.0", "@pnpm/exe.darwin-x64": "12.21.0"}}`, "bin/pnpm.mjs": ""})
	for _, v := range []string{"12.20.0", "12.21.0", "12.22.0"} {
		r.Add(t, "@pnpm/exe.linux-x64", v, map[string]string{"package.json": `{"name": "@pnpm/exe.linux-x64", "version": "` + v + `"}`, "pnpm": v})
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	layer, err := s.Layer(layerManagers)
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(layer.Path, "*/node_modules/@pnpm/*/package.json"))
	if err != nil || len(found) != 1 || filepath.Base(filepath.Dir(found[0])) != "exe.linux-x64" {
		t.Fatalf("programs of pnpm: %v, %v", found, err)
	}
	if m, err := readManifest(os.DirFS(filepath.Dir(found[0]))); err != nil || m.Version != "12.21.0" {
		t.Errorf("the program has version %s, %v", m.Version, err)
	}
}

// TestManagersOwnDeprecationsAreNotTold has package managers start without the warnings about what their own code uses.
func TestManagersOwnDeprecationsAreNotTold(t *testing.T) {
	s, _, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}}`, "yarn.lock": "# yarn lockfile v1\n"}, nil)
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"npm", "npx", "yarn"} {
		text := languagetest.Read(t, filepath.Join(s.Temp, "managers", name))
		if !strings.HasPrefix(text, "#!/bin/sh\nexec node --no-deprecation '/") {
			t.Errorf("%s is %s", name, text)
		}
	}
}
