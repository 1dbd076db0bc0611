package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestDenoPackagesOfTheBuildGo: of the packages that Deno installed those stay that the modules which start reach, with what they need.
func TestDenoPackagesOfTheBuildGo(t *testing.T) {
	const all = "@x+linux@1.0.0 hono@4.0.0 ms@2.1.3 node_modules vite@7.0.0"
	for _, row := range []struct{ name, mode, graph, start, want string }{
		{"a module that needs another", "manual", "hono@4.0.0/node_modules/hono/index.js", "deno run -A main.ts", "hono@4.0.0 ms@2.1.3 node_modules"},
		{"a folder that Deno keeps itself", "auto", "ms@2.1.3/node_modules/ms/index.js", "deno run -A main.ts", all},
		{"a module that is not found", "manual", "!", "deno run -A main.ts", all},
		{"a task", "manual", "ms@2.1.3/node_modules/ms/index.js", "deno task start", all},
		{"no package", "manual", "", "deno serve -A main.ts", "node_modules"},
	} {
		s := languagetest.Site(t, nil)
		s.Run = func(_ context.Context, c language.Command) error {
			module := `{"local": "` + filepath.Join(s.Dir, denoPackages, row.graph) + `"}`
			if row.graph == "!" {
				module = `{"error": "not found"}`
			}
			_, err := fmt.Fprintf(c.Stdout, `{"version": 1, "modules": [{"kind": "esm", "local": "%s/main.ts"}, %s]}`, s.Dir, module)
			return err
		}
		for name, needs := range map[string]string{"hono@4.0.0": "hono ms@2.1.3", "ms@2.1.3": "ms", "vite@7.0.0": "vite @x+linux@1.0.0", "@x+linux@1.0.0": "@x/linux"} {
			for one := range strings.FieldsSeq(needs) {
				base, _, linked := strings.Cut(strings.TrimPrefix(one, "@"), "@")
				at := filepath.Join(s.Dir, denoPackages, name, "node_modules", base)
				if !linked {
					languagetest.Write(t, at, map[string]string{"index.js": ""})
					continue
				}
				if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(filepath.Join("../..", one, "node_modules", base), at); err != nil {
					t.Fatal(err)
				}
			}
		}
		languagetest.Write(t, s.Dir, map[string]string{denoPackages + "/node_modules/x": ""})
		if err := os.Symlink(".deno/vite@7.0.0/node_modules/vite", filepath.Join(s.Dir, "node_modules", "vite")); err != nil {
			t.Fatal(err)
		}
		a := &app{Site: s}
		if err := a.pruneDeno(t.Context(), denoFile{NodeModulesDir: row.mode}, []language.Process{{Type: "web", Line: row.start}}, ""); err != nil {
			t.Fatal(err)
		}
		var got []string
		entries, err := os.ReadDir(filepath.Join(s.Dir, denoPackages))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
		if _, err := os.Lstat(filepath.Join(s.Dir, "node_modules", "vite")); (err == nil) != (row.want == all) {
			t.Errorf("%s: the link to a package that is gone: %v", row.name, err)
		}
	}
}
