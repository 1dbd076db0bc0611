package build

import (
	"os"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestEnvComesForScripts looks for the app's own scripts that env starts.
func TestEnvComesForScripts(t *testing.T) {
	for _, row := range []struct {
		name, file, text string
		mode             os.FileMode
		shells           bool
		want             string
	}{
		{"a script", "bin/task", "#!/usr/bin/env python3\n", 0o755, false, "bin/task"},
		{"with an option", "task", "#! /usr/bin/env -S node --x\n", 0o755, false, "task"},
		{"not executable", "manage.py", "#!/usr/bin/env python3\n", 0o644, false, ""},
		{"another interpreter", "task", "#!/bin/sh\n", 0o755, false, ""},
		{"a name that begins so", "task", "#!/usr/bin/envoy\n", 0o755, false, ""},
		{"further down", "task", "\n#!/usr/bin/env python3\n", 0o755, false, ""},
		{"a package's", "node_modules/.bin/next", "#!/usr/bin/env node\n", 0o755, false, ""},
		{"a shell's", "task", "#!/usr/bin/env bash\n", 0o755, false, ""},
		{"a shell's, with an option", "task", "#!/usr/bin/env -S sh -e\n", 0o755, false, ""},
		{"a shell's, where one may be", "task", "#!/usr/bin/env bash\n", 0o755, true, "task"},
		{"a program whose name begins so", "task", "#!/usr/bin/env shout\n", 0o755, false, "task"},
		{"an empty file", "task", "", 0o755, false, ""},
	} {
		dir := t.TempDir()
		languagetest.Write(t, dir, map[string]string{row.file: row.text})
		if err := os.Chmod(dir+"/"+row.file, row.mode); err != nil {
			t.Fatal(err)
		}
		if got, err := envScript(dir, row.shells); got != row.want || err != nil {
			t.Errorf("%s: %q, %v", row.name, got, err)
		}
	}
}
