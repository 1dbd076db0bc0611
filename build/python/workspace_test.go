package python

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestMembersOfWorkspaceStay: an editable installation leads to its folder, which the image must have.
func TestMembersOfWorkspaceStay(t *testing.T) {
	p := newPython(t, nil)
	p.Root = p.Dir
	p.Dir = filepath.Join(p.Root, "apps/web")
	languagetest.Write(t, p.Root, map[string]string{
		"pyproject.toml":                 "[tool.uv.workspace]\nmembers = [\"apps/*\", \"packages/*\"]\n",
		"apps/web/pyproject.toml":        "[project]\nname = \"web\"\ndependencies = [\"core\", \"linked\", \"native\"]\n[build-system]\nrequires = []\n",
		"packages/core/pyproject.toml":   "[project]\nname = \"core\"\n[build-system]\nrequires = []\n",
		"packages/other/pyproject.toml":  "[project]\nname = \"other\"\n[build-system]\nrequires = []\n",
		"packages/native/setup.py":       "setup(ext_modules=[])",
		"packages/native/pyproject.toml": "[project]\nname = \"native\"\n[build-system]\nrequires = []\n",
		"libs/linked/pyproject.toml":     "[project]\nname = \"linked\"\n[build-system]\nrequires = []\n",
		"uv.lock": "version = 1\n" + locks("web", "apps/web") + locks("core", "packages/core") + locks("other", "packages/other") +
			locks("native", "packages/native") + locks("linked", "packages/linked"),
	})
	if err := os.Symlink("../libs/linked", filepath.Join(p.Root, "packages/linked")); err != nil {
		t.Fatal(err)
	}
	files, folder, err := p.project()
	if err != nil {
		t.Fatal(err)
	}
	p.Files = os.DirFS(p.Dir)
	p.plan, err = makePlan(t.Context(), p.Files, asker{markers: onLinux{}, python: p.version, project: files, folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	var below []string
	for _, m := range p.members() {
		rel, err := filepath.Rel(p.Root, m)
		if err != nil {
			t.Fatal(err)
		}
		below = append(below, rel)
	}
	if diff := cmp.Diff("libs/linked packages/core packages/linked", strings.Join(below, " ")); diff != "" {
		t.Error(diff)
	}
	if p.base() != p.Root {
		t.Errorf("pip runs in %s", p.base())
	}
	before, err := p.key()
	if err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, p.Root, map[string]string{"packages/native/native.c": "x"})
	if after, err := p.key(); err != nil || after == before {
		t.Errorf("a change of a member that is compiled keeps the packages: %v", err)
	}
	p.Dir = p.Root
	if files, folder, err := p.project(); files != nil || folder != "" || err != nil {
		t.Errorf("an app that is the project: %q, %v", folder, err)
	}
}

// locks is the entry of a lock for a member, which needs core, linked and native if it is the app.
func locks(name, folder string) string {
	entry := "[[package]]\nname = \"" + name + "\"\nsource = { editable = \"" + folder + "\" }\n"
	if name == "web" {
		entry += "dependencies = [{ name = \"core\" }, { name = \"linked\" }, { name = \"native\" }]\n"
	}
	return entry
}
