package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language/languagetest"
)

// lookAt reads an app of files.
func lookAt(t *testing.T, files map[string]string, env map[string]string) *app {
	t.Helper()
	s, _, _ := workshop(t, files, env)
	a, err := look(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// monorepo is a workspace with scripts that name each other.
var monorepo = map[string]string{
	"package.json": `{"name": "top", "version": "1.2.3", "workspaces": ["apps/*", "packages/*"], "scripts": {
		"start": "npm run serve", "serve": "NODE_ENV=production node server.js", "both": "echo starting && npm run serve",
		"web": "cd apps/web && npm start", "flags": "npm run serve -- --port 3000", "cross": "cross-env A=1 B=$C node x.js",
		"version": "node v.js $npm_package_version", "loop": "npm run pool", "pool": "npm run loop", "tool": "npx tool --flag",
		"prehooked": "node migrate.js", "hooked": "node server.js", "prebuilt": "npm run build", "built": "node dist/x.js", "build": "tsc",
		"turns": "run-s -s hooked serve", "turns2": "npm-run-all serve", "at once": "npm-run-all --parallel serve both", "pattern": "run-s serve:*",
		"shell": "node a.js | tee log", "watch": "nodemon --watch src src/index.js --inspect", "exec": "nodemon --exec 'ts-node -T' src/index.ts",
		"manager": "pm2-runtime start server.js", "many": "concurrently \"npm:a\" \"npm:b\"", "pipeline": "turbo run start --filter=web",
		"all": "turbo run go", "install": "npm install && node x.js", "sh": "sh -c 'exec node server.js'", "typed": "ts-node src/index.ts"
	}}`,
	"apps/web/package.json":     `{"name": "web", "scripts": {"start": "next start -p $PORT", "go": "node a.js"}}`,
	"packages/api/package.json": `{"name": "@acme/api", "scripts": {"start": "node api.js", "go": "node b.js"}}`,
}

func TestInline(t *testing.T) {
	a := lookAt(t, monorepo, nil)
	for _, row := range []struct{ text, want, err string }{
		{"node server.js", "node server.js", ""},
		{"npm start", "NODE_ENV=production node server.js", ""},
		{"npm run both", "echo starting && NODE_ENV=production node server.js", ""},
		{"FOO=1 npm start", "export FOO='1' && NODE_ENV=production node server.js", ""},
		{"npm run web", "cd apps/web && next start -p $PORT", ""},
		{"npm run serve --silent", "NODE_ENV=production node server.js", ""},
		{"npm run serve -- --port 80", "NODE_ENV=production node server.js --port 80", ""},
		{"npm run flags", "NODE_ENV=production node server.js --port 3000", ""},
		{"npm --prefix apps/web start", "cd apps/web && next start -p $PORT", ""},
		{"npm start --workspace=@acme/api", "cd packages/api && node api.js", ""},
		{"npm start -w packages/api", "cd packages/api && node api.js", ""},
		{"yarn serve --port 80", "NODE_ENV=production node server.js --port 80", ""},
		{"yarn workspace @acme/api start", "cd packages/api && node api.js", ""},
		{"yarn --cwd apps/web start", "cd apps/web && next start -p $PORT", ""},
		{"yarn next start", "next start", ""},
		{"yarn node x.js", "node x.js", ""},
		{"pnpm --filter web start", "cd apps/web && next start -p $PORT", ""},
		{"pnpm -C apps/web run start", "cd apps/web && next start -p $PORT", ""},
		{"pnpm exec next start", "next start", ""},
		{"bun run serve", "NODE_ENV=production node server.js", ""},
		{"bun server.ts", "bun server.ts", ""},
		{"bun run server.ts", "bun run server.ts", ""},
		{"bun --hot index.ts", "bun index.ts", ""},
		{"bunx tool", "tool", ""},
		{"npx --no-install tool -x", "tool -x", ""},
		{"npm exec -- tool -x", "tool -x", ""},
		{"npm run tool", "tool --flag", ""},
		{"npm run cross", "A=1 B=$C node x.js", ""},
		{"npm run version", "node v.js 1.2.3", ""},
		{"npm run hooked", "node migrate.js && node server.js", ""},
		{"npm run built", "node dist/x.js", ""},
		{"npm run watch", "node src/index.js --inspect", ""},
		{"node --watch --env-file .env server.js --watch", "node --env-file .env server.js --watch", ""},
		{"node -r dotenv/config --watch-path src --watch-preserve-output server.js", "node -r dotenv/config server.js", ""},
		{"bun --hot run index.ts", "bun run index.ts", ""},
		{"deno run -A --watch=static/,routes/ --env dev.ts", "deno run -A --env dev.ts", ""},
		{"tsx watch src/index.ts", "tsx src/index.ts", ""},
		{"tsx src/watch.ts watch", "tsx src/watch.ts watch", ""},
		{"npm run exec", "ts-node -T src/index.ts", ""},
		{"npm run manager", "node server.js", ""},
		{"npm run pipeline", "cd apps/web && next start -p $PORT", ""},
		{"npm run sh", "exec node server.js", ""},
		{"nodejs x.js", "node x.js", ""},
		{"npm run loop", "", "call each other without end"},
		{"npm run none", "", `package.json has no script "none"`},
		{"npm run shell", "", "a pipe (|)"},
		{"npm run turns", "node migrate.js && node server.js && NODE_ENV=production node server.js", ""},
		{"npm run turns2", "NODE_ENV=production node server.js", ""},
		{"npm run 'at once'", "", "each a process of its own"},
		{"npm run pattern", "", `no script "serve:*"`},
		{"npm run many", "", `no script "a"`},
		{"npm run all", "", "2 packages (web, @acme/api)"},
		{"npm install", "", "do it in a build script"},
		{"pnpm -r start", "", "several packages"},
		{"npm start -w none", "", `no member "none"`},
		{"pnpm dlx serve", "", "not in the image"},
		{"npm", "", "without a script"},
	} {
		got, err := a.inline(row.text, a.Dir)
		languagetest.Has(t, err, row.err)
		if err == nil && got.String() != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.text, got, row.want)
		}
	}
}

