package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// convention is something that real projects rely on: an app, what is run when it is built, and what starts.
type convention struct {
	name      string
	files     map[string]string
	env       map[string]string
	processes []language.Process
	does      does
	ran       []string
	starts    string // the processes, or a part of the error
}

type does = map[string]func(*shop) func(string) error

func installs(packages ...string) func(*shop) func(string) error {
	return func(s *shop) func(string) error { return s.installs(packages...) }
}

func leaves(files ...string) func(*shop) func(string) error {
	return func(s *shop) func(string) error { return s.makes(files...) }
}

func (row convention) check(t *testing.T) {
	s, sh, _ := workshop(t, row.files, row.env)
	s.Processes = row.processes
	for begin, do := range row.does {
		sh.does[begin] = do(sh)
	}
	made, err := compile(t.Context(), s)
	if want, failing := strings.CutPrefix(row.starts, "ERROR"); failing {
		languagetest.Has(t, err, want)
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row.ran, sh.ran); diff != "" {
		t.Errorf("ran: %s", diff)
	}
	switch {
	case err != nil:
	case strings.HasPrefix(row.starts, "site "):
		folder, missing, _ := strings.Cut(strings.TrimPrefix(row.starts, "site "), ", ")
		checkSite(t, s, made, folder, missing)
	default:
		want := strings.ReplaceAll(row.starts, "DIR", s.Dir)
		if got := strings.Join(starts(made), ", "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
