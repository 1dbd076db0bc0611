package debian

import "testing"

// TestWholeInterpreters: who asks for python3 means it with its standard library.
func TestWholeInterpreters(t *testing.T) {
	for name, want := range map[string]string{"python3-minimal": "python3", "perl-base": "perl-base", "bash": "bash", "": ""} {
		if got := Whole(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
