package build

import (
	"fmt"
	"slices"

	"whittle.dev/whittle/build/failure"
)

// scriptRunners are the tools that run scripts of package.json with the programs of its packages on PATH.
var scriptRunners = []string{"npm", "yarn", "pnpm", "bun"}

// scriptPrograms are programs that scripts of package.json run, and the packages of the npm registry that have them, where the name
// is another.
var scriptPrograms = map[string]string{
	"babel": "@babel/cli", "craco": "@craco/craco", "ember": "ember-cli", "grunt": "grunt-cli", "nest": "@nestjs/cli",
	"ng": "@angular/cli", "postcss": "postcss-cli", "quasar": "@quasar/cli", "react-router": "@react-router/dev", "remix": "@remix-run/dev",
	"run-p": "npm-run-all", "run-s": "npm-run-all", "svelte-kit": "@sveltejs/kit", "tailwindcss": "@tailwindcss/cli", "tsc": "typescript",
	"vue-cli-service": "@vue/cli-service", "webpack": "webpack and webpack-cli", "cap": "@capacitor/cli", "dotenv": "dotenv-cli", "ionic": "@ionic/cli",
	"strapi": "@strapi/strapi", "rw": "@redwoodjs/core", "medusa": "@medusajs/cli", "sequelize": "sequelize-cli", "swc": "@swc/cli",
	"keystone": "@keystone-6/core", "stencil": "@stencil/core", "mikro-orm": "@mikro-orm/cli", "cds": "@sap/cds-dk",
}

// sameName are programs of packages that are called as they are.
var sameName = []string{
	"astro", "blitz", "concurrently", "copyfiles", "cross-env", "drizzle-kit", "esbuild", "eslint", "expo", "gatsby", "gulp", "knex", "lerna", "next", "nodemon", "npm-run-all", "nuxt", "nuxi", "nx",
	"parcel", "prettier", "prisma", "react-scripts", "rimraf", "rollup", "sass", "shx", "ts-node", "tsup", "tsx", "turbo", "typeorm", "unbuild", "vinxi", "vite", "vitest",
	"wireit", "tsc-alias", "del-cli", "cpx", "patch-package", "payload", "wrangler", "husky", "node-gyp", "pm2", "mocha", "jest", "vue-tsc", "svelte-check", "browserify", "uglifyjs",
}

// ofScript is advice about a program that a script of package.json runs and that none of the app's packages has; empty where it is
// more likely one of the system.
func ofScript(c failure.Cause, tool string) string {
	if c.Kind != failure.Program || len(c.Names) == 0 || !slices.Contains(scriptRunners, tool) {
		return ""
	}
	name := c.Names[0]
	has := scriptPrograms[name]
	if has == "" && slices.Contains(sameName, name) {
		has = name
	}
	if has == "" {
		return ""
	}
	return fmt.Sprintf("Add the package %s, which has the program %s, to devDependencies in package.json; it is none of the app's packages.", has, name)
}
