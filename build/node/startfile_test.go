package node

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestStartFileThatIsNotThere tells of a file that a start command runs and that nothing makes before anything is downloaded, and
// of none that something may make.
func TestStartFileThatIsNotThere(t *testing.T) {
	type app = map[string]string
	procfile := func(line string) []language.Process {
		return []language.Process{{Type: "web", Line: line, Why: "Procfile"}}
	}
	const lost = "the process web cannot start: node is to run gone.js, which is not in the app's folder"
	for _, row := range []struct {
		name      string
		files     app
		env       map[string]string
		processes []language.Process
		want      string // a part of the error; empty: the app is built
	}{
		{"script start", app{"package.json": `{"scripts": {"start": "node gone.js"}}`}, nil, nil, lost + "\n  script start in package.json: node gone.js\n"},
		{"a script that start names", app{"package.json": `{"scripts": {"start": "npm run serve", "serve": "NODE_ENV=production node --enable-source-maps -r ./setup gone.js"}}`}, nil, nil, lost},
		{"Procfile", app{"package.json": "{}", "x.js": ""}, nil, procfile("node gone.js"), lost + "\n  Procfile: node gone.js\n"},
		{"project.toml", app{"package.json": "{}", "x.js": ""}, nil, []language.Process{{Type: "web", Command: []string{"node", "gone.js"}, Why: "project.toml"}}, lost},
		{"behind echo and cd", app{"package.json": "{}", "x.js": "", "app/server.js": ""}, nil, procfile("echo hello && cd app && node gone.js && node server.js"), lost},
		{"a name that is near", app{"package.json": "{}", "servers.js": ""}, nil, procfile("node server.js"), "Next: Is servers.js meant? Correct the name, or leave the file in what is uploaded."},
		{"scripts that build by other names", app{"package.json": `{"scripts": {"start": "node gone.js", "compile": "tsc -p .", "bundle": "webpack"}}`}, nil, nil, "Next: If one of the scripts bundle, compile makes it, call it build, or set BP_NODE_RUN_SCRIPTS=bundle."},
		{"scripts that make nothing", app{"package.json": `{"scripts": {"start": "node gone.js", "dev": "tsc --watch", "types": "tsc --noEmit", "lint": "eslint ."}}`}, nil, nil, lost},
		{"a submodule", app{"package.json": "{}", ".gitmodules": "[submodule \"lib\"]\n\tpath = lib\n\turl = x\n"}, nil, procfile("node lib/index.js"), "Next: Fetch the submodule before the build: git submodule update --init lib"},
		{"scripts that compile and start", app{"package.json": `{"scripts": {"start": "node gone.js", "dev": "tsc && node ./gone.js", "here": "tsc && node .", "watch": "tsc && nodemon gone.js", "all": "tsc && npm start"}}`}, nil, nil, lost + "\n  script start in package.json: node gone.js\nNext: Correct the name"},
		{"a program that compiles", app{"package.json": `{"scripts": {"start": "tsx gone.ts"}}`}, nil, nil, "tsx is to run gone.ts, which is not in the app's folder"},

		{"without its extension", app{"package.json": `{"scripts": {"start": "node x"}}`, "x.js": ""}, nil, nil, ""},
		{"a folder", app{"package.json": `{"scripts": {"start": "node ."}, "main": "x.js"}`, "x.js": ""}, nil, nil, ""},
		{"a build makes it", app{"package.json": `{"scripts": {"build": "make", "start": "node gone.js"}}`}, nil, nil, ""},
		{"a script that builds by another name makes it", app{"package.json": `{"scripts": {"start": "node gone.js", "dev": "tsc -w", "compile": "rm -rf lib && tsc -p ."}}`}, nil, nil, ""},
		{"the one that does not start it makes it", app{"package.json": `{"scripts": {"start": "node gone.js", "dev": "tsc && node gone.js", "compile": "tsc && node after.js"}}`, "after.js": ""}, nil, nil, ""},
		{"a script that the user names makes it", app{"package.json": `{"scripts": {"compile": "tsc", "start": "node gone.js"}}`}, map[string]string{"BP_NODE_RUN_SCRIPTS": "compile"}, nil, ""},
		{"prestart makes it", app{"package.json": `{"scripts": {"prestart": "tsc", "start": "node gone.js"}}`}, nil, nil, ""},
		{"the start command makes it", app{"package.json": `{"scripts": {"start": "tsc && node gone.js"}}`}, nil, nil, ""},
		{"a program that runs before may make it", app{"package.json": `{"scripts": {"start": "node make.js && node gone.js"}}`, "make.js": ""}, nil, nil, ""},
		{"prestart runs a program that may make it", app{"package.json": `{"scripts": {"prestart": "node make.js", "start": "node gone.js"}}`, "make.js": ""}, nil, nil, ""},
		{"the installation makes it", app{"package.json": `{"scripts": {"postinstall": "make", "start": "node gone.js"}}`}, nil, nil, ""},
		{"it is a package's", app{"package.json": `{"scripts": {"start": "node node_modules/a/b.js"}}`}, nil, nil, ""},
		{"a command before may make it", app{"package.json": "{}"}, nil, procfile("mkdir -p a && node gone.js"), ""},
		{"another command stands in for it", app{"package.json": "{}", "x.js": ""}, nil, procfile("node gone.js || node x.js"), ""},
		{"an option that nobody knows here", app{"package.json": "{}"}, nil, procfile("node --title gone.js"), ""},
		{"the environment says which", app{"package.json": "{}"}, nil, procfile("node $FILE"), ""},
		{"an option with a value", app{"package.json": "{}", "x.js": ""}, nil, procfile("node --experimental-specifier-resolution node --trace-event-categories v8 x.js"), ""},
		{"what -r loads compiles it", app{"package.json": `{"scripts": {"start": "node -r ts-node/register src/index"}}`, "src/index.ts": ""}, nil, nil, ""},
		{"a line of program text", app{"package.json": "{}"}, nil, procfile("node -e 'f()'"), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, r := workshop(t, row.files, row.env)
			s.Processes = row.processes
			_, err := compile(t.Context(), s)
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if len(r.Asked) > 0 {
				t.Errorf("the registry was asked for %v", r.Asked)
			}
		})
	}
}

// TestStartFileInTheOutputFolder has a start script run what the build left elsewhere.
func TestStartFileInTheOutputFolder(t *testing.T) {
	for _, row := range []struct {
		name, start string
		made        []string
		want        string
	}{
		{"an app of its own", "node bin/server.js", []string{"build/bin/server.js", "build/package.json"}, "web: cd build && node bin/server.js"},
		{"compiled files", "NODE_ENV=production node server.js --port 80", []string{"dist/server.js"}, "web: NODE_ENV=production node dist/server.js --port 80"},
		{"at its place", "node server.js", []string{"server.js", "dist/server.js"}, "web: node server.js"},
		{"nowhere", "node server.js", []string{"dist/index.js"}, "web: node server.js"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "` + row.start + `"}}`, "package-lock.json": lock}, nil)
			sh.does["npm run"] = sh.makes(row.made...)
			made, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(starts(made), ", "); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
