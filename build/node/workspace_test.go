package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestTheOneAppOfAWorkspace goes to a member where the root is no app, and nowhere where there is a choice.
func TestTheOneAppOfAWorkspace(t *testing.T) {
	const workspace = `package.json={"workspaces": ["apps/*", "packages/*"]}`
	for _, row := range []struct {
		name  string
		files []string
		want  string
	}{
		{"a script start", []string{workspace, `apps/api/package.json={"scripts": {"start": "node x.js"}}`, `apps/web/package.json={"dependencies": {"vite": "6"}}`}, "apps/api"},
		{"a framework", []string{workspace, `apps/web/package.json={"dependencies": {"next": "16"}}`, `apps/web-e2e/package.json={"devDependencies": {"@playwright/test": "1"}}`}, "apps/web"},
		{"a file", []string{workspace, `apps/api/package.json={"name": "api"}`, "apps/api/server.js"}, "apps/api"},
		{"a package beside it", []string{workspace, `apps/api/package.json={"dependencies": {"ui": "*"}}`, "apps/api/server.js", `packages/ui/package.json={"name": "ui", "main": "index.js"}`, "packages/ui/index.js"}, "apps/api"},
		{"pnpm", []string{"package.json={}", "pnpm-workspace.yaml=packages: ['apps/*']", `apps/web/package.json={"dependencies": {"vite": "6"}}`}, "apps/web"},
		{"two apps", []string{workspace, `apps/api/package.json={"scripts": {"start": "node x.js"}}`, `apps/web/package.json={"scripts": {"start": "next start"}}`}, ""},
		{"two by their kind", []string{workspace, `packages/client/package.json={"name": "client", "dependencies": {"next": "16"}}`, `packages/server/package.json={"name": "server"}`, "packages/server/src/index.ts"}, ""},
		{"a root that starts", []string{`package.json={"workspaces": ["apps/*"], "scripts": {"start": "node apps/api"}}`, `apps/api/package.json={"scripts": {"start": "node x.js"}}`}, ""},
		{"a root that builds", []string{`package.json={"workspaces": ["apps/*"], "scripts": {"build": "turbo build"}}`, `apps/api/package.json={"scripts": {"start": "node x.js"}}`}, ""},
		{"a root with a server", []string{workspace, "server.js", `apps/api/package.json={"scripts": {"start": "node x.js"}}`}, ""},
		{"a root with pages", []string{workspace, "src/App.vue", `apps/api/package.json={"scripts": {"start": "node x.js"}}`}, ""},
		{"no workspace", []string{`package.json={"dependencies": {"next": "16"}}`}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := member(files(row.files...))
			if err != nil || got != row.want {
				t.Errorf("got %q, %v; want %q", got, err, row.want)
			}
		})
	}
}

// TestMembersAreBuiltBefore builds what the app depends on in the workspace, each after what it depends on itself.
func TestMembersAreBuiltBefore(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"workspaces": ["apps/*", "packages/*"]}`, "package-lock.json": lock,
		"apps/web/package.json":        `{"name": "web", "scripts": {"build": "tsc", "start": "node x.js"}, "dependencies": {"a": "*"}}`,
		"apps/other/package.json":      `{"name": "other", "scripts": {"build": "tsc"}}`,
		"packages/a/package.json":      `{"name": "a", "scripts": {"build": "tsc"}, "dependencies": {"b": "*"}, "devDependencies": {"config": "*"}}`,
		"packages/b/package.json":      `{"name": "b", "scripts": {"build": "tsc"}, "dependencies": {"a": "*"}}`,
		"packages/config/package.json": `{"name": "config"}`,
	}, nil)
	root := s.Dir
	s.Root, s.Dir = root, filepath.Join(root, "apps", "web")
	s.Files = os.DirFS(s.Dir)
	var built []string
	sh.does["npm run"] = func(dir string) error {
		built = append(built, strings.TrimPrefix(dir, root+"/"))
		return nil
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"packages/b", "packages/a", "apps/web"}, built); diff != "" {
		t.Error(diff)
	}
}

// TestSeveralAppsOfAWorkspace names them where none is said to be the app.
func TestSeveralAppsOfAWorkspace(t *testing.T) {
	s, _, _ := workshop(t, map[string]string{
		"package.json": `{"workspaces": ["apps/*"]}`, "package-lock.json": lock,
		"apps/api/package.json": `{"scripts": {"start": "node x.js"}}`, "apps/web/package.json": `{"scripts": {"start": "next start"}}`,
	}, nil)
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "members of the workspace that may be the app: apps/api, apps/web")
	languagetest.Has(t, err, "Set BP_WHITTLE_APP to the folder of one of them.")
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
