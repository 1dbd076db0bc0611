package node

import "testing"

// TestFunctions builds functions for Google's Functions Framework, which serves the one that the setting names, or the only one.
func TestFunctions(t *testing.T) {
	type app = map[string]string
	const listed = `{"dependencies": {"@google-cloud/functions-framework": "^3"}}`
	const registers = "const functions = require('@google-cloud/functions-framework');\nfunctions.http('hello', (req, res) => res.send('x'));\n"
	framework := does{"npm": installs("@google-cloud/functions-framework bin/functions-framework")}
	const program = "web: node node_modules/@google-cloud/functions-framework/bin/functions-framework --target="
	named := func(name string) map[string]string { return map[string]string{"GOOGLE_FUNCTION_TARGET": name} }
	install := []string{"npm install --no-save --omit=dev"}
	for _, row := range []convention{
		{name: "the one that is registered", files: app{"package.json": listed, "index.js": registers}, does: framework, ran: install, starts: program + "hello"},
		{name: "the one that is exported", files: app{"package.json": listed, "function.js": "exports.helloGET = (req, res) => { res.send('x'); };\n"}, does: framework, ran: install, starts: program + "helloGET"},
		{
			name: "the one that is exported by a module, in the file that main names", does: framework, ran: install, starts: program + "hi",
			files: app{"package.json": `{"main": "lib/hi", "type": "module", "dependencies": {"@google-cloud/functions-framework": "^3"}}`, "lib/hi.js": "export const hi = async (req, res) => { res.send('x'); };\nexport const version = 1;\n"},
		},
		{
			name: "the one of a source that a build compiles", does: framework, ran: []string{"npm install --no-save", "npm run --foreground-scripts build"}, starts: program + "greet",
			files: app{
				"package.json": `{"main": "build/index.js", "scripts": {"build": "tsc"}, "dependencies": {"@google-cloud/functions-framework": "^3"}}`,
				"src/index.ts": "import {http} from '@google-cloud/functions-framework';\nhttp('greet', (req, res) => res.send('x'));\n",
			},
		},
		{
			name: "the one that the setting names, before a script for developers", env: named("two"), does: framework, ran: install, starts: program + "two",
			files: app{"package.json": `{"scripts": {"start": "nodemon x.js"}, "dependencies": {"@google-cloud/functions-framework": "^3"}}`, "index.js": "exports.one = (req, res) => {};\nexports.two = (req, res) => {};\n"},
		},
		{
			name: "what else settings say of it", does: framework, ran: install, starts: program + "one --source=lib --signature-type=cloudevent",
			env:   map[string]string{"GOOGLE_FUNCTION_TARGET": "one", "GOOGLE_FUNCTION_SOURCE": "lib", "GOOGLE_FUNCTION_SIGNATURE_TYPE": "cloudevent"},
			files: app{"package.json": listed, "lib/index.js": "exports.one = (event) => {};\n"},
		},
		{
			name: "a script that starts it", does: framework, ran: install, starts: program + "mine",
			files: app{"package.json": `{"scripts": {"start": "functions-framework --target=mine"}, "dependencies": {"@google-cloud/functions-framework": "^3"}}`, "index.js": registers},
		},
		{
			name: "a script that starts it by the package's name", does: framework, ran: install, starts: program + "mine",
			files: app{"package.json": `{"scripts": {"start": "npx @google-cloud/functions-framework --target=mine"}, "dependencies": {"@google-cloud/functions-framework": "^3"}}`, "index.js": registers},
		},
		{
			name: "several", starts: "ERROR: several functions are in index.js, and nothing says which is served\n  one, two\nNext: Name it: GOOGLE_FUNCTION_TARGET=one",
			files: app{"package.json": listed, "index.js": "exports.one = (req, res) => {};\nexports.two = async function (req, res) {};\n"},
		},
		{name: "a server that has the framework", files: app{"package.json": listed, "index.js": "require('http').createServer().listen(process.env.PORT);\nexports.one = (req, res) => {};\n"}, ran: install, starts: "web: node index.js"},
		{name: "nothing lists the framework", env: named("hello"), files: app{"index.js": registers}, starts: "ERROR: nothing lists the Functions Framework, which serves the function that GOOGLE_FUNCTION_TARGET names"},
		{name: "another platform's script, where the framework is not listed", env: named("hello"), files: app{"package.json": `{"scripts": {"start": "node x.js"}}`}, ran: install, starts: "web: node x.js"},
	} {
		t.Run(row.name, row.check)
	}
}

// TestScopedPrograms finds the program that npx runs for the name of a package with a scope.
func TestScopedPrograms(t *testing.T) {
	for _, row := range []struct{ bin, want string }{
		{`"bin/run.js"`, "bin/run.js"},
		{`{"other": "bin/other.js"}`, "bin/other.js"},
		{`{"other": "bin/other.js", "tool": "bin/tool.js"}`, "bin/tool.js"},
		{`{"other": "bin/other.js", "another": "bin/another.js"}`, ""},
		{`null`, ""},
	} {
		const script = "#!/usr/bin/env node\n"
		a := lookAt(t, map[string]string{"package.json": "{}", "node_modules/@acme/tool/package.json": `{"bin": ` + row.bin + `}`, "node_modules/@acme/tool/bin/run.js": script, "node_modules/@acme/tool/bin/other.js": script, "node_modules/@acme/tool/bin/tool.js": script}, nil)
		want := "@acme/tool"
		if row.want != "" {
			want = "node_modules/@acme/tool/" + row.want
		}
		argv, err := a.program(t.Context(), "@acme/tool", a.Dir)
		if err != nil || argv[len(argv)-1] != want {
			t.Errorf("%s: got %q, %v; want %s", row.bin, argv, err, want)
		}
	}
}
