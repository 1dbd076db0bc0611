package node

import (
	"strings"
	"testing"
)

// TestClaims tells which folders are apps of Node.js or sites of pages.
func TestClaims(t *testing.T) {
	for _, row := range []struct {
		files []string
		want  string
	}{
		{[]string{"server.js"}, "server.js"},
		{[]string{"server.ts"}, "server.ts"},
		{[]string{"index.html"}, "index.html"},
		{[]string{"public/index.html"}, "public/index.html"},
		{[]string{"dist/index.html"}, "dist/index.html"},
		{[]string{"public_html/index.html", "static.json"}, "public_html/index.html"},
		{[]string{"static.json"}, "static.json"},
		{[]string{"docs/index.html"}, ""},
		{[]string{"app.py", "index.html"}, ""},
		{[]string{"go.mod", "server.js"}, ""},
		{[]string{"main.go", "app.js"}, ""},
		{[]string{"lib.js"}, ""},
		{[]string{"scripts/server.js"}, ""},
		{[]string{"src/index.ts"}, "src/index.ts"},
		{[]string{"src/index.ts", "index.html"}, "index.html"},
		{[]string{"src/main.ts", "Cargo.toml"}, ""},
	} {
		if got := strings.Join(claims(files(row.files...)), " "); got != row.want {
			t.Errorf("%v: got %q, want %q", row.files, got, row.want)
		}
	}
}
