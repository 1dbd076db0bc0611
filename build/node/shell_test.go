package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShells finds the files that run commands by a shell.
func TestShells(t *testing.T) {
	a := lookAt(t, map[string]string{
		"package.json":            "{}",
		"named.js":                "const cp = require('child_process');\ncp.exec('cat x')",
		"lib/imported.mjs":        "import * as run from 'node:child_process'\nrun.execSync(`dot -Tpng`)",
		"taken.ts":                "import { spawn, exec } from \"child_process\";",
		"required.cjs":            "const { execSync } = require('child_process')",
		"at-once.js":              "require('child_process').execSync('ls')",
		"spawn.js":                "const { spawn, execFile } = require('child_process')\nspawn('ls')",
		"pattern.js":              "const cp = require('child_process');\n/x/.exec(cp.execFileSync('ls'))",
		"other.js":                "const db = require('db');\ndb.exec('select 1')",
		"test/a.js":               "require('child_process').exec('ls')",
		"a.test.js":               "require('child_process').exec('ls')",
		"node_modules/a/index.js": "require('child_process').exec('ls')",
	}, nil)
	if diff := cmp.Diff([]string{"at-once.js", "lib/imported.mjs", "named.js", "required.cjs", "taken.ts"}, a.shells()); diff != "" {
		t.Error(diff)
	}
}
