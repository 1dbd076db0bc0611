package ruby

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// inProduction is the database of Rails' production as a file of SQLite's, by a path below the app's folder.
var inProduction = regexp.MustCompile(`(?m)^production:[^\n]*\n(?:(?:[ \t#][^\n]*)?\n)*?[ \t]+database:[ \t]*["']?([\w.-]+(?:/[\w.-]+)*\.(?:sqlite3?|db))["']?[ \t]*$`)

// tellDatabase tells of a database that lies where nobody can write in the image, as apps of Rails before 7.1 have it: migrations lie in
// the same folder, so that it is not opened to everybody.
func (r *ruby) tellDatabase() {
	const file = "config/database.yml"
	if len(r.writable()) == 0 || !r.has("sqlite3") {
		return
	}
	text, _, err := language.ReadText(r.Files, file)
	if err != nil {
		return // Rails tells more of it
	}
	found := inProduction.FindStringSubmatch(text)
	if found == nil {
		return
	}
	if first, _, _ := strings.Cut(found[1], "/"); slices.Contains(r.writable(), first) {
		return
	}
	r.notes = append(r.notes, found[1]+" of "+file+" lies in none of the folders that are writable in the image (log, storage, tmp): keep it below storage, where a volume is mounted (storage/"+path.Base(found[1])+"), or set DATABASE_URL when it runs")
}
