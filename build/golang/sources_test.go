package golang

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`os.WriteFile(a, b, 0o644)`:         true,
		`f, err := os.Create(name)`:         true,
		`sql.Open("sqlite", "data/app.db")`: true,
		`os.ReadFile(a)`:                    false,
		`os.Open(x)`:                        false,
		`Created(a)`:                        false,
	} {
		if got := writing.Writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestFoldersThatAreMade finds the paths of folders that an app makes.
func TestFoldersThatAreMade(t *testing.T) {
	languagetest.Groups(t, writing.Direct, map[string]string{
		`os.MkdirAll("uploads", 0o755)`: "uploads", `err := os.Mkdir("./data/db", os.ModePerm)`: "./data/db",
		`os.MkdirAll(dir, 0o755)`: "", `os.MkdirAll("/data", 0o755)`: "", `os.MkdirTemp("", "uploads")`: "",
	})
}
