package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/project"
)

// rows are a table such as the composition root hands in, with a language of front ends and one that claims by content.
var rows = []Language{
	{Name: "go", Files: []string{"go.mod", "go.work", "vendor/modules.txt"}, Source: "*.go", Programs: []string{"go"}, OfTools: func(dir fs.FS) bool {
		text, err := fs.ReadFile(dir, "go.mod")
		return err == nil && string(text) == "tool x"
	}},
	{Name: "python", Files: []string{"requirements.txt", "pyproject.toml", "Pipfile"}, Source: "*.py", Programs: []string{"python3", "gunicorn"}},
	{Name: "node", Files: []string{"package.json"}, Source: "*.js", Programs: []string{"node", "npm"}, Folder: "BP_NODE_PROJECT_PATH", FrontEnd: true},
	{Name: "deep", Below: func(dir fs.FS) []string {
		found, err := fs.Glob(dir, "src/*/*.deep")
		if err != nil {
			return nil
		}
		return found
	}},
	{Name: "c", Claims: func(dir fs.FS) []string {
		if text, err := fs.ReadFile(dir, "Makefile"); err == nil && strings.Contains(string(text), "$(CC)") {
			return []string{"Makefile"}
		}
		return nil
	}, Files: []string{"meson.build"}, Looked: []string{"a Makefile that compiles"}, Lone: "*.c", Lacks: "nothing says how FILE is built.", Beside: true},
}

