package node

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestStartsForDevelopment builds apps whose script start is for development, or shows what the build left: that is served.
func TestStartsForDevelopment(t *testing.T) {
	type app = map[string]string
	all, build := []string{"npm ci", "npm run --foreground-scripts build"}, []string{"npm install --no-save", "npm run --foreground-scripts build"}
	for _, row := range []convention{
		{
			name: "the tool that builds is told to serve", files: app{"package.json": `{"scripts": {"start": "polymer serve", "build": "polymer build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/index.html")}, ran: all, starts: "site build, index.html",
		},
		{
			name: "the tool that builds is told to watch", files: app{"package.json": `{"scripts": {"start": "brunch watch --server", "build": "brunch build --production"}, "main": "app.js"}`, "app.js": ""},
			does: does{"npm run": leaves("public/index.html")}, ran: build, starts: "site public, index.html",
		},
		{
			name: "a development server, and an option with a value", files: app{"package.json": `{"scripts": {"start": "vite --open --mode ssr", "build": "qwik build"}, "devDependencies": {"vite": "7"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html")}, ran: all, starts: "site dist, index.html",
		},
		{
			name: "a development server, and an option without a value", files: app{"package.json": `{"scripts": {"start": "react-scripts --openssl-legacy-provider start", "build": "react-scripts --openssl-legacy-provider build"}, "dependencies": {"react-scripts": "4"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/index.html")}, ran: all, starts: "site build, index.html",
		},
		{
			name: "a development server after what only a shell can do", files: app{"package.json": `{"scripts": {"start": "npm run pages && docusaurus start", "build": "npm run pages && docusaurus build", "pages": "find docs | xargs cat > all.md"}, "dependencies": {"@docusaurus/core": "3"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/index.html")}, ran: all, starts: "site build, 404",
		},
		{
			name: "a server after what only a shell can do", files: app{"package.json": `{"scripts": {"start": "npm run pages && node x.js", "pages": "find docs | xargs cat > all.md"}}`, "package-lock.json": lock},
			starts: "ERROR: the start command of web needs what the image has not",
		},
		{
			name: "a build that goes on", files: app{"package.json": `{"scripts": {"start": "stencil build --dev --watch --serve", "build": "stencil build"}, "devDependencies": {"@stencil/core": "4"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("www/index.html")}, ran: all, starts: "site www, index.html",
		},
		{
			name: "a server by the name of a build's tool, which leaves no pages", files: app{"package.json": `{"scripts": {"start": "mesh serve", "build": "mesh build"}, "dependencies": {"mesh": "1"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("mesh bin/mesh.js")}, ran: all, starts: "web: node node_modules/mesh/bin/mesh.js serve",
		},
		{
			name: "a development server with what only a shell knows", files: app{"package.json": `{"scripts": {"start": "vite preview --port $(port-of web)", "build": "vite build"}, "devDependencies": {"vite": "7"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html")}, ran: all, starts: "site dist, index.html",
		},
		{
			name: "a server that is got when it starts, and the folder that it serves", files: app{"package.json": `{"scripts": {"start": "pnpm dlx http-server -p 80 ./storybook-static", "build": "storybook build"}, "devDependencies": {"vite": "7"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("storybook-static/index.html")}, ran: all, starts: "site storybook-static, index.html",
		},
		{
			name: "the folder that VuePress builds", files: app{"package.json": `{"scripts": {"build": "vuepress build src"}, "devDependencies": {"vuepress": "1"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("src/.vuepress/dist/index.html")}, ran: all, starts: "site src/.vuepress/dist, 404",
		},
		{
			name: "SolidStart by its own start", files: app{"package.json": `{"dependencies": {"vinxi": "0"}, "scripts": {"build": "vinxi build", "start": "vinxi start"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves(".output/server/index.mjs")}, ran: all, starts: "web: node .output/server/index.mjs",
		},
		{
			name: "main that no program runs", files: app{"package.json": `{"main": "package.json", "scripts": {"start": "sanity start", "build": "sanity build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html")}, ran: all, starts: "site dist, index.html",
		},
		{
			name: "Nx, the application that a script names", files: app{
				"package.json": `{"scripts": {"build": "nx build web", "start": "nx serve web"}, "devDependencies": {"nx": "20"}}`, "package-lock.json": lock, "nx.json": `{}`,
				"apps/web/project.json": `{"name": "web", "projectType": "application", "targets": {"build": {}}}`,
				"apps/api/project.json": `{"name": "api", "projectType": "application", "targets": {"build": {}}}`,
			},
			does: does{"npm run": leaves("dist/apps/web/index.html")}, ran: all, starts: "site dist/apps/web, index.html",
		},
	} {
		t.Run(row.name, row.check)
	}
}

// TestAppsThatListenByWhatTheyName builds apps whose first file exports an app, which another one serves, or Bun.
func TestAppsThatListenByWhatTheyName(t *testing.T) {
	type app = map[string]string
	const hono = "import { Hono } from 'hono'\nconst app = new Hono()\nexport default app\n"
	install := []string{"npm install --no-save --omit=dev"}
	for _, row := range []convention{
		{name: "another file listens", files: app{"package.json": `{}`, "app.js": "const listen = require('./lib/http');\nconst app = express();\nlisten(app);\nmodule.exports = app;\n", "lib/http.js": "module.exports = app => app.listen(80)"}, ran: install, starts: "web: node app.js"},
		{name: "what may listen by another name", files: app{"package.json": `{"type": "module"}`, "index.js": "import { launchApp } from './lib/x.js'\nexport default launchApp(new Hono())\n", "lib/x.js": ""}, ran: install, starts: "web: node index.js"},
		{name: "a bot, whose client is exported", files: app{"package.json": `{"type": "module"}`, "index.js": "const client = new Client()\nclient.login(token)\nexport default client\n"}, ran: install, starts: "web: node index.js"},
		{name: "Bun serves Hono", files: app{"package.json": `{}`, "bun.lock": "{}", "src/index.ts": hono}, ran: []string{"bun install --frozen-lockfile --production"}, starts: "web: bun src/index.ts"},
		{
			name: "what a build makes of it", files: app{"package.json": `{"scripts": {"build": "tsc"}}`, "package-lock.json": lock, "src/index.ts": hono},
			does: does{"npm run": func(s *shop) func(string) error {
				return func(dir string) error {
					languagetest.Write(s.t, dir, map[string]string{"dist/index.js": hono})
					return nil
				}
			}},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "ERROR: the app would end as soon as it is started: dist/index.js exports what answers requests",
		},
	} {
		t.Run(row.name, row.check)
	}
}
