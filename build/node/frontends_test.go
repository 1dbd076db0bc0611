package node

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFrontEnds finds the front end in a folder of an app in another language, by what the app's sources name.
func TestFrontEnds(t *testing.T) {
	type app = map[string]string
	const vite = `{"scripts": {"build": "vite build"}}`
	embeds := func(name string) []language.Named {
		return []language.Named{{Path: name, By: "main.go line 3", Embedded: true}}
	}
	opens := func(name string) []language.Named {
		return []language.Named{{Path: name, By: "main.go line 3"}}
	}
	for _, row := range []struct {
		name   string
		files  map[string]string
		env    map[string]string
		named  []language.Named
		want   string // folder and scripts
		reason string
		err    string
	}{
		{name: "embeds what is missing", files: app{"web/package.json": vite}, named: embeds("web/anything"), want: "web", reason: "main.go line 3 names web/anything"},
		{name: "embeds a folder that is kept empty", files: app{"web/package.json": vite, "web/dist/.gitkeep": ""}, named: embeds("web/dist"), want: "web"},
		{name: "embeds what is there", files: app{"web/package.json": vite, "web/dist/index.html": "x"}, named: embeds("web/dist")},
		{name: "opens the usual output", files: app{"a/web/package.json": vite}, named: opens("a/web/build/index.html"), want: "a/web"},
		{name: "opens what the app may make", files: app{"web/package.json": vite}, named: opens("web/uploads")},
		{name: "no script builds it", files: app{"web/package.json": `{"scripts": {"lint": "x"}}`}, named: embeds("web/dist")},
		{
			name: "a script writes elsewhere", files: app{"web/package.json": `{"scripts": {"release": "vite build --outDir=../server/dist --emptyOutDir"}}`, "server/dist/index.html": "none yet"},
			named: embeds("server/dist"), want: "web release",
		},
		{name: "the bundler writes elsewhere", files: app{"web/package.json": vite, "web/vite.config.ts": "build: { outDir: '../server/dist' }"}, named: embeds("server/dist"), want: "web build"},
		{name: "what it writes is there", files: app{"web/package.json": vite, "web/vite.config.ts": "outDir: '../dist'", "dist/a": "", "dist/b": ""}, named: embeds("dist")},
		{name: "the user's scripts", files: app{"web/package.json": `{"scripts": {"release": "vite build --outDir=../d"}}`}, env: map[string]string{runScripts: "mine"}, named: embeds("d"), want: "web"},
		{name: "no script", files: app{"web/package.json": vite}, env: map[string]string{runScripts: ""}, named: embeds("web/dist")},
		{name: "in the app's own folder", files: app{"package.json": vite, "web/package.json": vite}, named: embeds("web/dist")},
		{name: "an example's", files: app{"examples/package.json": vite, "a/node_modules/m/package.json": vite, ".a/package.json": vite}, named: append(embeds("examples/dist"), append(embeds("a/node_modules/m/dist"), embeds(".a/dist")...)...)},
		{name: "two", files: app{"a/package.json": vite, "b/package.json": vite}, named: append(embeds("a/dist"), embeds("b/dist")...), want: "a, b"},
		{name: "the setting", files: app{"a/package.json": vite, "b/package.json": vite}, env: map[string]string{projectPath: "./b"}, named: embeds("a/dist"), want: "b", reason: projectPath},
		{name: "the setting, and a script that writes elsewhere", files: app{"web/package.json": `{"scripts": {"release": "vite build --outDir ../d"}}`}, env: map[string]string{projectPath: "web"}, named: embeds("d"), want: "web release"},
		{name: "the setting names none", env: map[string]string{projectPath: "web"}, err: "BP_NODE_PROJECT_PATH=web names no folder with a package.json"},
		{name: "a package.json that is none", files: app{"web/package.json": "{"}, named: embeds("web/dist")},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := languagetest.Files(row.files)
			found, err := frontEnds(files, row.env, row.named)
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			got := ""
			for i, f := range found {
				if i > 0 {
					got += ", "
				}
				got += f.Folder
				if f.Env[runScripts] != "" {
					got += " " + f.Env[runScripts]
				}
				if row.reason != "" && f.Why != row.reason {
					t.Errorf("because %s", f.Why)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAssetsInAFolder builds the front end in a folder of the app, and tells which; one that the user names and nothing builds is an
// error.
func TestAssetsInAFolder(t *testing.T) {
	for _, row := range []struct{ manifest, err string }{
		{`{"scripts": {"build": "vite build"}}`, ""},
		{`{"scripts": {"lint": "x"}}`, "nothing builds the front end in web"},
	} {
		s, sh, _ := workshop(t, map[string]string{"main.go": "", "web/package.json": row.manifest, "web/package-lock.json": lock}, nil)
		sh.does["npm ci"] = sh.installs("vite")
		sh.does["npm run"] = sh.makes("dist/x.js")
		s.FrontEnd, s.Root = language.FrontEnd{Folder: "web", Why: projectPath}, s.Dir
		s.Dir += "/web"
		var err error
		if s.Files, err = fs.Sub(s.Files, "web"); err != nil {
			t.Fatal(err)
		}
		_, err = assets(t.Context(), s)
		languagetest.Has(t, err, row.err)
		if made := language.Exists(s.Dir + "/dist/x.js"); made != (row.err == "") {
			t.Errorf("made is %v, ran %v", made, sh.ran)
		}
	}
}

// TestAssets builds the front end of an app in another language, and leaves its output alone.
func TestAssets(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "vite build"}}`, "package-lock.json": lock, "app.py": "", ".npmrc": "//x/:_authToken=secret", ".yarn/cache/x.zip": ""}, nil)
	sh.does["npm ci"] = sh.installs("vite")
	sh.does["npm run"] = sh.makes("static/x.js")
	s.Libc = func(string) error { return errors.New("a run image without a loader") } // such as that of a Go program
	made, err := assets(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"app.py", "package-lock.json", "package.json", "static/x.js"}, languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
	if len(made.Processes)+len(made.Roots)+len(made.Slices) > 0 {
		t.Errorf("got %+v", made)
	}
	t.Run("style sheets", func(t *testing.T) {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build:css": "sass a b"}}`, "package-lock.json": lock, "Gemfile": ""}, nil)
		sh.does["npm ci"] = sh.installs("sass")
		sh.does["npm run"] = sh.makes("app/assets/builds/a.css")
		if _, err := assets(t.Context(), s); err != nil || !language.Exists(s.Dir+"/app/assets/builds/a.css") {
			t.Errorf("%v, ran %v", err, sh.ran)
		}
	})
	t.Run("by the installation", func(t *testing.T) {
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"postinstall": "mkdir -p static && npx sass a.scss static/a.css"}}`, "package-lock.json": lock, "app.py": ""}, nil)
		sh.does["npm ci"] = sh.makes("static/a.css")
		if _, err := assets(t.Context(), s); err != nil || !language.Exists(s.Dir+"/static/a.css") {
			t.Errorf("%v, ran %v", err, sh.ran)
		}
	})
	for name, row := range map[string]struct {
		scripts string
		env     map[string]string
	}{
		"without a build script":               {`"lint": "x"`, nil},
		"with an installation that makes none": {`"postinstall": "husky install", "prepare": "npm run lint", "lint": "x"`, nil},
		"by the installation, and not wanted":  {`"postinstall": "sass a b"`, map[string]string{"BP_NODE_RUN_SCRIPTS": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			s, sh, r := workshop(t, map[string]string{"package.json": `{"scripts": {` + row.scripts + `}}`}, row.env)
			if _, err := assets(t.Context(), s); err != nil || len(sh.ran)+len(r.Asked) > 0 {
				t.Errorf("%v, ran %v, asked %v", err, sh.ran, r.Asked)
			}
		})
	}
}
