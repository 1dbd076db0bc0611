package python

import (
	"context"
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestCheckTellsBeforeAnythingIsFetched holds apps of psycopg2, which is compiled with packages of Debian, against what is known
// before: only the interpreter is asked for its version.
func TestCheckTellsBeforeAnythingIsFetched(t *testing.T) {
	const requirements, app = "psycopg2==2.9.9\nflask==3.1.0\n", "from flask import Flask\napp = Flask(__name__)\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		err   string
	}{
		{name: "nothing stands against it", files: map[string]string{"requirements.txt": requirements, "app.py": app}},
		{name: "no such version", files: map[string]string{"requirements.txt": requirements, "app.py": app, "runtime.txt": "python-3.99.99\n"}, err: "there is no Python 3.99"},
		{name: "nonsense", files: map[string]string{"requirements.txt": requirements, "app.py": app, "runtime.txt": "python-<%= version %>\n"}, err: "cannot read the version of Python in runtime.txt line 1"},
		{name: "a lock out of date", files: map[string]string{"Pipfile": "[packages]\npsycopg2 = \"*\"\n", "Pipfile.lock": `{"_meta":{"pipfile-spec":6},"default":{}}`, "app.py": app}, err: "Pipfile.lock is out of date"},
		{name: "no start command", files: map[string]string{"requirements.txt": requirements}, err: "nothing says how the app starts"},
		{name: "a setting", files: map[string]string{"requirements.txt": requirements, "app.py": app}, env: map[string]string{"BP_PYTHON_STRICT": "perhaps"}, err: "neither true nor false"},
		{name: "another interpreter is fetched later", files: map[string]string{"requirements.txt": requirements, "app.py": app, "runtime.txt": "python-3.12\n"}, env: map[string]string{"BP_PYTHON_SOURCE": "standalone"}},
		{name: "the lock is made later", files: map[string]string{"Pipfile": "[packages]\npsycopg2 = \"*\"\n", "Pipfile.lock": `{"_meta":{"pipfile-spec":6},"default":{}}`, "app.py": app}, env: map[string]string{"BP_LOCK": "update"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := languagetest.Site(t, func(_ context.Context, c language.Command) error {
				if strings.Join(c.Args, " ") != systemPython+" --version" {
					t.Errorf("it runs %q", c.Args)
				}
				_, err := c.Stdout.Write([]byte("Python 3.13.5\n"))
				return err
			})
			languagetest.Write(t, s.Dir, row.files)
			s.Files, s.Env = os.DirFS(s.Dir), row.env
			languagetest.Has(t, check(t.Context(), s), row.err)
			if left := languagetest.Names(t, s.Dir); len(left) != len(row.files) {
				t.Errorf("the app's folder has %v", left)
			}
		})
	}
}
