package node

import (
	"strings"
	"testing"
)

// TestTwoLocks takes the lock that package.json is satisfied by, where nothing says who keeps which.
func TestTwoLocks(t *testing.T) {
	const fits = `{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.2.3"}}}`
	for _, row := range []struct {
		name, manifest, yarn, npm string
		ran                       string // the installation, or a part of the error
	}{
		{"both fit", `{"dependencies": {"a": "1"}}`, "a@1:\n", fits, "yarn install --non-interactive --frozen-lockfile --production=true"},
		{"npm's alone fits", `{"dependencies": {"a": "1"}}`, "b@1:\n", fits, "npm ci --omit=dev"},
		{"none fits", `{"dependencies": {"a": "2"}}`, "b@1:\n", fits, "yarn.lock does not fit package.json"},
		{"the manager is named", `{"dependencies": {"a": "1"}, "packageManager": "yarn@1.22.22"}`, "b@1:\n", fits, "yarn.lock does not fit package.json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{"package.json": row.manifest, "server.js": "", "yarn.lock": row.yarn, "package-lock.json": row.npm}, nil)
			if strings.HasPrefix(row.ran, "yarn.lock") {
				sh.fails["yarn"] = "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`."
			}
			_, err := compile(t.Context(), s)
			if got := strings.Join(sh.ran, ", "); got != row.ran && (err == nil || !strings.Contains(err.Error(), row.ran)) {
				t.Errorf("got %s, %v, want %s", got, err, row.ran)
			}
		})
	}
}
