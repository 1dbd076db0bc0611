package node

import "slices"

// scriptPrograms are programs that scripts of package.json run, and the packages of the npm registry that have them.
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

// packageOf is the package of the npm registry that has a program which scripts run; empty where none is known.
func packageOf(program string) string {
	if slices.Contains(sameName, program) {
		return program
	}
	return scriptPrograms[program]
}
