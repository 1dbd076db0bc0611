package node

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestWhatTheBuildMadeStarts has files in the folders where builds put what they make, from an earlier build or of the app's own.
func TestWhatTheBuildMadeStarts(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name     string
		files    app
		by, made string // the command that makes a file
		want     string
	}{
		{"a folder lib of the app's own", app{"index.ts": "", "lib/index.js": "x"}, "", "", "web: node index.ts"},
		{"what an earlier build left in another folder", app{"src/server.ts": "", "dist/server.js": "x"}, "npm run", "build/server.js", "web: node build/server.js"},
		{"what an earlier build left, and this one writes", app{"src/server.ts": "", "dist/server.js": "x"}, "npm run", "dist/server.js", "web: node dist/server.js"},
		{"what the compiler finds up to date", app{"src/server.ts": "", "tsconfig.json": `{"compilerOptions": {"outDir": "dist"}}`, "dist/server.js": "x"}, "", "", "web: node dist/server.js"},
		{"what the installation compiles", app{"src/server.ts": "", "package.json": `{"scripts": {"postinstall": "tsc", "build": "x"}}`}, "npm install", "dist/server.js", "web: node dist/server.js"},
		{"a common name in two folders", app{"dist/index.js": "x"}, "npm run", "build/index.js", "web: node build/index.js"},
		{"a common name that was there", app{"dist/index.js": "x"}, "", "", "web: node dist/index.js"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, language.With(app{"package.json": `{"scripts": {"build": "x"}}`}, row.files), nil)
			if row.by != "" {
				sh.does[row.by] = sh.makes(row.made)
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
