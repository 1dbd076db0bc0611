package problem

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProblem(t *testing.T) {
	cause := errors.New("cause")
	p := &Problem{What: "it is wrong", Evidence: []string{"a\nb\n", "c"}, Next: "Do it.", Err: cause}
	if diff := cmp.Diff("\nERROR: it is wrong\n  a\n  b\n  c\nNext: Do it.\n", p.Error()); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(p, cause) {
		t.Error("the cause is lost")
	}
	if got := (&Problem{What: "it is wrong"}).Error(); got != "\nERROR: it is wrong\n" {
		t.Errorf("got %q", got)
	}
}
