package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestCorpora reads nltk.txt, whose names become arguments of a program.
func TestCorpora(t *testing.T) {
	for _, row := range []struct{ name, text, want, err string }{
		{"one a line", "city_database\nstopwords\n", "city_database stopwords", ""},
		{"several a line, comments", "# ours\nbrown punkt_tab # tokens\r\n\n omw-1.4", "brown punkt_tab omw-1.4", ""},
		{"nothing", "\n", "", ""},
		{"no name", "brown\ninvalid!\n", "", `line 2: "invalid!" is no name of NLTK's data`},
		{"an option", "--help\n", "", `line 1: "--help" is no name`},
		{"a path", "../../etc\n", "", `"../../etc" is no name`},
	} {
		t.Run(row.name, func(t *testing.T) {
			names, err := corpora(languagetest.Files(map[string]string{"nltk.txt": row.text}))
			if languagetest.Has(t, err, row.err); strings.Join(names, " ") != row.want {
				t.Errorf("got %q", names)
			}
		})
	}
	if names, err := corpora(languagetest.Files(nil)); err != nil || names != nil {
		t.Errorf("without a file: %v %v", names, err)
	}
}

// TestAddCorpora has a downloader of NLTK that leaves an archive beside what was in it, and one that never unpacks.
func TestAddCorpora(t *testing.T) {
	for _, row := range []struct {
		name      string
		installed bool
		fails     bool
		want      []string // in the folder of data
		err       string
	}{
		{name: "unpacked", installed: true, want: []string{"corpora/brown/README", "corpora/wordnet.zip"}},
		{name: "NLTK is not there"},
		{name: "no such data", installed: true, fails: true, err: "NLTK cannot get the data that nltk.txt names\n  Error loading brown: Package 'brown' not found in\n  NLTK got no brown\nNext: Correct the name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ran []string
			p := newPython(t, func(_ context.Context, c language.Command) error {
				ran = c.Args
				if row.fails {
					fmt.Fprint(c.Stderr, "[nltk_data] Error loading brown: Package 'brown' not found in\n[nltk_data]     index\nNLTK got no brown\n")
					return errors.New("exit status 1")
				}
				languagetest.Write(t, c.Args[2], map[string]string{"corpora/brown/README": "x", "corpora/brown.zip": "x", "corpora/wordnet.zip": "x"})
				return nil
			})
			if row.installed {
				languagetest.Write(t, p.sitePackages(), map[string]string{"nltk/__init__.py": ""})
			}
			p.corpora = []string{"brown", "wordnet"}
			languagetest.Has(t, p.addCorpora(t.Context()), row.err)
			if (len(ran) > 0) != row.installed {
				t.Errorf("ran %q", ran)
			}
			if row.err != "" {
				return
			}
			folder := filepath.Join(p.layer.Path, "nltk_data")
			var got []string
			if language.Exists(folder) {
				got = languagetest.Names(t, folder)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if row.installed {
				if _, err := os.Stat(ran[1]); err != nil || ran[2] != folder || strings.Join(ran[3:], " ") != "brown wordnet" {
					t.Errorf("ran %q: %v", ran, err)
				}
			}
		})
	}
}
