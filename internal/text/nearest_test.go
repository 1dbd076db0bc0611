package text

import "testing"

func TestNearest(t *testing.T) {
	for _, row := range []struct {
		word, want string
		candidates []string
	}{
		{"run.slice", "run.slices", []string{"build.packages", "run.slices", "run.image"}},
		{"libgmp", "libgmp3", []string{"libgmp10", "libgmp3"}},
		{"ab", "ac", []string{"ac", "ad"}}, // equal distances: the first
		{"x", "", nil},
	} {
		if got := Nearest(row.word, row.candidates); got != row.want {
			t.Errorf("%s: got %q, want %q", row.word, got, row.want)
		}
	}
}