func files(names ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, n := range names {
		name, text, _ := strings.Cut(n, "=")
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestFind(t *testing.T) {
	tests := []struct {
		summary string
		files   fstest.MapFS
		want    string
		app     string // language: evidence
		err     string
	}{
		{summary: "go.mod", files: files("go.mod", "main.go"), app: "go: go.mod"},
		{summary: "a lone main.go", files: files("main.go"), app: "go: main.go"},
		{summary: "vendor without go.mod", files: files("main.go", "vendor/x/x.go"), app: "go: main.go"},
		{summary: "go.work without go.mod", files: files("go.work", "svc/go.mod"), app: "go: go.work"},
		{summary: "requirements.txt", files: files("requirements.txt", "app.py"), app: "python: requirements.txt"},
		{summary: "pyproject.toml", files: files("pyproject.toml"), app: "python: pyproject.toml"},
		{summary: "no dependency file at all", files: files("server.py"), app: "python: server.py"},
		{summary: "a scripts folder decides nothing", files: files("go.mod", "scripts/gen.py"), app: "go: go.mod"},
		{summary: "a manifest beats a lone source of another language", files: files("go.mod", "tool.py"), app: "go: go.mod"},
		{summary: "nothing", files: files("README.md"), err: "no app found: looked for go.mod,"},
		{summary: "an app in a folder", files: files("README.md", "web/go.mod", "docs/x.md", ".hidden/go.mod", "node_modules/package.json", "b c/go.mod"), err: "no app found: the folder itself has none, but there is web/go.mod: name its folder by BP_WHITTLE_APP=web"},
		{summary: "apps in folders", files: files("api/go.mod", "web/package.json"), err: "but there is api/go.mod, web/package.json: name the folder of one, such as BP_WHITTLE_APP=api"},
		{summary: "an app in a folder of a folder", files: files("README.md", "site/blog/package.json", "site/node_modules/x/package.json"), err: "there is site/blog/package.json: name its folder by BP_WHITTLE_APP=site/blog"},
		{summary: "an app in a folder goes before one in a folder of a folder", files: files("web/go.mod", "site/blog/package.json"), err: "there is web/go.mod: name its folder by BP_WHITTLE_APP=web"},
		{summary: "an app in a folder whose manifest lies deeper", files: files("web/vendor/modules.txt"), err: "there is web/vendor/modules.txt: name its folder by BP_WHITTLE_APP=web"},
		{summary: "a collection", files: files("a/go.mod", "b/go.mod", "c/go.mod", "d/go.mod", "e/go.mod", "f/go.mod"), err: "no app found"},
		{summary: "a language of nobody's", files: files("build.zig", "src/main.zig"), err: "no app found: build.zig is of Zig, which whittle does not build; a program that is compiled before, in the folder or in bin/, gets all that it needs to run."},
		{summary: "a language of nobody's in a folder of a folder", files: files("README.md", "src/web/Web.vbproj"), err: "no app found: src/web/Web.vbproj is of .NET, which whittle does not build; a program that is published before (dotnet publish --self-contained -r linux-x64)"},
		{summary: "a build system of nobody's", files: files("SConstruct", "main.cc"), err: "SConstruct is of SCons, which whittle does not run; a jar or a program that it makes before"},
		{summary: "an app goes before a language of nobody's below", files: files("a/build.zig", "web/go.mod"), err: "there is web/go.mod: name its folder"},
		{summary: "an app for a runtime that the image has not", files: files("shop.dll", "shop.runtimeconfig.json"), err: "shop.runtimeconfig.json is of an app that the .NET on a machine runs, which Debian has no package of; published with it"},
		{summary: "a lone source that is not enough", files: files("main.c", "start.sh"), err: "no app found: there is main.c, and nothing says how main.c is built."},
		{summary: "an app goes before a lone source", files: files("main.c", "web/go.mod"), err: "there is web/go.mod: name its folder"},
		{summary: "a folder of a source's name", files: files("main.c/x"), err: "no app found: looked for"},
		{summary: "a script of a shell", files: files("start.sh"), err: "start.sh is of a shell, for which nothing is built; Debian's runs it: a Procfile with the line web: bash start.sh, and slices = [\"bash\"] under [dev.whittle.run] in project.toml."},
		{summary: "a script of a shell that starts nothing", files: files("install.sh"), err: "no app found: looked for"},
		{summary: "a script of Perl, with packages", files: files("cpanfile", "app.pl"), err: "cpanfile is of Perl, for which nothing is built; Debian's runs it: a Procfile with the line web: perl app.pl, and slices = [\"perl\"]"},
		{summary: "what claims look for is told", files: files("README.md"), err: "a Makefile that compiles"},
		{summary: "pages of Jekyll's", files: files("_config.yml", "index.md"), err: "no app found: _config.yml is of Jekyll, which whittle does not run; pages that it makes before are served: build the folder _site alone."},
		{summary: "pages of Zola's", files: files("config.toml=base_url = \"x\"", "content/a.md"), err: "config.toml is of Zola"},
		{summary: "a book", files: files("book.toml=[book]", "src/SUMMARY.md"), err: "book.toml is of mdBook"},
		{summary: "a configuration of nobody's", files: files("config.toml=a = 1"), err: "no app found: looked for go.mod"},
		{summary: "a build tool of nobody's", files: files("build.xml", "src/a/Main.deep"), err: "no app found: build.xml is of Ant, which whittle does not run; a jar or a program that it makes before, in the folder,"},
		{summary: "sources deeper in the folder", files: files("README.md", "src/a/Main.deep", "lib/x"), app: "deep: src/a/Main.deep"},
		{summary: "sources deeper in the folder, beside a source of another language", files: files("tool.py", "src/a/Main.deep"), app: "python: tool.py"},
		{summary: "sources deeper in the folder, beside an app in a folder", files: files("web/go.mod", "src/a/Main.deep"), app: "deep: src/a/Main.deep"},
		{summary: "a language of nobody's that Java runs", files: files("project.clj"), err: "project.clj is of Clojure, which whittle does not build; a jar that is made before, in the folder, gets"},
		{summary: "a test file is no app", files: files("x_test.go"), err: "no app found"},
		{summary: "a directory of the name is no manifest", files: files("go.mod/x"), err: "no app found"},
		{summary: "two languages", files: files("go.mod", "requirements.txt"), err: "go: go.mod\n  python: requirements.txt\nSet BP_WHITTLE_LANGUAGE"},
		{summary: "two languages, Procfile decides", files: files("go.mod", "requirements.txt", "Procfile=web: A=1 gunicorn app:app"), app: "python: Procfile: A=1 gunicorn app:app, requirements.txt"},
		{summary: "two languages, Procfile is silent", files: files("go.mod", "requirements.txt", "Procfile=web: bin/web"), err: "several claim"},
		{summary: "two languages, the setting decides", files: files("go.mod", "requirements.txt"), want: "python", app: "python: BP_WHITTLE_LANGUAGE, requirements.txt"},
		{summary: "tools of developers beside the app", files: files("go.mod=tool x", "requirements.txt"), app: "python: requirements.txt"},
		{summary: "tools of developers alone", files: files("go.mod=tool x"), app: "go: go.mod"},
		{summary: "a front end beside the app", files: files("go.mod", "package.json"), app: "go: go.mod; front end node"},
		{summary: "a front end alone is an app", files: files("package.json"), app: "node: package.json"},
		{summary: "a front end's lone source is none", files: files("go.mod", "tool.js"), app: "go: go.mod"},
		{summary: "the Procfile starts what looks like a front end", files: files("go.mod", "package.json", "Procfile=web: node server.js"), app: "node: Procfile: node server.js, package.json"},
		{summary: "project.toml starts one of two languages", files: files("go.mod", "package.json", "project.toml=[[dev.whittle.processes]]\ntype = \"web\"\ncommand = \"node server.js\""), app: "node: project.toml: node server.js, package.json"},
		{summary: "the Procfile starts a file in a folder", files: files("src/a.js", "Procfile=web: node ./src/a.js"), app: "node: Procfile: node ./src/a.js"},
		{summary: "the Procfile starts a file in a folder, of another language", files: files("bot/run.py", "Procfile=worker: A=1 python3 bot/run.py"), app: "python: Procfile: A=1 python3 bot/run.py"},
		{summary: "the Procfile starts a file that is not there", files: files("src/a.js", "Procfile=web: node src/b.js"), err: "no app found"},
		{summary: "the Procfile starts a file outside", files: files("src/a.js", "Procfile=web: node ../a.js"), err: "no app found"},
		{summary: "the setting decides, and the front end stays", files: files("go.mod", "package.json"), want: "go", app: "go: BP_WHITTLE_LANGUAGE, go.mod; front end node"},
		{summary: "two languages beside a front end", files: files("go.mod", "Pipfile", "package.json"), err: "several claim"},
		{summary: "an extension beside the app", files: files("Pipfile", "meson.build"), app: "python: Pipfile"},
		{summary: "an extension beside what looks like a front end", files: files("package.json", "meson.build"), app: "node: package.json"},
		{summary: "a build file beside a lone source of another language", files: files("meson.build", "tool.py"), app: "c: meson.build"},
		{summary: "a claim by content", files: files("Makefile=all:\n\t$(CC) main.c"), app: "c: Makefile"},
		{summary: "a file of the name without the content", files: files("Makefile=all:\n\ttrue"), err: "no app found"},
		{summary: "an unknown language", files: files("go.mod"), want: "cobol", err: `BP_WHITTLE_LANGUAGE="cobol": whittle knows go, python, node, deep, c`},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) {
			env := map[string]string{"BP_WHITTLE_LANGUAGE": tt.want}
			p, err := project.Read(tt.files, env)
			if err != nil {
				t.Fatal(err)
			}
			app, err := Find(rows, p)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error is %v, want one that has %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s: %s", app.Language, strings.Join(app.Evidence, ", "))
			for _, f := range app.FrontEnds {
				got += "; front end " + f
			}
			if diff := cmp.Diff(tt.app, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEnter goes to the folder that a setting of other builders names, unless it is that of another language's front end.
func TestEnter(t *testing.T) {
	for _, row := range []struct {
		name  string
		files fstest.MapFS
		env   map[string]string
		want  string // the folder, and where its name is from; or the error
	}{
		{"no setting", files("web/package.json"), nil, ""},
		{"an app in a folder", files("web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web"}, "web (BP_NODE_PROJECT_PATH)"},
		{"with a dot and a slash", files("web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "./web/"}, "web (BP_NODE_PROJECT_PATH)"},
		{"a member of a workspace", files("package.json", "apps/web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "apps/web"}, "apps/web (BP_NODE_PROJECT_PATH)"},
		{"a script of another language", files("tool.py", "web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web"}, "web (BP_NODE_PROJECT_PATH)"},
		{"the front end of an app", files("go.mod", "web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web"}, ""},
		{"the language says that it is the app", files("go.mod", "web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web", "BP_WHITTLE_LANGUAGE": "node"}, "web (BP_NODE_PROJECT_PATH)"},
		{"the language says that it is none", files("web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web", "BP_WHITTLE_LANGUAGE": "go"}, ""},
		{"whittle's own setting", files("api/package.json", "web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web", "BP_WHITTLE_APP": "api"}, "api (BP_WHITTLE_APP)"},
		{"project.toml", files("project.toml=[dev.whittle]\napp = \"api\"", "api/package.json", "web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "web"}, "api (project.toml)"},
		{"no such folder", files("web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "wen"}, `cannot use the app's folder "wen" (BP_NODE_PROJECT_PATH)`},
		{"a folder outside", files("web/package.json"), map[string]string{"BP_NODE_PROJECT_PATH": "../web"}, "it is no path below the project's folder"},
	} {
		p, err := project.Read(row.files, row.env)
		if err == nil {
			p, err = Enter(rows, row.files, row.env, p)
		}
		if err != nil {
			if row.want == "" || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: error is %v, want %q", row.name, err, row.want)
			}
			continue
		}
		got := ""
		if p.Folder != "" {
			got = p.Folder + " (" + p.Settings.App.By + ")"
		}
		if got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

// packit tells a failed detection (exit code 100) from an error (1) by the error's own type.
func TestDetectFailsOnlyWhereThereIsNoApp(t *testing.T) {
	tests := []struct {
		summary string
		files   fstest.MapFS
		env     map[string]string
		order   fstest.MapFS
		fail    bool
		err     bool
	}{
		{summary: "app", files: files("go.mod")},
		{summary: "no app", files: files("README.md"), fail: true},
		{summary: "two languages", files: files("go.mod", "Pipfile"), err: true},
		{summary: "an app in a sub-folder", files: files("project.toml=[dev.whittle]\napp = \"web\"", "web/go.mod", "Pipfile")},
		{summary: "no app in the sub-folder", files: files("project.toml=[dev.whittle]\napp = \"web\"", "web/README.md", "go.mod"), fail: true},
		{summary: "no such sub-folder", files: files("project.toml=[dev.whittle]\napp = \"web\"", "go.mod"), err: true},
		{summary: "unreadable project.toml", files: files("go.mod", "project.toml=[["), err: true},
		{summary: "unreadable Procfile", files: files("go.mod", "Procfile=nothing"), err: true},
		{summary: "behind another buildpack", files: files("README.md"), order: files("order.toml=[[order]]\n[[order.group]]\nid = \"a/b\"\n[[order.group]]\nid = \"whittle/whittle\"\n")},
		{summary: "behind, and not wanted to be", files: files("README.md", "project.toml=[dev.whittle]\nbehind = false"), order: files("order.toml=[[order]]\n[[order.group]]\nid = \"a/b\"\n[[order.group]]\nid = \"whittle/whittle\"\n"), fail: true},
		{summary: "behind by a setting", files: files("go.mod", "Pipfile", "project.toml=[dev.whittle]\nbehind = true")},
		{summary: "an app in a folder that its language's setting names", files: files("web/package.json"), env: map[string]string{"BP_NODE_PROJECT_PATH": "web"}},
		{summary: "such a setting that names nothing", files: files("web/package.json"), env: map[string]string{"BP_NODE_PROJECT_PATH": "wen"}, err: true},
		{summary: "such a setting behind another buildpack, which it is for", files: files("web/package.json", "project.toml=[dev.whittle]\nbehind = true"), env: map[string]string{"BP_NODE_PROJECT_PATH": "wen"}},
		{summary: "unknown key", files: files("go.mod", "project.toml=[dev.whittle.build]\npackage = []"), err: true},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) {
			result, err := Detect(rows, Surroundings{Env: tt.env, Open: func(string) (fs.FS, error) { return tt.files, nil }, Order: tt.order})(packit.DetectContext{WorkingDir: "/app", Info: packit.Info{ID: "whittle/whittle"}})
			isFail := err != nil && fmt.Sprintf("%T", err) == fmt.Sprintf("%T", packit.Fail)
			if isFail != tt.fail || (err != nil && !isFail) != tt.err {
				t.Fatalf("got %T %v", err, err)
			}
			if err == nil && (len(result.Plan.Provides) != 1 || len(result.Plan.Requires) != 1) {
				t.Errorf("plan is %+v", result.Plan)
			}
			var two *AmbiguousError
			if tt.summary == "two languages" && !errors.As(err, &two) {
				t.Errorf("error is a %T", err)
			}
		})
	}
}
