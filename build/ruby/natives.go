package ruby

import (
	"io/fs"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

// natives are gems that are compiled with libraries of Debian, and the packages that each one's own instructions name.
var natives = []struct {
	gem      string
	packages []string
}{
	{"charlock_holmes", []string{"libicu-dev", "zlib1g-dev"}},
	{"curb", []string{"libcurl4-openssl-dev"}},
	{"ffi", []string{"libffi-dev"}},
	{"fiddle", []string{"libffi-dev"}},
	{"gpgme", []string{"libgpgme-dev"}},
	{"hiredis-client", []string{"libssl-dev"}},
	{"idn-ruby", []string{"libidn-dev"}},
	{"libxml-ruby", []string{"libxml2-dev"}},
	{"mysql2", []string{"libmariadb-dev", "libmariadb-dev-compat"}},
	{"nokogiri", []string{"libxml2-dev", "libxslt1-dev"}},
	{"openssl", []string{"libssl-dev"}},
	{"patron", []string{"libcurl4-openssl-dev"}},
	{"pg", []string{"libpq-dev"}},
	{"psych", []string{"libyaml-dev"}},
	{"rmagick", []string{"libmagickwand-dev"}},
	{"ruby-filemagic", []string{"libmagic-dev"}},
	{"rugged", []string{"libssl-dev"}},
	{"snappy", []string{"libsnappy-dev"}},
	{"sqlite3", []string{"libsqlite3-dev"}},
	{"tiny_tds", []string{"freetds-dev"}},
	{"trilogy", []string{"libssl-dev"}},
	{"zlib", []string{"zlib1g-dev"}},
	// What evaluates JavaScript when assets are compiled.
	{"execjs", []string{"nodejs"}},
}

var (
	lockLine    = regexp.MustCompile(`(?m)^    ([A-Za-z0-9._-]+) \(([^)\s]+)\)\s*$`)
	gemfileLine = regexp.MustCompile(`(?m)^\s*gem[\s(]+["']([A-Za-z0-9._-]+)["']`)
)

// nativePackages are the Debian packages that the app's gems are compiled with. A gem of which the lock has a binary for
// Linux is not compiled.
func nativePackages(files fs.FS, _ map[string]string, _ builders.Builder) []language.BuildPackage {
	by, named := "Gemfile.lock", map[string]bool{}
	text := ""
	for _, name := range []string{"gems.locked", "Gemfile.lock"} {
		if found, ok, err := language.ReadText(files, name); err == nil && ok {
			by, text = name, found
		}
	}
	if text == "" {
		by = "Gemfile"
		found, _, _ := language.ReadText(files, by) // it is read again, and told then
		for _, m := range gemfileLine.FindAllStringSubmatch(found, -1) {
			named[m[1]] = true
		}
	}
	for _, m := range lockLine.FindAllStringSubmatch(text, -1) {
		if binary := strings.Contains(m[2], "-x86_64-linux") || strings.Contains(m[2], "-aarch64-linux"); binary || !strings.Contains(m[2], "-") {
			if compiled, known := named[m[1]]; !known || compiled {
				named[m[1]] = !binary
			}
		}
	}
	var all []language.BuildPackage
	for _, n := range natives {
		if !named[n.gem] {
			continue
		}
		for _, p := range n.packages {
			all = append(all, language.BuildPackage{Name: p, By: n.gem + " in " + by})
		}
	}
	return all
}

// nativeEnv are the variables by which gems that have a library's source with them are compiled with Debian's, which gets
// its fixes.
func nativeEnv(p report) map[string]string {
	env := map[string]string{}
	if p.has("nokogiri") {
		env["NOKOGIRI_USE_SYSTEM_LIBRARIES"] = "true"
	}
	if p.has("sqlite3") {
		env["BUNDLE_BUILD__SQLITE3"] = "--enable-system-libraries"
	}
	return env
}
