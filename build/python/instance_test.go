package python

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestInstanceFolder has Flask apps that keep files of their own, in the forms in which they say so.
func TestInstanceFolder(t *testing.T) {
	const app = "from flask import Flask\napp = Flask(__name__)\n"
	for _, row := range []struct {
		name, dists string
		files       map[string]string
		want        string
	}{
		{name: "a factory", files: map[string]string{"flaskr/__init__.py": "import os\nfrom flask import Flask\ndef create_app():\n    app = Flask(__name__, instance_relative_config=True)\n    os.makedirs(app.instance_path, exist_ok=True)\n    return app\n"}, want: "instance"},
		{name: "a package in src", files: map[string]string{"src/shop/__init__.py": app, "src/shop/db.py": "import os\nfrom flask import current_app\nos.path.join(current_app.instance_path, 'x')\n"}, want: "src/instance"},
		{name: "a folder that the app is started in", files: map[string]string{"backend/app.py": "import models\n" + app + "app.open_instance_resource('x')\n", "backend/models.py": ""}, want: "backend/instance"},
		{name: "a database by a relative path", dists: "flask-sqlalchemy", files: map[string]string{"app.py": app, "config.py": "SQLALCHEMY_DATABASE_URI = 'sqlite:///shop.db'\n"}, want: "instance"},
		{name: "a database by an absolute path", dists: "flask-sqlalchemy", files: map[string]string{"app.py": app + "app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:////data/shop.db'\n"}},
		{name: "a database of SQLAlchemy alone", dists: "sqlalchemy", files: map[string]string{"app.py": app + "create_engine('sqlite:///shop.db')\n"}},
		{name: "none", files: map[string]string{"app.py": app}},
		{name: "another framework", files: map[string]string{"app.py": "x.instance_path\n"}},
	} {
		row.files["requirements.txt"] = "flask\n" + row.dists
		dir := languagetest.Files(row.files)
		p, err := makePlan(t.Context(), dir, asker{markers: onLinux{}, python: "3.13.5"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := findStart(dir, p)
		if err != nil || s.Instance != row.want {
			t.Errorf("%s: %q, want %q, %v", row.name, s.Instance, row.want, err)
		}
		if note := strings.Join(s.instanceNote(), ""); strings.HasPrefix(note, row.want+": Flask keeps the app's own files there") != (row.want != "") {
			t.Errorf("%s: it is told %q", row.name, note)
		}
	}
}

// TestLinesThatWrite knows what writes files, and what only reads them.
func TestLinesThatWrite(t *testing.T) {
	for line, want := range map[string]bool{
		`with open(name, "w") as f:`: true,
		`UPLOAD_FOLDER = "uploads"`:  true,
		`path.write_text(x)`:         true,
		`open(name)`:                 false,
		`open(name, "rb")`:           false,
	} {
		if got := writing.Writes.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}

// TestFoldersThatAreMade finds the paths of folders that an app makes.
func TestFoldersThatAreMade(t *testing.T) {
	languagetest.Groups(t, writing.Direct, map[string]string{
		`os.makedirs("uploads", exist_ok=True)`: "uploads", `Path('data/db').mkdir(parents=True)`: "data/db",
		`os.makedirs(path)`: "", `os.makedirs("/data")`: "", `os.path.join("uploads", name)`: "",
	})
}
