package node

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

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
