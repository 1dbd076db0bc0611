package node

import (
	"strings"
	"testing"
)

// TestWhatTheBuildMadeStarts has files in the folders where builds put what they make, from an earlier build or of the app's own.
func TestWhatTheBuildMadeStarts(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		makes string
		want  string
	}{
		{"a folder lib of the app's own", app{"index.ts": "", "lib/index.js": "x"}, "", "web: node index.ts"},
		{"what an earlier build left in another folder", app{"src/server.ts": "", "dist/server.js": "x"}, "build/server.js", "web: node build/server.js"},
		{"what an earlier build left, and this one writes", app{"src/server.ts": "", "dist/server.js": "x"}, "dist/server.js", "web: node dist/server.js"},
		{"what the compiler finds up to date", app{"src/server.ts": "", "tsconfig.json": `{"compilerOptions": {"outDir": "dist"}}`, "dist/server.js": "x"}, "", "web: node dist/server.js"},
		{"a common name in two folders", app{"dist/index.js": "x"}, "build/index.js", "web: node build/index.js"},
		{"a common name that was there", app{"dist/index.js": "x"}, "", "web: node dist/index.js"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.files["package.json"] = `{"scripts": {"build": "x"}}`
			s, sh, _ := workshop(t, row.files, nil)
			if row.makes != "" {
				sh.does["npm run"] = sh.makes(row.makes)
			}
			made, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(starts(made), ", "); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
