package golang

import "testing"

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
		if got := writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}
