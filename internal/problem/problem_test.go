package problem

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProblemsTellNoSecretsAndCommandNoTerminal has a server's words and an index's credentials in a problem.
func TestProblemsTellNoSecretsAndCommandNoTerminal(t *testing.T) {
	p := &Problem{What: "no \x1b[2Jpackage", Evidence: []string{"Looking in indexes: https://bob:T0KEN@host/simple\r\nb"}, Next: "x\a"}
	if diff := cmp.Diff("\nERROR: no \\u001b[2Jpackage\n  Looking in indexes: https://…@host/simple\\u000d\n  b\nNext: x\\u0007\n", p.Error()); diff != "" {
		t.Error(diff)
	}
}

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
