package languagetest

import (
	"fmt"
	"strings"
	"testing"
)

// Problems are what builds of broken projects tell. The whole texts are a golden file: a user reads nothing else.
type Problems struct{ all strings.Builder }

// Add adds the error of a build, which has to fail, without what is of this run alone: plain replaces it.
func (p *Problems) Add(t *testing.T, name string, err error, plain func(string) string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: it is built", name)
		return
	}
	fmt.Fprintf(&p.all, "-- %s --\n%s\n", name, strings.TrimSpace(plain(err.Error())))
}

// Golden holds them against the package's problems.txt.
func (p *Problems) Golden(t *testing.T) {
	t.Helper()
	Golden(t, "problems.txt", p.all.String())
}
