package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

// TestVariablesOfBuildsAndProcesses: a build is one for production and none of CI's, where front ends take warnings for errors, unless
// somebody says so; servers that read HOST, such as Astro's, listen everywhere.
func TestVariablesOfBuildsAndProcesses(t *testing.T) {
	for _, row := range []struct{ env, ci, mode string }{{"", "", "production"}, {"CI=true", "true", "production"}, {"NODE_ENV=staging", "", "staging"}} {
		name, value, _ := strings.Cut(row.env, "=")
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}}`, "package-lock.json": lock}, map[string]string{name: value})
		var seen map[string]string
		sh.does["npm run"] = func(string) error { seen = sh.env; return nil }
		var launch map[string]string
		keep := s.Keep
		s.Keep = func(l language.Layer, key string) {
			if l.Name == "node" && l.Launch {
				launch = l.Env
			}
			keep(l, key)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if seen["CI"] != row.ci || seen["NODE_ENV"] != row.mode {
			t.Errorf("%s: the build has CI=%q, NODE_ENV=%q", row.env, seen["CI"], seen["NODE_ENV"])
		}
		if diff := cmp.Diff(map[string]string{"HOST": "0.0.0.0", "NODE_ENV": "production", "PORT": "8080"}, launch); diff != "" {
			t.Errorf("%s: processes have %s", row.env, diff)
		}
	}
}
