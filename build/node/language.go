// Package node builds apps for Node.js, Bun and Deno, and static front ends.
package node

import (
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is JavaScript and TypeScript on Node.js, Bun and Deno, and static sites.
var Language = language.Language{
	Language: detect.Language{
		Name: "node",
		Files: []string{
			"package.json", "package.json5", "deno.json", "deno.jsonc", "deno.lock", "bun.lock", "bun.lockb", "bunfig.toml",
			"Staticfile",
		},
		Guess:  claims,
		Looked: []string{"index.html", "static.json"},
		Programs: []string{
			"node", "npm", "npx", "yarn", "pnpm", "bun", "bunx", "deno", "next", "nuxt", "tsx", "ts-node", "nodemon", "pm2-runtime",
			"cross-env", "react-router-serve", "remix-serve", "nest", "serve", "turbo",
		},
		Folder:   projectPath,
		FrontEnd: true,
	},
	Compile: compile,
	Choices: append(
		language.Truths("BP_WEB_SERVER_ENABLE_PUSH_STATE", "BP_WEB_SERVER_FORCE_HTTPS"),
		language.Lock, language.Choice{Setting: "BP_NODE_SOURCE", Words: []string{"npm", "debian"}},
	),
	Assets:       assets,
	FrontEnds:    frontEnds,
	Provide:      provide,
	Packages:     nativePackages,
	Member:       member,
	Credentials:  []language.Credential{{Types: []string{"npmrc"}, Files: []string{".npmrc", "npmrc"}, Variable: "NPM_CONFIG_USERCONFIG"}},
	Certificates: []string{"NODE_EXTRA_CA_CERTS"},
	Absent:       map[string]string{"npm": language.InsteadOfScripts, "yarn": language.InsteadOfScripts, "pnpm": language.InsteadOfScripts, "npx": language.InsteadOfScripts, "bunx": language.InsteadOfScripts},
	Tools: []language.Tool{
		{Name: "npm", Index: "NPM_CONFIG_REGISTRY, or a binding of type npmrc", Credentials: npmrcBinding, Relock: "npm install", Runtime: "Node.js", Setting: "BP_NODE_VERSION", PackageOf: packageOf, AddTo: devDependencies},
		{Name: "pnpm", Index: "NPM_CONFIG_REGISTRY, or a binding of type npmrc", Credentials: npmrcBinding, Relock: "pnpm install", Runtime: "Node.js", Setting: "BP_NODE_VERSION", PackageOf: packageOf, AddTo: devDependencies},
		{Name: "yarn", Index: "a binding of type npmrc", Credentials: npmrcBinding, Relock: "yarn install", Runtime: "Node.js", Setting: "BP_NODE_VERSION", PackageOf: packageOf, AddTo: devDependencies},
		{Name: "bun", Index: "NPM_CONFIG_REGISTRY, or bunfig.toml", Relock: "bun install", PackageOf: packageOf, AddTo: devDependencies},
	},
}

// devDependencies is where an app lists the packages that its scripts run.
const devDependencies = "devDependencies in package.json"

// npmrcBinding is how package managers are given credentials.
const npmrcBinding = "npmrc (with a .npmrc)"
