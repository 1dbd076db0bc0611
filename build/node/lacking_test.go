package node

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPackagesThatNothingLists refuses a program that imports packages where no package.json is, before anything is downloaded.
func TestPackagesThatNothingLists(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		line  string // of a Procfile; empty for none
		want  string // the lines of evidence; empty: the app is built
	}{
		{"required", app{"app.js": "'use strict';\nconst render = require('./lib/render');\nvar router = require('@koa/router')();\nconst { a,\n  b } = require( \"koa/x\");\n", "lib/render.js": "require('co-views')"}, "", "app.js imports @koa/router\n  app.js imports koa\n  lib/render.js imports co-views\n  looked for: package.json\nNext: Run `npm init -y` and `npm install @koa/router koa co-views` in the app's folder"},
		{"imported", app{"server.mjs": "import express, { x } from 'express';\nimport 'side/effect';\nimport fs from 'node:fs';\nexport * from \"more\";"}, "", "server.mjs imports express\n  server.mjs imports side\n  server.mjs imports more\n"},
		{"by a Procfile", app{"web.js": "const x = require('x')", "index.js": ""}, "node web.js", "web.js imports x\n"},
		{"listed further down", app{"api/package.json": `{"dependencies": {"x": "1"}}`, "api/src/web.js": "const x = require('x')"}, "node api/src/web.js", "api/src/web.js imports x\nNext: Name that folder as the app's by BP_WHITTLE_APP=api,"},
		{"modules of Node.js", app{"app.js": "const http = require('http'), f = require('fs/promises')\nimport p from 'node:path'\nrequire('./data.json')\nrequire('.')", "index.js": ""}, "", ""},
		{"guarded", app{"app.js": "try {\n  require('x')\n} catch {}\nif (a) require('y')\nfunction f() { return require('z') }"}, "", ""},
		{"in a comment", app{"app.js": "/*\nrequire('x')\n*/\n// require('y')"}, "", ""},
		{"checked in", app{"app.js": "require('x/lib/a')", "node_modules/x/package.json": "{}"}, "", ""},
		{"an alias that nobody could install", app{"app.js": "import a from '@/a'\nimport b from '#b'"}, "", ""},
		{"found by an option", app{"app.js": "require('x')"}, "node --import ./find.mjs app.js", ""},
		{"a script of a page", app{"app.js": "import { createApp } from 'vue'", "index.html": ""}, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, r := workshop(t, row.files, nil)
			if row.line != "" {
				s.Processes = []language.Process{{Type: "web", Line: row.line, Why: "Procfile"}}
			}
			_, err := compile(t.Context(), s)
			if row.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "the app's packages ") && !strings.Contains(err.Error(), "nothing lists the app's packages\n") || !strings.Contains(err.Error(), "\n  "+row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if len(r.Asked) > 0 {
				t.Errorf("the registry was asked for %v", r.Asked)
			}
		})
	}
}

// TestImportsThatAreNotInstalled warns of packages that a process imports and that the image has not.
func TestImportsThatAreNotInstalled(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name     string
		manifest string
		file     string
		env      map[string]string
		want     string // the warning; empty for none
	}{
		{"not listed", `{"dependencies": {"express": "5"}}`, "require('express')\nrequire('koa')", nil, "server.js imports koa, and no installed package is that: add it to dependencies in package.json"},
		{"installed", `{"dependencies": {"express": "5"}}`, "require('express/lib/x')", nil, ""},
		{"the app itself", `{"name": "shop"}`, "require('shop/lib')", nil, ""},
		{"other names", `{"dependencies": {"module-alias": "2"}}`, "require('module-alias/register')\nrequire('models')", nil, ""},
		{"NODE_PATH", `{}`, "require('models')", map[string]string{"NODE_PATH": "lib"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, app{"package.json": row.manifest, "package-lock.json": lock, "server.js": row.file}, row.env)
			sh.does["npm ci"] = sh.installs("express", "module-alias")
			var out bytes.Buffer
			s.Log = language.NewLog(&out, languagetest.Noon)
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), " imports "); got != (row.want != "") || !strings.Contains(out.String(), row.want) {
				t.Errorf("got %s, want %s", out.String(), row.want)
			}
		})
	}
}

// TestImportsOfDevelopmentPackages keeps development packages where what starts imports one.
func TestImportsOfDevelopmentPackages(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		ran   []string
	}{
		{"installed for it", app{"package.json": `{"devDependencies": {"leftpad": "1"}}`, "server.js": "const pad = require('leftpad')"}, []string{"npm ci --omit=dev", "npm ci"}},
		{"another package brings it", app{"package.json": `{"dependencies": {"express": "5"}, "devDependencies": {"debug": "1"}}`, "server.js": "require('debug')"}, []string{"npm ci --omit=dev"}},
		{"kept after a build", app{"package.json": `{"devDependencies": {"leftpad": "1"}, "scripts": {"build": "x"}}`, "server.js": "import pad from 'leftpad'"}, []string{"npm ci", "npm run --foreground-scripts build"}},
		{"left out after a build", app{"package.json": `{"devDependencies": {"leftpad": "1"}, "scripts": {"build": "x"}}`, "server.js": "if (x) require('leftpad')"}, []string{"npm ci", "npm run --foreground-scripts build", "npm prune --omit=dev --ignore-scripts --no-save"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.files["package-lock.json"] = lock
			s, sh, _ := workshop(t, row.files, nil)
			sh.does["npm ci"] = sh.installs("express", "debug")
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.ran, sh.ran); diff != "" {
				t.Error(diff)
			}
		})
	}
}
