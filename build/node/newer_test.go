package node

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPackagesForNewerNode warns of packages that are for newer releases than the app's, before its build fails by them, and of none
// whose range ends before its release.
func TestPackagesForNewerNode(t *testing.T) {
	const begins = "packages of the app ask for a newer Node.js than 20.20.2, and may fail: "
	for _, row := range []struct{ name, scripts, engines, want string }{
		{"newer", `"start": "node x.js"`, ">=22.12.0", begins + "a 1.0.0 (>=22.12.0)\n"},
		{"before the build", `"build": "x", "start": "node x.js"`, "^22 || >=24", begins + "a 1.0.0 (^22 || >=24)\n"},
		{"a newer one of its line", `"start": "node x.js"`, "^20.99.0 || >=22", begins + "a 1.0.0 (^20.99.0 || >=22)\n"},
		{"older", `"start": "node x.js"`, "16 || 18", ""},
		{"any", `"start": "node x.js"`, ">=4", ""},
		{"none that can be read", `"start": "node x.js"`, "whatever", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{
				"package.json": `{"engines": {"node": "20"}, "scripts": {` + row.scripts + `}, "dependencies": {"a": "1", "../../x": "1"}}`, "package-lock.json": lock,
			}, nil)
			var log bytes.Buffer
			s.Log = language.NewLog(&log, languagetest.Noon)
			sh.does["npm ci"] = func(dir string) error {
				languagetest.Write(t, dir, map[string]string{"node_modules/a/package.json": fmt.Sprintf(`{"version": "1.0.0", "engines": {"node": "%s"}}`, row.engines)})
				return nil
			}
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			text := log.String()
			if row.want == "" && strings.Contains(text, "ask for a newer") || !strings.Contains(text, row.want) || strings.Contains(text, "\x1b") {
				t.Errorf("the log says:\n%s", text)
			}
			if at, build := strings.Index(text, begins), strings.Index(text, "npm run build"); build >= 0 && at > build {
				t.Errorf("it is told after the build:\n%s", text)
			}
		})
	}
}