// TestScriptsThatAreReadAndLeftOutEnd starts by scripts that each have some others run before them, which build, and so are no part of
// the command: what it comes to is short, and what is read for it would be no end.
func TestScriptsThatAreReadAndLeftOutEnd(t *testing.T) {
	var scripts strings.Builder
	for i := range 10 {
		fmt.Fprintf(&scripts, `"s%d": "npm run s%d", "pres%d": "%s tsc",`, i, i+1, i, strings.Repeat(fmt.Sprintf("npm run s%d; ", i+1), 20))
	}
	a := lookAt(t, map[string]string{"package.json": `{"scripts": {` + scripts.String() + `"s10": "node server.js", "start": "npm run s9"}}`}, nil)
	done := make(chan error, 1)
	go func() { _, err := a.inline("npm run s0", a.Dir); done <- err }()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), errEndless.Error()) || len(err.Error()) > 2000 {
			t.Errorf("got error %.2000v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	if line, err := a.inline("npm start", a.Dir); err != nil || line.String() != "node server.js" {
		t.Errorf("a script with few before it is %s, %v", line, err)
	}
}

func TestIsDevServer(t *testing.T) {
	for text, want := range map[string]bool{
		"ng serve --host 0.0.0.0 --port 8080": true, "ng build": false, "vue-cli-service serve": true, "react-scripts start": true, "react-scripts build": false,
		"vite": true, "vite --host": true, "vite --port 80": true, "vite dev": true, "vite preview --host": true, "vite build": false, "vite-node x.ts": false,
		"next dev": true, "next start": false, "next": false, "astro dev": true, "astro": true, "nuxt dev": true, "nuxi preview": true, "parcel index.html": true,
		"parcel build x": false, "webpack serve --open": true, "webpack --mode production": false, "nest start": true, "nest build": false,
		"gatsby develop": true, "gatsby build": false, "eleventy --serve": true, "eleventy": false, "serve -s build": false, "node server.js": false, "./node_modules/.bin/ng serve": true, "": false,
	} {
		if got := isDevServer(strings.Fields(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestResolve(t *testing.T) {
	a := lookAt(t, map[string]string{
		"package.json":                    `{"devDependencies": {"typescript": "5", "tsx": "4"}}`,
		"node_modules/next/dist/bin/next": "#!/usr/bin/env node\n", "node_modules/flags/cli.js": "#!/usr/bin/env -S node --no-warnings\n",
		"node_modules/esbuild/bin/esbuild": "\x7fELF", "node_modules/plain/cli.mjs": "x", "node_modules/bunny/cli.ts": "#!/usr/bin/env bun\n",
		"node_modules/.bin/vite":                                  "#!/bin/sh\nbasedir=$(dirname \"$0\")\nif [ -x \"$basedir/node\" ]; then\n  exec \"$basedir/node\"  \"$basedir/../.pnpm/vite@6/node_modules/vite/bin/vite.js\" \"$@\"\nfi\n",
		"node_modules/.pnpm/vite@6/node_modules/vite/bin/vite.js": "#!/usr/bin/env node\n",
		"bin/www": "#!/usr/bin/env node\n", "run.sh": "#!/bin/sh\n", "apps/web/x.js": "",
	}, nil)
	for name, target := range map[string]string{"next": "next/dist/bin/next", "flags": "flags/cli.js", "esbuild": "esbuild/bin/esbuild", "plain": "plain/cli.mjs", "bunny": "bunny/cli.ts"} {
		if err := os.Symlink("../"+target, filepath.Join(a.Dir, "node_modules", ".bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct{ text, want, used, err string }{
		{"node server.js", "node server.js", "node", ""},
		{"next start -p $PORT", "node node_modules/next/dist/bin/next start -p $PORT", "node", ""},
		{"A=1 exec next start", "A=1 exec node node_modules/next/dist/bin/next start", "node", ""},
		{"./node_modules/.bin/next start", "node node_modules/next/dist/bin/next start", "node", ""},
		{"cd apps/web && next start", "cd apps/web && node ../../node_modules/next/dist/bin/next start", "node", ""},
		{"flags", "node --no-warnings node_modules/flags/cli.js", "node", ""},
		{"esbuild", "node_modules/esbuild/bin/esbuild", "", ""},
		{"plain", "node node_modules/plain/cli.mjs", "node", ""},
		{"bunny", "bun node_modules/bunny/cli.ts", "bun", ""},
		{"vite preview", "node node_modules/.pnpm/vite@6/node_modules/vite/bin/vite.js preview", "node", ""},
		{"./bin/www", "node ./bin/www", "node", ""},
		{"www", "node bin/www", "node", ""},
		{"./run.sh", "./run.sh", "", ""},
		{"bun x.ts", "bun x.ts", "bun", ""},
		{"curl x", "curl x", "", ""},
		{"$PROGRAM x", "$PROGRAM x", "", ""},
		{"tsc", "", "", "tsc is a program of the development package typescript"},
		{"tsx x.ts", "", "", "tsx is a program of the development package tsx"},
	} {
		line, err := command.Parse(row.text)
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]bool{}
		got, err := a.resolve(t.Context(), line, used)
		languagetest.Has(t, err, row.err)
		if err == nil && (got.String() != row.want || row.used != "" && !used[row.used] || row.used == "" && (used["node"] || used["bun"])) {
			t.Errorf("%s:\n got %s, %v\nwant %s, %s", row.text, got, used, row.want, row.used)
		}
	}
}
