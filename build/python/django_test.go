package python

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestStaticFilesAreCollected where the settings say where, and a failure is told and does not fail the build.
func TestStaticFilesAreCollected(t *testing.T) {
	const manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nfrom django.core.management import execute_from_command_line\n"
	for _, row := range []struct {
		name, settings, setting string
		heroku                  string // its variable that forbids it, or its file
		fails                   bool
		ran                     bool
		log                     string
	}{
		{name: "with STATIC_ROOT", settings: "STATIC_ROOT = BASE_DIR / 'static'\n", ran: true, log: "2 static files copied"},
		{name: "without", settings: "STATIC_URL = 'static/'\n"},
		{name: "not wanted", settings: "STATIC_ROOT = 'x'\n", setting: "false"},
		{name: "not wanted, by Heroku's variable", settings: "STATIC_ROOT = 'x'\n", heroku: "1", log: "not collected: DISABLE_COLLECTSTATIC is set"},
		{name: "wanted, by Heroku's variable", settings: "STATIC_ROOT = 'x'\n", heroku: "0", ran: true},
		{name: "not wanted, by Heroku's file", settings: "STATIC_ROOT = 'x'\n", heroku: ".heroku/collectstatic_disabled", log: "not collected: .heroku/collectstatic_disabled is there"},
		{name: "settings that want a database", settings: "STATIC_ROOT = 'x'\n", fails: true, ran: true, log: "are not collected: KeyError: 'DATABASE_URL' (line 3 of site/shop/settings.py: URL = env['DATABASE_URL'])"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ran language.Command
			var p *python
			p = newPython(t, func(_ context.Context, c language.Command) error {
				ran = c
				if row.fails {
					return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: "  File \"" + p.Dir + "/site/shop/settings.py\", line 3, in <module>\n    URL = env['DATABASE_URL']\n          ~~~^^^\n  File \"<frozen os>\", line 717, in __getitem__\nKeyError: 'DATABASE_URL'\n"}
				}
				_, err := c.Stdout.Write([]byte("\n2 static files copied to 'static'.\n"))
				return err
			})
			var log bytes.Buffer
			p.Log = language.NewLog(&log, languagetest.Noon)
			p.Env = map[string]string{"BP_DJANGO_COLLECTSTATIC": row.setting, "SECRET_KEY": "mine"}
			files := map[string]string{"requirements.txt": "django\n", "site/manage.py": manage, "site/shop/settings.py": row.settings, "site/shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"}
			if strings.Contains(row.heroku, "/") {
				files[row.heroku] = ""
			} else {
				p.Env["DISABLE_COLLECTSTATIC"] = row.heroku
			}
			languagetest.Write(t, p.Dir, files)
			p.Files = languagetest.Files(files)
			var err error
			if p.plan, err = makePlan(t.Context(), p.Files, asker{markers: onLinux{}, python: "3.13.5"}); err != nil {
				t.Fatal(err)
			}
			if p.begin, err = findStart(p.Files, p.plan); err != nil {
				t.Fatal(err)
			}
			if err := p.collectStatic(t.Context()); err != nil {
				t.Fatal(err)
			}
			if (ran.Args != nil) != row.ran || !strings.Contains(log.String(), row.log) {
				t.Errorf("ran %q, the log is %s", ran.Args, log.String())
			}
			if row.ran && (ran.Dir != filepath.Join(p.Dir, "site") || ran.Env["SECRET_KEY"] != "mine" || ran.Env["DJANGO_SECRET_KEY"] == "") {
				t.Errorf("it ran in %s, with %v", ran.Dir, ran.Env)
			}
		})
	}
}
