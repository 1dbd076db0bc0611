package ruby

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`File.write(name, x)`:    true,
		`FileUtils.mkdir_p(dir)`: true,
		`File.open(n, "wb")`:     true,
		`File.read(x)`:           false,
		`File.open(x)`:           false,
	} {
		if got := writing.Writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestFoldersThatAreMade finds the paths of folders that an app makes.
func TestFoldersThatAreMade(t *testing.T) {
	languagetest.Groups(t, writing.Direct, map[string]string{
		`FileUtils.mkdir_p("uploads")`: "uploads", `Dir.mkdir 'data' unless Dir.exist?('data')`: "data",
		`FileUtils.mkdir_p(dir)`: "", `FileUtils.mkdir_p "/data"`: "",
	})
}
