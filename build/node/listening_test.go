package node

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`fs.writeFileSync(file, x)`:       true,
		`const upload = multer({ dest })`: true,
		`open("app.sqlite")`:              true,
		`fs.readFileSync(a)`:              false,
		`rewriteFiles(a)`:                 false,
	} {
		if got := writing.Writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestFoldersThatAreMade finds the paths of folders that an app makes.
func TestFoldersThatAreMade(t *testing.T) {
	languagetest.Groups(t, writing.Direct, map[string]string{
		`fs.mkdirSync("./uploads", { recursive: true })`: "./uploads", `await fs.mkdir('data/db')`: "data/db", `multer({ dest: 'uploads/' })`: "uploads",
		`fs.mkdirSync(dir)`: "", `fs.mkdir("/data")`: "", `const a = { dest: 'uploads' }`: "",
	})
}
