package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestAddonsForOtherVersions keeps of a package's binaries those that the runtime can link, by the symbols that it has.
func TestAddonsForOtherVersions(t *testing.T) {
	addon := func(symbol string) string {
		return string(slicertest.ELF{Needed: []string{"libc.so.6"}, Undefined: []string{symbol, "malloc"}}.Bytes())
	}
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"node/bin/node":                        string(slicertest.ELF{Define: []string{"napi_create_function", "_ZN2v87Isolate3NewE"}}.Bytes()),
		"node_modules/a/addon.abi108.node":     addon("_ZN2v87Isolate3OldE"),
		"node_modules/a/addon.abi137.node":     addon("_ZN2v87Isolate3NewE"),
		"node_modules/a/addon.napi.node":       addon("napi_create_function"),
		"node_modules/a/musl.node":             string(slicertest.ELF{Needed: []string{"libc.so"}}.Bytes()),
		"node_modules/@b/c/108/addon.node":     addon("_ZN2v87Isolate3OldE"), // none fits: the proof tells it
		"node_modules/@b/c/115/addon.node":     addon("_ZN2v87Isolate5OlderE"),
		"node_modules/d/build/only.node":       addon("_ZN2v87Isolate3OldE"),
		"node_modules/d/node_modules/e/x.node": addon("_ZN2v87Isolate3NewE"),
	})
	a := lookAt(t, map[string]string{"package.json": "{}"}, nil)
	a.engines = []engine{{tool: toolNode, layer: language.Layer{Path: dir + "/node"}}}
	if err := a.trim(t.Context(), dir+"/node_modules"); err != nil {
		t.Fatal(err)
	}
	want := []string{"@b/c/108/addon.node", "@b/c/115/addon.node", "a/addon.abi137.node", "a/addon.napi.node", "d/build/only.node", "d/node_modules/e/x.node"}
	if diff := cmp.Diff(want, languagetest.Names(t, dir+"/node_modules")); diff != "" {
		t.Error(diff)
	}
	t.Run("on another runtime", func(t *testing.T) {
		a.engines = nil
		if err := a.trim(t.Context(), dir+"/node_modules"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, languagetest.Names(t, dir+"/node_modules")); diff != "" {
			t.Error(diff)
		}
	})
}
