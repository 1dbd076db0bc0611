package ruby

import "testing"

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`File.write(name, x)`:    true,
		`FileUtils.mkdir_p(dir)`: true,
		`File.open(n, "wb")`:     true,
		`File.read(x)`:           false,
		`File.open(x)`:           false,
	} {
		if got := writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}
