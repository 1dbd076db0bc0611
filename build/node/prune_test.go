package node

import (
	"bytes"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPruneOfAnOldNpm goes on where an npm 5 fails to leave out development packages, and not where a newer one does.
func TestPruneOfAnOldNpm(t *testing.T) {
	for version, goesOn := range map[string]bool{"5.3.0": true, "6.14.18": false} {
		s, sh, r := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "package-lock.json": lock}, map[string]string{"BP_NPM_VERSION": version})
		r.add(t, "npm", "5.3.0", map[string]string{"package.json": `{"name": "npm", "version": "5.3.0"}`, "bin/npm-cli.js": ""})
		sh.fails["npm prune"] = "npm ERR! Cannot read property 'match' of undefined"
		var out bytes.Buffer
		s.Log = language.NewLog(&out, languagetest.Noon)
		_, err := compile(t.Context(), s)
		if told := strings.Contains(out.String(), "they stay in the image"); (err == nil) != goesOn || told != goesOn {
			t.Errorf("npm %s: %v:\n%s", version, err, out.String())
		}
	}
}
