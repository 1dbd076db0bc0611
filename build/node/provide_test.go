package node

import (
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestProgramsForBuildsOfOthers: a build of Maven finds Node.js in the version of its front end, npm, and what it calls beside them.
func TestProgramsForBuildsOfOthers(t *testing.T) {
	for _, row := range []struct {
		name, setting string
		files         map[string]string
		want          string // names of programs on PATH
		version, err  string
	}{
		{name: "a front end below src/main", files: map[string]string{"src/main/frontend/package.json": `{"engines": {"node": "20"}}`, "src/main/frontend/node_modules/a/package.json": "{}"}, want: "npm npx yarn", version: "v20.20.2"},
		{name: "no package.json", files: map[string]string{"pom.xml": ""}, want: "npm npx yarn", version: "v24.22.3"},
		{name: "the one that is named", setting: "ui/b", files: map[string]string{"ui/a/package.json": `{"engines": {"node": "18"}}`, "ui/b/package.json": `{"engines": {"node": "22"}}`}, want: "npm npx yarn", version: "v22.23.5"},
		{name: "none where it is named", setting: "ui", files: map[string]string{"package.json": "{}"}, err: "names no folder with a package.json"},
		{name: "one outside", setting: "../x", files: map[string]string{"package.json": "{}"}, err: "names no folder with a package.json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := workshop(t, row.files, map[string]string{"BP_NODE_PROJECT_PATH": row.setting})
			env, err := provide(t.Context(), s, []string{"npm", "yarn"})
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			dirs := filepath.SplitList(env["PATH"])
			if got := strings.Join(languagetest.Names(t, dirs[0]), " "); got != row.want || dirs[len(dirs)-1] != "/usr/bin" {
				t.Errorf("PATH begins with programs %s, want %s: %v", got, row.want, dirs)
			}
			if got := languagetest.Read(t, filepath.Join(dirs[1], "node")); got != row.version {
				t.Errorf("Node.js is %.20s, want %s", got, row.version)
			}
			if env["npm_config_cache"] == "" {
				t.Error("npm has no cache in a layer")
			}
		})
	}
}
