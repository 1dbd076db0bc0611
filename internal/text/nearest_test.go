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

func TestNear(t *testing.T) {
	for _, row := range []struct {
		word, want string
		near       bool
	}{{"gunicron", "gunicorn", true}, {"servre.js", "server.js", true}, {"node", "gunicorn", false}, {"", "server.js", false}} {
		got, near := Near(row.word, []string{"gunicorn", "server.js"})
		if near != row.near || near && got != row.want {
			t.Errorf("%s: got %q, %v", row.word, got, near)
		}
	}
}
