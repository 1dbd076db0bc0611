package node

import "testing"

// TestDeno builds apps for Deno: what their tasks run, and what a build of theirs leaves.
func TestDeno(t *testing.T) {
	type app = map[string]string
	const serve = "Deno.serve(() => new Response('x'))"
	for _, row := range []convention{
		{name: "task start", files: app{"deno.json": `{"tasks": {"start": "deno run -A main.ts"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno run -A main.ts"},
		{name: "a module without any file of Deno's", files: app{"src/index.ts": "import * as o from \"https://modules.example/mod.ts\";"}, ran: []string{"deno cache src/index.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read src/index.ts"},
		{name: "comments and a lock", files: app{"deno.jsonc": "{/* x */ \"tasks\": {} // y\n}", "deno.lock": "{}", "server.ts": ""}, ran: []string{"deno cache --frozen server.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read server.ts"},
		{name: "task dev alone, with what it allows", files: app{"deno.json": `{"tasks": {"dev": "deno run --watch -RN --unstable-kv main.ts"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno run -RN --unstable-kv main.ts"},
		{name: "task dev of a tool", files: app{"deno.json": `{"tasks": {"dev": "deno run -A npm:vite"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read main.ts"},
		{name: "a server that names no port", files: app{"deno.json": `{"tasks": {"start": "deno -A main.ts"}}`, "main.ts": serve}, ran: []string{"deno cache main.ts"}, starts: "web: DENO_SERVE_ADDRESS=tcp:0.0.0.0:$PORT deno -A main.ts"},
		{name: "a server that names a port", files: app{"main.ts": "Deno.serve({ port: 3000 }, () => new Response('x'))"}, ran: []string{"deno cache main.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read main.ts"},
		{name: "two servers", files: app{"main.ts": serve + "\n" + serve}, ran: []string{"deno cache main.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read main.ts"},
		{name: "deno serve", files: app{"deno.json": `{"tasks": {"start": "deno serve -A main.ts"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno serve --port $PORT -A main.ts"},
		{name: "deno serve with a port", files: app{"deno.json": `{"tasks": {"start": "deno serve --port=80 -A main.ts"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno serve --port=80 -A main.ts"},
		{
			name: "Fresh 2, whose server is built", files: app{"deno.json": `{"nodeModulesDir": "manual", "tasks": {"dev": "vite", "build": "vite build", "start": "deno serve -A _fresh/server.js"}}`, "deno.lock": "{}", "main.ts": "export const app = new App()"},
			does: does{"deno task": leaves("_fresh/server.js")}, ran: []string{"deno install --frozen", "deno task build", "deno cache --frozen _fresh/server.js"}, starts: "web: deno serve --port $PORT -A _fresh/server.js",
		},
		{name: "Fresh 1, whose task start is for development", files: app{"deno.json": `{"tasks": {"start": "deno run -A --watch=static/,routes/ dev.ts"}}`, "dev.ts": "", "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno run -A main.ts"},
		{
			name: "pages that a task builds", files: app{"deno.json": `{"tasks": {"dev": "deno run -A npm:vite", "build": "deno run -A npm:vite build"}}`, "index.html": "", "vite.config.mjs": ""},
			does: does{"deno task": leaves("dist/index.html")}, ran: []string{"deno task build"}, starts: "site dist, index.html",
		},
		{name: "a task that makes a program", files: app{"deno.json": `{"tasks": {"build": "deno compile -A main.ts"}}`, "main.ts": ""}, ran: []string{"deno cache main.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read main.ts"},
		{name: "tasks that a setting names", files: app{"deno.json": `{"tasks": {"build": "x", "css": "y"}}`, "main.ts": ""}, env: map[string]string{runScripts: "css"}, ran: []string{"deno task css", "deno cache main.ts"}, starts: "web: deno run --allow-net --allow-env --allow-read main.ts"},
		{name: "a task that a setting names and that is not there", files: app{"deno.json": `{}`, "main.ts": ""}, env: map[string]string{runScripts: "css"}, starts: "ERROR: deno.json has no task css"},
		{name: "a file that is not there", files: app{"deno.json": `{"tasks": {"start": "deno run -A serve.ts"}}`, "server.ts": ""}, starts: "ERROR: the process web cannot start: deno is to run serve.ts, which is not in the app's folder\n  task start: deno run -A serve.ts\nNext: Is server.ts meant?"},
		{name: "nothing starts", files: app{"deno.json": `{"tasks": {"test": "deno test"}}`}, starts: "ERROR: nothing says how the app starts"},
	} {
		t.Run(row.name, row.check)
	}
}
