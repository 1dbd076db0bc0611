package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
)

// TestWhoseAppAFolderIs holds the rows of all languages together against folders as they are found: names of files with | between
// them, and a text after the first =.
func TestWhoseAppAFolderIs(t *testing.T) {
	const build = `package.json={"scripts": {"build": "x"}}`
	for _, row := range []struct{ files, want string }{
		// Two languages in one folder: the framework decides, and a front end is built first.
		{"Gemfile|config.ru|" + build, "ruby, front end node"},
		{"Gemfile|config/application.rb|yarn.lock|" + build, "ruby, front end node"},
		{"manage.py|requirements.txt=django|" + build, "python, front end node"},
		{"manage.py|" + build, "python, front end node"},
		{"pylock.toml|app.py|" + build, "python, front end node"},
		{"pdm.lock|app.py|" + build, "python, front end node"},
		{"Pipfile.lock|" + build, "python, front end node"},
		{"composer.json={}|index.php|" + build, "php, front end node"},
		{"pom.xml|" + build, "java, front end node"},
		{"Cargo.toml|src/main.rs|" + build, "rust, front end node"},
		{"go.work|a/go.mod|" + build, "go, front end node"},
		{"pyproject.toml=build-backend = \"maturin\"|Cargo.toml", "python"},
		{"package.json={}|Cargo.toml=napi = \"3\"", "node"},
		{"package.json={}|binding.gyp|addon.cc|CMakeLists.txt", "node"},
		{"requirements.txt|Makefile=all:\n\t$(CC) x.c", "python"},
		{"go.mod|Makefile=build:\n\tgo build", "go"},
		{"go.mod|Gemfile", "several claim"},
		// Folders of scripts, tools and data decide nothing.
		{"package.json={}|scripts/deploy.py|scripts/x.rb", "node"},
		{"go.mod|scripts/gen.py|tools/x.js|README.md", "go"},
		{"go.mod|tool.py", "go"},
		// The Procfile decides, however its command is written.
		{"package.json={}|requirements.txt|Procfile=web: node server.js", "node"},
		{"package.json={}|requirements.txt|Procfile=web: cd web && npm start", "node"},
		{"package.json={}|requirements.txt|Procfile=web: FOO=bar gunicorn app:app", "python, front end node"},
		{"package.json={}|requirements.txt|Procfile=web: python manage.py migrate && npm start", "node"},
		{"go.mod|Gemfile|Procfile=web: bundle exec puma", "ruby"},
		{"go.mod|Gemfile|package.json={}|Procfile=web: rails s", "ruby, front end node"},
		{"go.mod|requirements.txt|Procfile=web: go run .", "go"},
		{"requirements.txt|Gemfile|Procfile=web: sh -c 'bundle exec puma'", "ruby"},
		{"requirements.txt|Gemfile|Procfile=web: env A=1 gunicorn app:app", "python"},
		{"requirements.txt|Gemfile|Procfile=web: uv run main.py", "python"},
		{"requirements.txt|Gemfile|Procfile=web: ./manage.py runserver", "python"},
		{"requirements.txt|Gemfile|Procfile=web: ./server.rb", "ruby"},
		{"requirements.txt|Gemfile|Procfile=web: bin/web", "several claim"},
		// No file that lists dependencies.
		{"main.go", "go"},
		{"cmd/web/main.go", "go"},
		{"glide.yaml|cmd/web/main.go", "go"},
		{"vendor/vendor.json|cmd/web/main.go", "go"},
		{"vendor/modules.txt", "go"},
		{"server.py", "python"},
		{"bot.py|data.json", "python"},
		{"app.rb", "ruby"},
		{"server.js", "node"},
		{"server.ts", "node"},
		{"Main.java", "java"},
		// Java without a build tool, as development environments lay it out; the start of other languages goes before.
		{"src/App.java|lib/x.jar|README.md", "java"},
		{"src/com/example/Main.java|app.iml", "java"},
		{"src/com/example/Main.java|package.json={}", "node"},
		{"src/com/example/Main.java|server.js", "node"},
		{"src/com/example/Main.java|build.xml", "build.xml is of Ant, which whittle does not run"},
		{"src/main/java/a/Main.java|build.sbt", "build.sbt is of Scala"},
		{"Makefile=prog: prog.c|prog.c", "c"},
		// Archives, unpacked ones, and manifests of other forms.
		{"app.jar", "java"},
		{"app.war", "java"},
		{"META-INF/MANIFEST.MF|BOOT-INF/classes/application.properties", "java"},
		{"WEB-INF/web.xml|index.jsp", "java"},
		{"pom.yml|.mvn/extensions.xml", "java"},
		{"settings.gradle.kts|app/build.gradle.kts", "java"},
		{"package.json5={}", "node"},
		{"deno.json={}|main.ts", "node"},
		{"Staticfile=root: public", "node"},
		{"index.html|main.js|style.css", "node"},
		{"CMakeLists.txt|main.cpp", "c"},
		{"meson.build|main.c", "c"},
		// A monorepo.
		{"backend/requirements.txt|frontend/package.json={}", "there is backend/requirements.txt, frontend/package.json: name the folder of one, such as BP_WHITTLE_APP=backend"},
		{"api/go.mod|node_modules/x/package.json={}|.git/go.mod", "there is api/go.mod: name its folder by BP_WHITTLE_APP=api"},
		{"docs/index.md", "no app found: looked for"},
	} {
		dir := fstest.MapFS{}
		for file := range strings.SplitSeq(row.files, "|") {
			name, text, _ := strings.Cut(file, "=")
			dir[name] = &fstest.MapFile{Data: []byte(text)}
		}
		p, err := project.Read(dir, nil)
		if err != nil {
			t.Errorf("%s: %v", row.files, err)
			continue
		}
		app, err := detect.Find(language.Rows(languages), p)
		got := app.Language
		for _, f := range app.FrontEnds {
			got += ", front end " + f
		}
		if got != row.want && (err == nil || !strings.Contains(fmt.Sprint(err), row.want)) {
			t.Errorf("%s: got %q, %v; want %s", row.files, got, err, row.want)
		}
	}
}
