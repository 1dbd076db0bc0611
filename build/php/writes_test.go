package php

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFoldersThatMayBeWrittenTo names folders of data that a .htaccess closes, and those that are kept empty, but for apps of a framework, of which
// it is known what they write to.
func TestFoldersThatMayBeWrittenTo(t *testing.T) {
	const deny, writes = "Require all denied\n", "<?php\nif (!is_writable('./data/pages')) { die; }\ndefine('LOGS', __DIR__ . '/logs');\n$lib = __DIR__ . '/inc/a.php';\n"
	wiki := map[string]string{
		"index.php": writes, "data/.htaccess": deny, "data/pages/start.txt": "Welcome", "inc/.htaccess": deny, "inc/a.php": "<?php\n", "logs/.gitkeep": "", "conf/.htaccess": deny, "conf/local.php": "<?php\n",
	}
	for _, row := range []struct {
		name string
		with map[string]string
		want []string
	}{
		{"data and logs", nil, []string{"data", "logs"}},
		{"nothing writes", map[string]string{"index.php": "<?php\nreadfile('data/a');\n"}, nil},
		{"a framework", map[string]string{"wp-load.php": "", "wp-includes/version.php": ""}, nil},
	} {
		a := &app{Site: languagetest.Site(t, nil), web: &site{root: "."}}
		languagetest.Write(t, a.Dir, language.With(wiki, row.with))
		a.framework = a.findFramework()
		got := a.mayWrite()
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}
