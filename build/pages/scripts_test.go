package pages

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestScriptsAmongPagesAreTold: they are shown as they are.
func TestScriptsAmongPagesAreTold(t *testing.T) {
	for _, row := range []struct{ file, want string }{
		{"backend/ip.php", "visitors get the text of scripts that nothing runs: backend/ip.php; BP_WHITTLE_LANGUAGE=php has PHP run them"},
		{"vendor/a/b.php", ""},
		{"a.php.txt", ""},
		{"x.php/index.html", ""},
	} {
		root := t.TempDir()
		languagetest.Write(t, root, map[string]string{row.file: "<?php $password = 1;", "index.html": ""})
		var log strings.Builder
		p := Site{}
		p.Root = root
		if err := p.warnOfScripts(language.NewLog(&log, languagetest.Noon)); err != nil {
			t.Fatal(err)
		}
		if got := log.String(); (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: got %q", row.file, got)
		}
	}
}
