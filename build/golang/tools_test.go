package golang

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestToolsAreNoApp has files go.mod, with and without sources.
func TestToolsAreNoApp(t *testing.T) {
	const tools, app = "module x\n\ngo 1.24\n\ntool mvdan.cc/sh/v3/cmd/shfmt\n", "module x\n\ngo 1.24\n"
	for name, row := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"tools":                    {map[string]string{"go.mod": tools, "app.py": "x"}, true},
		"tools of an app":          {map[string]string{"go.mod": tools, "cmd/x/main.go": "package main"}, false},
		"a module without sources": {map[string]string{"go.mod": app}, false},
		"sources of others":        {map[string]string{"go.mod": tools, "node_modules/x/x.go": "package x"}, true},
		"what cannot be read":      {map[string]string{"go.mod": "tool ("}, false},
		"none":                     {map[string]string{"main.go": "package main"}, false},
	} {
		files := languagetest.Files(row.files)
		if got := ofTools(files); got != row.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
