package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/command"
)

// TestToEnd leaves out of commands what tells them to watch, and nothing that means something else.
func TestToEnd(t *testing.T) {
	for text, want := range map[string]string{
		"webpack --watch --mode production":       "webpack --mode production",
		"webpack watch -c x.js":                   "webpack build -c x.js",
		"tsc -w":                                  "tsc",
		"tsc -w true -p .":                        "tsc -p .",
		"tsc -p . --watch=true":                   "tsc -p .",
		"rollup -cw":                              "rollup -c",
		"vite build --watch":                      "vite build",
		"sass --watch a.scss:b.css":               "sass a.scss:b.css",
		"parcel watch index.html":                 "parcel build index.html",
		"mix watch":                               "mix",
		`NODE_ENV=production babel 'a b' -w -d x`: "NODE_ENV=production babel 'a b' -d x",
		"node build.js --watch":                   "node build.js",
		"esbuild a.js --bundle --watch=forever":   "esbuild a.js --bundle",

		"tsc --watch false":       "",
		"webpack --watch=false":   "",
		"webpack --no-watch":      "",
		"prettier -w .":           "",
		"npm run build -w api":    "",
		"mocha --watch-files src": "",
		"rm -rf watch":            "",
		"echo watch":              "",
	} {
		line, err := command.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		to, told := toEnd(line[0])
		got := command.Line{to}.String()
		if !told {
			if got != text {
				t.Errorf("%s became %s, and nothing watches", text, got)
			}
			got = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// TestBuildsThatWatch runs scripts of the build without what watches, and tells of those that go on whatever they are told.
func TestBuildsThatWatch(t *testing.T) {
	type app = map[string]string
	install := "npm install --no-save"
	const server, start = "require('http').createServer().listen(process.env.PORT)\n", `"start": "node x.js", `
	for _, row := range []convention{
		{
			name: "the script build", files: app{"package.json": `{"scripts": {` + start + `"build": "rimraf dist && NODE_ENV=production webpack --watch --mode production"}}`},
			ran: []string{install, "sh -c rimraf dist && NODE_ENV=production webpack --mode production"}, starts: "web: node x.js",
		},
		{
			name: "a script that it names, with those before and after", files: app{"package.json": `{"scripts": {` + start + `"prebuild": "tsc -p lib", "build": "npm run compile -- --pretty", "compile": "tsc -w", "postbuild": "cp a b"}}`},
			ran: []string{install, "sh -c tsc -p lib && tsc --pretty && cp a b"}, starts: "web: node x.js",
		},
		{
			name: "several at once", files: app{"package.json": `{"scripts": {` + start + `"build": "concurrently \"npm run css -- --watch\" \"tsc -w\"", "css": "sass a.scss b.css"}}`},
			ran: []string{install, "sh -c sass a.scss b.css && tsc"}, starts: "web: node x.js",
		},
		{
			name: "several scripts at once", files: app{"package.json": `{"scripts": {` + start + `"build": "npm-run-all clean -p build:*", "clean": "rimraf x", "build:css": "sass --watch a.scss b.css", "build:js": "tsc -w"}}`},
			ran: []string{install, "sh -c rimraf x && sass a.scss b.css && tsc"}, starts: "web: node x.js",
		},
		{
			name: "nodemon that compiles", files: app{"package.json": `{"scripts": {` + start + `"build": "nodemon --watch src --exec \"tsc -p .\""}}`},
			ran: []string{install, "sh -c tsc -p ."}, starts: "web: node x.js",
		},
		{
			name: "Node.js that watches", files: app{"package.json": `{"scripts": {` + start + `"build": "node --watch build.js"}}`, "build.js": ""},
			ran: []string{install, "sh -c node build.js"}, starts: "web: node x.js",
		},
		{
			name: "the part of a start that builds", files: app{"package.json": `{"scripts": {"start": "tsc --watch && node x.js"}}`},
			ran: []string{install, "sh -c tsc"}, starts: "web: node x.js",
		},
		{
			name: "a script for a shell is run as it is", files: app{"package.json": `{"scripts": {` + start + `"build": "webpack $(./flags) --no-watch"}}`},
			ran: []string{install, "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{
			name: "a task of Deno's", files: app{"deno.json": `{"tasks": {"build": "deno run -A --watch build.ts", "start": "deno run -A main.ts"}}`, "build.ts": "", "main.ts": ""},
			ran: []string{"sh -c deno run -A build.ts", "deno cache main.ts"}, starts: "web: deno run -A main.ts",
		},
		{
			name: "-w of others", files: app{"package.json": `{"scripts": {` + start + `"build": "prettier -w . && tsc --watch false"}}`},
			ran: []string{install, "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{
			name: "the server itself", files: app{"package.json": `{"scripts": {"start": "node server.js", "build": "nodemon server.js"}}`, "server.js": server},
			ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node server.js",
		},
		{
			name: "a program that builds and starts by the same line", files: app{"package.json": `{"scripts": {"start": "node make.js", "build": "node make.js"}}`, "make.js": "write()\n"},
			ran: []string{install, "npm run --foreground-scripts build"}, starts: "web: node make.js",
		},
		{
			name: "what may run or not", files: app{"package.json": `{"scripts": {` + start + `"build": "test -n \"$CI\" || vite"}}`},
			ran: []string{install, "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{
			name: "a configuration by name", files: app{"package.json": `{"scripts": {` + start + `"build": "vite --config vite.config.js build"}}`},
			ran: []string{install, "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
	} {
		t.Run(row.name, row.check)
	}
}

// TestMembersThatWatch runs the scripts of a workspace's members without what watches, in their folders.
func TestMembersThatWatch(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"workspaces": ["web", "lib"]}`, "package-lock.json": lock, "lib/package.json": `{"name": "lib", "scripts": {"build": "rollup -cw"}}`,
		"web/package.json": `{"name": "web", "scripts": {"start": "node x.js"}, "dependencies": {"lib": "*"}}`, "web/x.js": "",
	}, nil)
	root := s.Dir
	s.Root, s.Dir = root, filepath.Join(root, "web")
	s.Files = os.DirFS(s.Dir)
	in := ""
	sh.does["sh -c rollup -c"] = func(dir string) error {
		in = dir
		return nil
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "lib"); in != want {
		t.Errorf("ran %q in %q, want %q", sh.ran, in, want)
	}
}
