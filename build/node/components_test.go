package node

import (
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestLocksTellWhatPinsAPackage reads a line of each form that locks have.
func TestLocksTellWhatPinsAPackage(t *testing.T) {
	for _, row := range []struct{ manager, lock, want string }{
		{"npm", "{\n\"express\": \"^4\",\n  \"node_modules/express\": {\n", "lock:3"},
		{"npm", "{\n  \"express\": {\n", "lock:2"},
		{"pnpm", "packages:\n  express@4.1.0(peer@1):\n", "lock:2"},
		{"pnpm", "packages:\n  /express/4.1.0:\n", "lock:2"},
		{"pnpm", "packages:\n\n  'express@4.1.0':\n", "lock:3"},
		{"yarn", "# yarn\n\"other@^1\", \"express@^5\":\nexpress@^4.0.0, express@^4.1.0:\n", "lock:3"},
		{"yarn", "\"express@npm:^4.0.0, express@npm:^4.1.0\":\n", "lock:1"},
		{"bun", "\"express\": \"^4\",\n  \"express\": [\"express@4.1.0\",\n", "lock:2"},
		{"yarn", "\n", ""},
	} {
		a := &app{manager: manager{tool: tool{name: row.manager}, lock: "lock"}}
		got := a.origin(linesOf(row.lock), language.Component{Name: "express", Version: "4.1.0"})
		if got != row.want {
			t.Errorf("%s %q: got %q, want %q", row.manager, row.lock, got, row.want)
		}
	}
}

// TestPackagesNamesMakeNoOtherPackageURL has names and versions that would be parts of a URL of their own.
func TestPackagesNamesMakeNoOtherPackageURL(t *testing.T) {
	for _, row := range [][3]string{
		{"left-pad", "1.0.0", "pkg:npm/left-pad@1.0.0"},
		{"@acme/left-pad", "1.0.0", "pkg:npm/%40acme/left-pad@1.0.0"},
		{"a?vcs_url=x#y@2", "1?x@3", "pkg:npm/a%3Fvcs_url%3Dx%23y%402@1%3Fx%403"},
		{"a\x1b[2J", "1\n", "pkg:npm/a%1B%5B2J@1%0A"},
	} {
		if got := purl(row[0], row[1]); got != row[2] {
			t.Errorf("%q %q: got %s, want %s", row[0], row[1], got, row[2])
		}
	}
}
