package node

import "testing"

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`fs.writeFileSync(file, x)`:       true,
		`const upload = multer({ dest })`: true,
		`open("app.sqlite")`:              true,
		`fs.readFileSync(a)`:              false,
		`rewriteFiles(a)`:                 false,
	} {
		if got := writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}
