package php

import (
	"errors"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestBrokenProjectsAreTold builds projects that are broken.
func TestBrokenProjectsAreTold(t *testing.T) {
	const stale = `Installing dependencies from lock file
Verifying lock file contents can be installed on current platform.
- Required package "acme/hello" is in the lock file as "0.9.0" but that does not satisfy your constraint "^1".
- Required package "acme/world" is not present in the lock file.
This usually happens when composer files are incorrectly merged or the composer.json file is manually edited.
`
	page := map[string]string{"public/index.php": ""}
	var told languagetest.Problems
	for _, row := range []struct {
		name       string
		files, env map[string]string
		fails      map[string]string
		binding    bool
		alone      bool // without a page
	}{
		{name: "composer.json is no JSON", files: map[string]string{"composer.json": "{\n  \"require\": {\n    \"php\": \"^8.4\",\n  }\n}\n"}},
		{name: "a list where composer.json has none", files: map[string]string{"composer.json": `{"require": ["a/b"]}`}},
		{name: "an older PHP", files: map[string]string{"composer.json": `{"require":{"php":"8.2.*"}}`}},
		{name: "a package for an older PHP", files: map[string]string{"composer.json": `{"require":{"php":">=7"}}`, "composer.lock": `{"packages":[{"name":"acme/old","version":"1.4.0","require":{"php":"^7.4"}}]}`}},
		{name: "a version manager's file", files: map[string]string{".tool-versions": "nodejs 22\nphp 8.3.11\n"}},
		{name: "no version", files: map[string]string{"composer.json": `{"require":{"php":"nonsense"}}`}},
		{name: "a version file that is not UTF-8", files: map[string]string{".php-version": "\xff\xfe8\x00.\x004\x00"}},
		{name: "an extension that Debian has not", files: map[string]string{"composer.json": `{"require":{"ext-imap":"*"}}`}},
		{name: "a misspelt extension", env: map[string]string{"BP_PHP_EXTENSIONS": "reddis"}},
		{name: "a stale lock", files: map[string]string{"composer.json": "{}", "composer.lock": "{}"}, fails: map[string]string{"composer install": stale}},
		{name: "nothing to start", alone: true, files: map[string]string{"composer.json": "{}", "src/App.php": ""}},
		{name: "no such folder", env: map[string]string{"BP_PHP_WEB_DIR": "htdocs"}},
		{name: "a folder outside", env: map[string]string{"BP_PHP_WEB_DIR": "../other"}},
		{name: "Apache's configuration is broken", files: map[string]string{"httpd.conf": "Listen 80\nDocumentRoot \"public\n"}},
		{name: "PHP's settings for another server", env: map[string]string{"BP_PHP_SERVER": "httpd"}, files: map[string]string{"public/.htaccess": "RewriteEngine on\nphp_value upload_max_filesize 64M\n"}},
		{name: "a command after the server", files: map[string]string{"Procfile": "web: heroku-php-nginx public/ && echo done\n"}},
		{name: "a scaffold that does not come", alone: true, files: map[string]string{"composer.json": `{"extra":{"public-dir":"public/"}}`}},
		{name: "a binding without its file", binding: true, files: map[string]string{"composer.json": "{}", "composer.lock": "{}"}},
	} {
		site := languagetest.Site(t, (&toolbox{fails: row.fails}).run)
		site.Env = row.env
		if !row.alone {
			languagetest.Write(t, site.Dir, page)
		}
		languagetest.Write(t, site.Dir, row.files)
		for line := range strings.Lines(row.files["Procfile"]) {
			name, command, _ := strings.Cut(strings.TrimSpace(line), ": ")
			site.Processes = append(site.Processes, language.Process{Type: name, Line: command, Why: "Procfile"})
		}
		if row.binding {
			site.Bindings = func(kind string) []language.Binding {
				return []language.Binding{{Name: "private", Type: kind, Dir: t.TempDir(), Files: []string{"token"}}}
			}
		}
		_, err := compile(t.Context(), site)
		if problem, ok := errors.AsType[*language.Problem](err); ok {
			err = problem // as the build tells it
		}
		told.Add(t, row.name, err, strings.NewReplacer(site.Dir, "/workspace").Replace)
	}
	told.Golden(t)
}
