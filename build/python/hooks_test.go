package python

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestHooksOfHeroku are named, since they are not run.
func TestHooksOfHeroku(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"none", map[string]string{"bin/compile": "", "bin/run": ""}, ""},
		{"one", map[string]string{"bin/post_compile": "exit 1"}, "bin/post_compile of Heroku's buildpack: not run"},
		{"both", map[string]string{"bin/post_compile": "", "bin/pre_compile": ""}, "bin/pre_compile, bin/post_compile of Heroku's buildpack: not run"},
	} {
		var log strings.Builder
		p := newPython(t, nil)
		p.Log, p.Files = language.NewLog(&log, languagetest.Noon), languagetest.Files(row.files)
		if err := p.tellHooks(t.Context()); err != nil || !strings.Contains(log.String(), row.want) || (row.want == "") != (log.String() == "") {
			t.Errorf("%s: %v, %s", row.name, err, &log)
		}
	}
}
