package ruby

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestDatabaseThatNobodyCanWriteTo has Rails' production in files of SQLite's and elsewhere.
func TestDatabaseThatNobodyCanWriteTo(t *testing.T) {
	for _, row := range []struct {
		text string
		want string
	}{
		{"default: &default\n  adapter: sqlite3\n\ntest:\n  database: db/test.sqlite3\n\nproduction:\n  <<: *default\n  # kept\n\n  database: db/production.sqlite3\n", "db/production.sqlite3 of config/database.yml lies in none of the folders"},
		{"production:\n  database: storage/production.sqlite3\n", ""},
		{"production:\n  <<: *default\n  url: x\n\nother:\n  database: db/x.sqlite3\n", ""},
		{"production:\n  database: <%= ENV[\"DB\"] %>\n", ""},
		{"production:\n  database: /data/x.sqlite3\n", ""},
		{"production:\n  database: shop_production\n", ""},
	} {
		r := &ruby{Site: languagetest.Site(t, nil), report: report{Lock: &lock{Specs: []spec{{Name: "railties", Here: true}, {Name: "sqlite3", Here: true}}}}}
		languagetest.Write(t, r.Dir, map[string]string{"config/application.rb": "", "config/database.yml": row.text})
		r.tellDatabase()
		if got := strings.Join(r.notes, "\n"); !strings.HasPrefix(got, row.want) || (row.want == "") != (got == "") {
			t.Errorf("%q: %q, want %q", row.text, got, row.want)
		}
	}
}
