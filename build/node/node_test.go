package node

import (
	"testing"

	"whittle.dev/whittle/build/language"
)

const lock = `{"lockfileVersion": 3, "packages": {"": {}}}`

// TestConventions builds an app for each thing that real projects rely on: what is run, and what starts.
func TestConventions(t *testing.T) {
	type app = map[string]string
	for _, row := range []convention{
		{name: "no package.json: server.js", files: app{"server.js": ""}, starts: "web: node server.js"},
		{name: "no package.json: a file in a folder", files: app{"src/launch.js": ""}, processes: []language.Process{{Type: "web", Command: []string{"node", "src/launch.js"}, Why: "BP_LAUNCHPOINT"}}, starts: "web: node src/launch.js"},
		{name: "no package.json: server.ts by type stripping", files: app{"server.ts": ""}, starts: "web: node server.ts"},
		{name: "server.ts on a line that must be told", files: app{"server.ts": ""}, env: map[string]string{"BP_NODE_VERSION": "20"}, starts: "ERROR: Node.js 20.20.2 cannot run server.ts"},
		{name: "script start", files: app{"package.json": `{"scripts": {"start": "node web.js"}, "main": "x.js"}`, "package-lock.json": lock}, ran: []string{"npm ci --omit=dev"}, starts: "web: node web.js"},
		{name: "main", files: app{"package.json": `{"main": "src/web.js"}`, "src/web.js": "", "server.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node src/web.js"},
		{name: "main without its extension", files: app{"package.json": `{"main": "./src"}`, "src/index.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node src/index.js"},
		{name: "main that builds", files: app{"package.json": `{"main": "Gruntfile.js"}`, "Gruntfile.js": "", "app.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node app.js"},
		{name: "main that builds, alone", files: app{"package.json": `{"main": "gulpfile.babel.js"}`, "gulpfile.babel.js": ""}, starts: "ERROR: nothing says how the app starts"},
		{name: "main that is not there", files: app{"package.json": `{"main": "inbex.js"}`, "index.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node index.js"},
		{name: "server.js before index.js", files: app{"package.json": `{}`, "index.js": "", "server.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node server.js"},
		{name: "package.json5", files: app{"package.json5": "{// comment\nmain: 'main.js',}", "main.js": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node main.js"},
		{
			name: "a Procfile's npm start", files: app{"package.json": `{"scripts": {"start": "node web.js", "work": "node work.js"}}`, "package-lock.json": lock},
			processes: []language.Process{{Type: "web", Line: "npm start", Why: "Procfile"}, {Type: "worker", Command: []string{"npm", "run", "work"}, Why: "project.toml"}},
			ran:       []string{"npm ci --omit=dev"}, starts: "web: node web.js, worker: node work.js",
		},
		{
			name: "a build script: all packages, then those that run", files: app{"package.json": `{"scripts": {"build": "tsc", "start": "node dist/x.js"}, "devDependencies": {"typescript": "5"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node dist/x.js",
		},
		{
			name: "Google's script for a build", files: app{"package.json": `{"scripts": {"gcp-build": "tsc", "start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts gcp-build"}, starts: "web: node x.js",
		},
		{
			name: "Google's script for a build, beside one for all", files: app{"package.json": `{"scripts": {"gcp-build": "", "build": "tsc", "start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{
			name: "heroku-postbuild", files: app{"package.json": `{"scripts": {"build": "x", "heroku-postbuild": "y", "start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts heroku-postbuild"}, starts: "web: node x.js",
		},
		{
			name: "BP_NODE_RUN_SCRIPTS", files: app{"package.json": `{"scripts": {"build": "x", "other": "y", "start": "node x.js"}}`, "package-lock.json": lock}, env: map[string]string{"BP_NODE_RUN_SCRIPTS": "other,build"},
			ran: []string{"npm ci", "npm run --foreground-scripts other", "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{name: "BP_NODE_RUN_SCRIPTS that is not there", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`}, env: map[string]string{"BP_NODE_RUN_SCRIPTS": "none"}, ran: []string{"npm install --no-save"}, starts: "ERROR: package.json has no script none"},
		{
			name: "a build script by another name", files: app{"package.json": `{"scripts": {"compile": "tsc", "test": "jest", "start": "node lib/"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("lib/index.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts compile"}, starts: "web: node lib/",
		},
		{
			name: "TypeScript that a build compiles", files: app{"package.json": `{"scripts": {"build": "tsc"}}`, "package-lock.json": lock, "src/index.ts": "", "tsconfig.json": "{\"compilerOptions\": {\"outDir\": \"./made\"}} // x"},
			does: does{"npm run": leaves("made/index.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node made/index.js",
		},
		{
			name: "a configuration of TypeScript's outside the project, which only editors read", files: app{"package.json": `{"scripts": {"build": "tsc -p tsconfig.build.json", "types": "tsc", "start": "node x.js"}}`, "package-lock.json": lock, "tsconfig.json": `{"extends": "../tsconfig.json"}`},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node x.js",
		},
		{
			name: "TypeScript that a build leaves as it is", files: app{"package.json": `{"scripts": {"build": "tsc --noEmit"}}`, "package-lock.json": lock, "server.ts": ""},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node server.ts",
		},
		{name: "a server that is a Worker as well", files: app{"package.json": `{}`, "wrangler.toml": "", "src/index.ts": "serve(app)\nexport default app"}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node src/index.ts"},
		{
			name: "prestart that builds runs with the build", files: app{"package.json": `{"scripts": {"prestart": "npm run compile", "compile": "tsc", "start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts prestart"}, starts: "web: node x.js",
		},
		{name: "a lock with both sides of a merge, which npm reads", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`, "package-lock.json": "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> b\n"}, ran: []string{"npm ci --omit=dev"}, starts: "web: node x.js"},
		{name: "BP_LOCK=update", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`, "package-lock.json": lock}, env: map[string]string{"BP_LOCK": "update"}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node x.js"},
		{name: "an old npm that has no ci", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`, "package-lock.json": lock}, env: map[string]string{"BP_NPM_VERSION": "6"}, ran: []string{"npm ci --production"}, starts: "web: node x.js"},
		{
			name: "yarn 1", files: app{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "yarn.lock": "# yarn lockfile v1\n"},
			ran: []string{"yarn install --non-interactive --frozen-lockfile --production=false", "yarn run build", "yarn install --non-interactive --production=true --ignore-scripts --prefer-offline --frozen-lockfile"}, starts: "web: node x.js",
		},
		{
			name: "yarn 4", files: app{"package.json": `{"packageManager": "yarn@4.9.2", "scripts": {"start": "node x.js"}, "devDependencies": {"a": "1"}}`, "yarn.lock": "__metadata:\n", ".yarnrc.yml": "nodeLinker: node-modules\n"},
			ran: []string{"yarn install --immutable", "yarn workspaces focus --all --production"}, starts: "web: node x.js",
		},
		{
			name: "the last Yarn 2, which is in the package of Yarn 1", files: app{"package.json": `{"packageManager": "yarn@2.4.3", "scripts": {"start": "node x.js"}}`, "yarn.lock": "__metadata:\n", ".yarnrc.yml": "nodeLinker: node-modules\n"},
			ran: []string{"yarn install --immutable"}, starts: "web: node x.js",
		},
		{
			name: "npm 6, which leaves out all of development packages", files: app{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "package-lock.json": lock}, env: map[string]string{"BP_NPM_VERSION": "6"},
			ran: []string{"npm ci", "npm run --foreground-scripts build", "npm prune --production --ignore-scripts --no-package-lock"}, starts: "web: node x.js",
		},
		{
			name: "heroku-prebuild and heroku-cleanup", files: app{"package.json": `{"scripts": {"heroku-prebuild": "a", "build": "b", "heroku-cleanup": "c", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "package-lock.json": lock},
			ran: []string{"npm run --foreground-scripts heroku-prebuild", "npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save", "npm run --foreground-scripts heroku-cleanup"}, starts: "web: node x.js",
		},
		{
			name: "heroku-prebuild that makes the file that starts", files: app{"package.json": `{"scripts": {"heroku-prebuild": "a", "start": "node made.js"}}`, "package-lock.json": lock},
			ran: []string{"npm run --foreground-scripts heroku-prebuild", "npm ci --omit=dev"}, starts: "web: node made.js",
		},
		{
			name: "heroku-prebuild before Yarn 4 can run scripts", files: app{"package.json": `{"packageManager": "yarn@4.9.2", "scripts": {"heroku-prebuild": "a", "heroku-cleanup": "c", "start": "node x.js"}}`, "yarn.lock": "__metadata:\n", ".yarnrc.yml": "nodeLinker: node-modules\n"},
			ran: []string{"npm run --foreground-scripts heroku-prebuild", "yarn install --immutable", "yarn run heroku-cleanup"}, starts: "web: node x.js",
		},
		{
			name: "an empty heroku-postbuild", files: app{"package.json": `{"scripts": {"heroku-postbuild": "", "build": "x", "start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci --omit=dev"}, starts: "web: node x.js",
		},
		{
			name: "a lock of Yarn 4 beside engines for Yarn 1", files: app{"package.json": `{"engines": {"yarn": "1.x"}, "scripts": {"start": "node x.js"}}`, "yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "nodeLinker: node-modules\n"},
			ran: []string{"yarn install --immutable"}, starts: "web: node x.js",
		},
		{
			name: "yarnPath beside engines for Yarn 1", files: app{"package.json": `{"engines": {"yarn": "1.x"}, "scripts": {"start": "node x.js"}}`, "yarn.lock": "__metadata:\n  version: 4\n", ".yarnrc.yml": "nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-berry.js\n", ".yarn/releases/yarn-berry.js": ""},
			ran: []string{"yarn install --immutable"}, starts: "web: node x.js",
		},
		{
			name: "yarnPath that names Yarn 1", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`, "yarn.lock": "# yarn lockfile v1\n", ".yarnrc.yml": "yarnPath: .yarn/releases/yarn-1.22.22.cjs\n", ".yarn/releases/yarn-1.22.22.cjs": ""},
			ran: []string{"yarn install --non-interactive --frozen-lockfile --production=true"}, starts: "web: node x.js",
		},
		{
			name: "yarn 4, Plug'n'Play", files: app{"package.json": `{"packageManager": "yarn@4.9.2", "scripts": {"start": "node x.js"}}`, "yarn.lock": "__metadata:\n", ".pnp.cjs": "", ".pnp.loader.mjs": ""},
			ran: []string{"yarn install --immutable"}, starts: "web: node --require DIR/.pnp.cjs --experimental-loader file://DIR/.pnp.loader.mjs x.js",
		},
		{
			name: "pnpm", files: app{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
			ran: []string{"pnpm install --frozen-lockfile", "pnpm run build", "pnpm prune --prod --config.ignore-scripts=true"}, starts: "web: node x.js",
		},
		{
			name: "pnpm, a workspace", files: app{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n", "pnpm-workspace.yaml": "packages: ['lib']", "lib/package.json": "{}"},
			ran: []string{"pnpm install --frozen-lockfile", "pnpm run build", "pnpm install --prod --ignore-scripts --prefer-offline --config.modules-cache-max-age=0 --config.confirm-modules-purge=false --frozen-lockfile"}, starts: "web: node x.js",
		},
		{name: "bun installs, node runs", files: app{"package.json": `{"scripts": {"start": "node x.js"}}`, "bun.lock": "{}"}, ran: []string{"bun install --frozen-lockfile --production"}, starts: "web: node x.js"},
		{name: "bun serves a Worker", files: app{"package.json": `{"module": "index.ts"}`, "bun.lock": "{}", "wrangler.toml": "", "index.ts": "export default app"}, ran: []string{"bun install --frozen-lockfile --production"}, starts: "web: bun index.ts"},
		{name: "bun runs what nothing says how to run", files: app{"package.json": `{"module": "index.ts"}`, "bun.lock": "{}", "index.ts": ""}, ran: []string{"bun install --frozen-lockfile --production"}, starts: "web: bun index.ts"},
		{
			name: "Next.js", files: app{"package.json": `{"dependencies": {"next": "15"}, "scripts": {"build": "next build", "start": "next start"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("next dist/bin/next"), "npm run": leaves(".next/BUILD_ID", ".next/cache/x")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node node_modules/next/dist/bin/next start",
		},
		{
			name: "Next.js without scripts", files: app{"package.json": `{"dependencies": {"next": "15"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("next dist/bin/next"), "npx": leaves(".next/BUILD_ID")},
			ran:  []string{"npm ci", "npx --no-install next build"}, starts: "web: node node_modules/next/dist/bin/next start",
		},
		{
			name: "a server of the app's own beside Next.js, without scripts", files: app{"package.json": `{"dependencies": {"next": "15"}}`, "package-lock.json": lock, "server.js": ""},
			ran: []string{"npm ci --omit=dev"}, starts: "web: node server.js",
		},
		{
			name: "Next.js, standalone", files: app{"package.json": `{"dependencies": {"next": "15"}, "scripts": {"build": "next build", "start": "next start"}}`, "package-lock.json": lock, "public/x": ""},
			does: does{"npm run": leaves(".next/BUILD_ID", ".next/standalone/server.js", ".next/static/y")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: HOSTNAME=0.0.0.0 node .next/standalone/server.js",
		},
		{
			name: "Next.js, export", files: app{"package.json": `{"dependencies": {"next": "15"}, "scripts": {"build": "next build", "start": "next start"}}`, "package-lock.json": lock, "next.config.mjs": "export default { output: 'export' }"},
			does: does{"npm run": leaves(".next/BUILD_ID", "out/index.html", "out/404.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site out, 404",
		},
		{
			name: "Nuxt", files: app{"package.json": `{"dependencies": {"nuxt": "3"}, "scripts": {"build": "nuxt build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves(".output/server/index.mjs", ".output/public/x")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node .output/server/index.mjs",
		},
		{
			name: "Nuxt by its own start", files: app{"package.json": `{"devDependencies": {"nuxt": "3"}, "scripts": {"build": "nuxt build", "start": "nuxt start"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves(".output/server/index.mjs", ".output/public/x")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node .output/server/index.mjs",
		},
		{
			name: "TypeScript that the build compiled", files: app{"package.json": `{"scripts": {"build": "tsc"}, "devDependencies": {"typescript": "5"}}`, "package-lock.json": lock, "src/server.ts": ""},
			does: does{"npm run": leaves("dist/server.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node dist/server.js",
		},
		{
			name: "TypeScript that the build only checked", files: app{"package.json": `{"scripts": {"build": "tsc --noEmit"}, "devDependencies": {"typescript": "5"}}`, "package-lock.json": lock, "src/server.ts": ""},
			ran: []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node src/server.ts",
		},
		{
			name: "scripts one after the other", files: app{"package.json": `{"scripts": {"start": "run-s build serve", "build": "tsc", "serve": "node dist/x.js"}, "devDependencies": {"npm-run-all": "4"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node dist/x.js",
		},
		{
			name: "Remix", files: app{"package.json": `{"dependencies": {"@remix-run/serve": "2"}, "scripts": {"build": "remix vite:build", "start": "remix-serve ./build/server/index.js"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("@remix-run/serve dist/remix-serve"), "npm run": leaves("build/server/index.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node node_modules/@remix-run/serve/dist/remix-serve ./build/server/index.js",
		},
		{
			name: "React Router, pages alone", files: app{"package.json": `{"dependencies": {"@react-router/serve": "7"}, "devDependencies": {"@react-router/dev": "7"}, "scripts": {"build": "react-router build", "start": "react-router-serve ./build/server/index.js"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/client/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site build/client, index.html",
		},
		{
			name: "Astro, server", files: app{"package.json": `{"dependencies": {"astro": "5"}, "scripts": {"build": "astro build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/server/entry.mjs", "dist/client/x")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node dist/server/entry.mjs",
		},
		{
			name: "Astro, pages", files: app{"package.json": `{"dependencies": {"astro": "5"}, "scripts": {"start": "astro dev", "build": "astro build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html", "dist/about/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site dist, 404",
		},
		{
			name: "SvelteKit, adapter-node", files: app{"package.json": `{"devDependencies": {"@sveltejs/kit": "2"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/index.js", "build/handler.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node build/index.js",
		},
		{
			name: "Angular", files: app{"package.json": `{"dependencies": {"@angular/core": "19"}, "scripts": {"start": "ng serve", "build": "ng build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/web/browser/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site dist/web/browser, index.html",
		},
		{
			name: "Angular, server rendering", files: app{"package.json": `{"dependencies": {"@angular/core": "19"}, "scripts": {"start": "ng serve", "build": "ng build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/web/browser/index.html", "dist/web/server/server.mjs")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node dist/web/server/server.mjs",
		},
		{
			name: "NestJS started by its development server", files: app{"package.json": `{"dependencies": {"@nestjs/core": "10"}, "scripts": {"start": "nest start", "build": "nest build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/main.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node dist/main.js",
		},
		{
			name: "Create React App", files: app{"package.json": `{"dependencies": {"react-scripts": "5"}, "scripts": {"start": "react-scripts start", "build": "react-scripts build"}}`, "yarn.lock": "# yarn lockfile v1\n"},
			does: does{"yarn run": leaves("build/index.html")},
			ran:  []string{"yarn install --non-interactive --frozen-lockfile --production=false", "yarn run build"}, starts: "site build, index.html",
		},
		{
			name: "a server of pages that the app has not", files: app{"package.json": `{"dependencies": {"react-scripts": "5"}, "scripts": {"start": "npx serve -s build", "build": "react-scripts build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("build/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site build, index.html",
		},
		{
			name: "a server of pages that the app has", files: app{"package.json": `{"dependencies": {"react-scripts": "5", "serve": "14"}, "scripts": {"start": "serve -s build", "build": "react-scripts build"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("serve build/serve.js"), "npm run": leaves("build/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node node_modules/serve/build/serve.js -s build",
		},
		{
			name: "Vue CLI", files: app{"package.json": `{"devDependencies": {"@vue/cli-service": "5"}, "scripts": {"start": "vue-cli-service serve", "build": "vue-cli-service build"}}`},
			does: does{"npm run": leaves("dist/index.html")},
			ran:  []string{"npm install --no-save", "npm run --foreground-scripts build"}, starts: "site dist, index.html",
		},
		{
			name: "Vite", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"dev": "vite", "build": "vite build"}}`, "index.html": "", "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site dist, index.html",
		},
		{
			name: "Vite, the folder is in the script", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"build": "tsc && vite build --outDir pages"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("pages/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site pages, index.html",
		},
		{
			name: "Vite, the folder is in the configuration", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock, "vite.config.ts": "build: { outDir: './pages' }"},
			does: does{"npm run": leaves("pages/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site pages, index.html",
		},
		{
			name: "push-state off", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock}, env: map[string]string{"BP_WEB_SERVER_ENABLE_PUSH_STATE": "false"},
			does: does{"npm run": leaves("dist/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site dist, 404",
		},
		{
			name: "a build that left nothing", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "ERROR: the build left nothing that starts",
		},
		{name: "a server beside its pages, without a script", files: app{"package.json": `{"main": "web.js", "dependencies": {"express": "5"}}`, "web.js": "app.listen(80)", "public/index.html": ""}, ran: []string{"npm install --no-save --omit=dev"}, starts: "web: node web.js"},
		{name: "server.js beside a page, without package.json", files: app{"server.js": "", "index.html": ""}, starts: "web: node server.js"},
		{name: "a file that listens beside its pages", files: app{"app.js": "require('http').createServer(f).listen(process.env.PORT)", "public/index.html": ""}, starts: "web: node app.js"},
		{name: "a script of a page", files: app{"main.js": "document.title = 'x'", "index.html": "<script src=main.js></script>"}, starts: "site ., 404"},
		{name: "a game of tennis in a page", files: app{"app.js": "function serve() {}\nserve()", "index.html": "<script type='module' src='./app.js'></script>"}, starts: "site ., 404"},
		{name: "a bundle with a router in a page", files: app{"public/index.html": "<script src=\"/main.js?v=1\"></script>", "public/main.js": "", "index.html": "<script src=\"main.js\" defer></script>", "main.js": "n.listen(t)"}, starts: "site ., 404"},
		{name: "a server beside a page with a script of its name", files: app{"app.js": "x.listen(80)", "public/app.js": "", "public/index.html": "<script src=\"../app.js\"></script>"}, starts: "web: node app.js"},
		{name: "npm init beside a page", files: app{"package.json": `{"main": "index.js"}`, "index.js": "alert()", "index.html": ""}, starts: "site ., 404"},
		{name: "Staticfile beside a server", files: app{"Staticfile": "root: public\n", "server.js": "", "public/index.html": ""}, starts: "site public, 404"},
		{name: "index.html alone", files: app{"index.html": ""}, starts: "site ., 404"},
		{name: "Staticfile", files: app{"Staticfile": "root: hello\nindex_fallback: true\n", "hello/index.html": ""}, starts: "site hello, index.html"},
		{
			name: "Staticfile beside a build", files: app{"Staticfile": "index_fallback: false\n", "package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock},
			does: does{"npm run": leaves("dist/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site dist, 404",
		},
		{name: "static.json", files: app{"static.json": `{"routes": {"/**": "index.html"}}`, "public_html/index.html": "", "notes.txt": ""}, starts: "site public_html, routes"},
		{name: "static.json with a folder", files: app{"static.json": `{"root": "dist/"}`, "dist/index.html": "", "public_html/index.html": ""}, starts: "site dist, 404"},
		{name: "pages in a folder of theirs", files: app{"dist/index.html": "", "notes.txt": ""}, starts: "site dist, 404"},
		{name: "the folder that a setting names", files: app{"public/index.html": "", "other/index.html": ""}, env: map[string]string{"BP_WEB_SERVER_ROOT": "other"}, starts: "site other, 404"},
		{name: "Staticfile with a folder that is not there", files: app{"Staticfile": "root: ../etc\n", "index.html": ""}, starts: "ERROR: there is no folder ../etc"},
		{
			name: "a start command of a development package keeps them", files: app{"package.json": `{"scripts": {"start": "tsx server.ts"}, "devDependencies": {"tsx": "4"}}`, "package-lock.json": lock, "server.ts": ""},
			does: does{"npm ci": func(s *shop) func(string) error {
				return func(dir string) error {
					if s.ran[len(s.ran)-1] == "npm ci" {
						return s.installs("tsx dist/tsx")(dir)
					}
					return nil
				}
			}},
			ran: []string{"npm ci --omit=dev", "npm ci"}, starts: "web: node node_modules/tsx/dist/tsx server.ts",
		},
		{
			name: "the one member of a workspace that starts, beside a Worker's configuration", files: app{"wrangler.toml": "", "package.json": `{"workspaces": ["packages/*"]}`, "package-lock.json": lock, "packages/a/package.json": `{"scripts": {"start": "node a.js"}}`},
			ran: []string{"npm ci --omit=dev"}, starts: "web: cd packages/a && node a.js",
		},
		{
			name: "the one member of a workspace that starts", files: app{"package.json": `{"workspaces": ["packages/*"]}`, "package-lock.json": lock, "packages/a/package.json": `{"scripts": {"start": "node a.js"}}`, "packages/b/package.json": `{}`},
			ran: []string{"npm ci --omit=dev"}, starts: "web: cd packages/a && node a.js",
		},
		{
			name: "the one front end of a workspace that is built as a whole", files: app{"package.json": `{"workspaces": ["apps/*"], "scripts": {"build": "turbo build"}}`, "package-lock.json": lock, "apps/web/package.json": `{"devDependencies": {"vite": "6"}}`},
			does: does{"npm run": leaves("apps/web/dist/index.html")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "site apps/web/dist, index.html",
		},
		{
			name: "the one server of a workspace that is built as a whole", files: app{"package.json": `{"workspaces": ["apps/*"], "scripts": {"build": "turbo build"}}`, "package-lock.json": lock, "apps/web/package.json": `{"dependencies": {"nuxt": "3"}}`},
			does: does{"npm run": leaves("apps/web/.output/server/index.mjs")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: cd apps/web && node .output/server/index.mjs",
		},
		{
			name: "Nx, the default project", files: app{
				"package.json": `{"scripts": {"start": "nx serve", "build": "nx build"}, "dependencies": {"next": "12"}, "devDependencies": {"nx": "14"}}`, "package-lock.json": lock,
				"nx.json": `{"defaultProject": "api"}`, "apps/api/project.json": `{"projectType": "application", "targets": {"build": {"options": {"outputPath": "dist/apps/api"}}}}`,
				"apps/web/project.json": `{"projectType": "application", "targets": {"build": {}}}`,
			},
			does: does{"npm run": leaves("dist/apps/api/main.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node dist/apps/api/main.js",
		},
		{
			name: "Nx, the only application, without scripts", files: app{
				"package.json": `{"devDependencies": {"nx": "20", "vite": "6"}}`, "package-lock.json": lock, "nx.json": `{}`,
				"apps/web/project.json":     `{"name": "web", "projectType": "application", "targets": {"build": {"options": {"outputPath": "{workspaceRoot}/dist/{projectRoot}"}}}}`,
				"apps/web-e2e/project.json": `{"name": "web-e2e", "projectType": "application", "targets": {"build": {}}}`,
			},
			does: does{"npx": leaves("dist/apps/web/index.html")},
			ran:  []string{"npm ci", "npx --no-install nx build web"}, starts: "site dist/apps/web, index.html",
		},
		{
			name: "a development server without a build script", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"start": "vite --host"}}`, "package-lock.json": lock},
			does: does{"npx": leaves("dist/index.html")},
			ran:  []string{"npm ci", "npx --no-install vite build"}, starts: "site dist, index.html",
		},
		{
			name: "a framework's server without a build script", files: app{"package.json": `{"dependencies": {"next": "16"}, "scripts": {"start": "next start"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("next dist/bin/next"), "npx": leaves(".next/BUILD_ID")},
			ran:  []string{"npm ci", "npx --no-install next build"}, starts: "web: node node_modules/next/dist/bin/next start",
		},
		{
			name: "a server of the app's own beside a front end", files: app{"package.json": `{"devDependencies": {"vite": "6"}, "scripts": {"start": "node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci --omit=dev"}, starts: "web: node x.js",
		},
		{
			name: "a start script that builds first", files: app{"package.json": `{"scripts": {"start": "rm -rf dist && npm run compile && node dist/x.js", "compile": "tsc -p ."}, "devDependencies": {"typescript": "5"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "sh -c rm -rf dist && tsc -p .", "npm prune --omit=dev --ignore-scripts --no-save"}, starts: "web: node dist/x.js",
		},
		{
			name: "a start script that does what the build script does", files: app{"package.json": `{"scripts": {"build": "tsc", "start": "npm run build && node dist/x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node dist/x.js",
		},
		{
			name: "a start script that builds in another folder", files: app{"package.json": `{"scripts": {"start": "cd web && vite build && cd .. && node x.js"}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "sh -c cd web && vite build"}, starts: "web: cd web && cd .. && node x.js",
		},
		{
			name: "a start script that removes files by Node.js and builds", files: app{"package.json": `{"scripts": {"start": "npm run compile && node dist/x.js", "compile": "npm run clean && tsc", "clean": "node -e \"require('fs').rmSync('dist', {recursive: true})\""}}`, "package-lock.json": lock},
			ran: []string{"npm ci", "sh -c node -e \"require('fs').rmSync('dist', {recursive: true})\" && tsc"}, starts: "web: node dist/x.js",
		},
		{
			name: "a start script that builds after it migrated", files: app{"package.json": `{"scripts": {"start": "prisma migrate deploy && tsc && node dist/x.js"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("prisma build/prisma", "typescript bin/tsc")},
			ran:  []string{"npm ci --omit=dev"}, starts: "web: node node_modules/prisma/build/prisma migrate deploy && node node_modules/typescript/bin/tsc && node dist/x.js",
		},
		{
			name: "TanStack Start without Nitro", files: app{"package.json": `{"dependencies": {"@tanstack/react-start": "1"}, "scripts": {"build": "vite build"}}`, "package-lock.json": lock},
			does: does{"npm ci": installs("srvx bin/srvx.mjs"), "npm run": leaves("dist/server/server.js", "dist/client/x.js")},
			ran:  []string{"npm ci", "npm run --foreground-scripts build"}, starts: "web: node node_modules/srvx/bin/srvx.mjs --prod --static ../client dist/server/server.js",
		},
		{name: "a workspace that is built as a whole, two members of which start", files: app{"package.json": `{"workspaces": ["apps/*"], "scripts": {"build": "turbo run build"}}`, "apps/a/package.json": `{"scripts": {"start": "x"}}`, "apps/b/package.json": `{"scripts": {"start": "x"}}`}, starts: "ERROR: nothing says how the app starts\n  looked for: BP_WHITTLE_START"},
		{name: "two members of a workspace that start", files: app{"package.json": `{"workspaces": ["packages/*"]}`, "packages/a/package.json": `{"scripts": {"start": "x"}}`, "packages/b/package.json": `{"scripts": {"start": "x"}}`}, starts: "ERROR: nothing says how the app starts\n  looked for: BP_WHITTLE_START"},
		{name: "nothing says how it starts", files: app{"package.json": `{}`, "lib/x.js": ""}, starts: "ERROR: nothing says how the app starts"},
		{name: "a start that needs a shell", files: app{"package.json": `{"scripts": {"start": "node a.js | tee log"}}`}, starts: "ERROR: the start command of web needs what the image has not"},
		{name: "package.json that is no JSON", files: app{"package.json": "{\n\n,"}, starts: "ERROR: cannot read package.json\n  line 3:"},
	} {
		t.Run(row.name, row.check)
	}
}
