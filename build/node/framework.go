package node

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
)

// framework is one row of the table of frameworks: how its app is built where package.json has no build script, and what
// it leaves.
type framework struct {
	name  string
	needs []string // dependencies, one of which is enough
	build string   // a command of node_modules/.bin
	// server returns the start command where the build left a server.
	server func(*app) (line, why string)
	// folders are where its static output may be, in order, below the app's folder.
	folders []string
	// multiPage says that a page that is not there is an error, not the app's first page.
	multiPage bool
}

// frameworks is the table; the first row that fits counts.
var frameworks = []framework{
	{name: "Next.js", needs: []string{"next"}, build: "next build", server: nextServer, folders: []string{"out"}, multiPage: true},
	{name: "Nuxt", needs: []string{"nuxt", "nuxt3", "nuxt-edge"}, build: "nuxt build", server: nitroServer, folders: []string{".output/public", "dist"}},
	{name: "TanStack Start", needs: []string{"@tanstack/react-start", "@tanstack/solid-start", "@tanstack/start"}, build: "vite build", server: tanStackServer, folders: []string{".output/public", "dist/client"}},
	{name: "SolidStart", needs: []string{"@solidjs/start", "vinxi", "nitropack", "nitro", "analogjs"}, build: "vinxi build", server: nitroServer, folders: []string{".output/public", "dist"}},
	{name: "React Router", needs: []string{"@react-router/dev"}, build: "react-router build", server: reactRouterServer, folders: []string{"build/client"}},
	{name: "Remix", needs: []string{"@remix-run/dev", "@remix-run/serve"}, build: "remix vite:build", server: remixServer, folders: []string{"build/client"}},
	{name: "Astro", needs: []string{"astro"}, build: "astro build", server: fileServer("dist/server/entry.mjs"), folders: []string{"dist"}, multiPage: true},
	{name: "SvelteKit", needs: []string{"@sveltejs/kit"}, build: "vite build", server: svelteServer, folders: []string{"build", "dist"}},
	{name: "Angular", needs: []string{"@angular/core"}, build: "ng build", server: angularServer, folders: []string{"dist/*/browser", "dist/browser", "dist/*", "dist", "www"}},
	{name: "NestJS", needs: []string{"@nestjs/core"}, build: "nest build", server: fileServer("dist/main.js", "dist/src/main.js")},
	{name: "Gatsby", needs: []string{"gatsby"}, build: "gatsby build", folders: []string{"public"}, multiPage: true},
	{name: "Docusaurus", needs: []string{"@docusaurus/core"}, build: "docusaurus build", folders: []string{"build"}, multiPage: true},
	{name: "VitePress", needs: []string{"vitepress"}, build: "vitepress build", folders: []string{".vitepress/dist", "docs/.vitepress/dist"}, multiPage: true},
	{name: "VuePress", needs: []string{"vuepress"}, build: "vuepress build", folders: []string{".vuepress/dist", "docs/.vuepress/dist"}, multiPage: true},
	{name: "Eleventy", needs: []string{"@11ty/eleventy"}, build: "eleventy", folders: []string{"_site"}, multiPage: true},
	{name: "Create React App", needs: []string{"react-scripts", "@craco/craco", "react-app-rewired"}, build: "react-scripts build", folders: []string{"build"}},
	{name: "Vue CLI", needs: []string{"@vue/cli-service"}, build: "vue-cli-service build", folders: []string{"dist"}},
	{name: "Vite", needs: []string{"vite", "rolldown-vite"}, build: "vite build", server: fileServer("dist/server/entry.mjs", "server/entry.mjs"), folders: []string{"dist", "build", "out", "dist/client", "public/dist"}},
	{name: "Rsbuild", needs: []string{"@rsbuild/core"}, build: "rsbuild build", folders: []string{"dist"}},
	{name: "Parcel", needs: []string{"parcel", "parcel-bundler"}, folders: []string{"dist"}},
	{name: "webpack", needs: []string{"webpack"}, folders: []string{"dist", "build", "public"}},
	{name: "Ember", needs: []string{"ember-source"}, build: "ember build --environment=production", folders: []string{"dist"}},
	{name: "Stencil", needs: []string{"@stencil/core"}, build: "stencil build", folders: []string{"www"}},
}

// framework returns the app's framework, if it is of one. Nx builds apps of other frameworks, by its own configuration.
func (a *app) framework() (framework, bool) {
	if f, ok := a.nx(); ok {
		return f, true
	}
	return frameworkOf(a.own.manifest)
}

func frameworkOf(m manifest) (framework, bool) {
	for _, f := range frameworks {
		if slices.ContainsFunc(f.needs, m.needs) {
			return f, true
		}
	}
	return framework{}, false
}

// at is a file of the app's folder.
func (a *app) at(name string) string { return filepath.Join(a.Dir, filepath.FromSlash(name)) }

func (a *app) has(name string) bool { return language.Exists(a.at(name)) }

// fileServer is a server that is started by the first of some files.
func fileServer(files ...string) func(*app) (string, string) {
	return func(a *app) (string, string) {
		for _, f := range files {
			if a.has(f) {
				return "node " + f, f
			}
		}
		return "", ""
	}
}

var nitroServer = fileServer(".output/server/index.mjs", "dist/server/index.mjs", "server/index.mjs")

// tanStackServer is Nitro's where the app has that. Else the build left a handler of requests, and pages and assets beside
// it; srvx, with which TanStack Start itself is built, serves both.
func tanStackServer(a *app) (string, string) {
	if line, why := nitroServer(a); line != "" {
		return line, why
	}
	const program = "node_modules/srvx/bin/srvx.mjs"
	if a.has("dist/server/server.js") && a.has(program) {
		return "node " + program + " --prod --static ../client dist/server/server.js", "TanStack Start, by srvx"
	}
	return "", ""
}

// nextServer prefers the standalone server, which has only the modules that it needs.
func nextServer(a *app) (string, string) {
	if a.configSays(`output\s*:\s*["']export["']`, "next.config.*") {
		return "", ""
	}
	for _, name := range []string{path.Join(standalone, a.own.rel, "server.js"), standalone + "/server.js"} {
		if a.has(name) {
			// It listens on HOSTNAME, which container engines set to the container's own name.
			return "HOSTNAME=0.0.0.0 node " + name, "Next.js, standalone"
		}
	}
	if a.has(".next/BUILD_ID") {
		return "next start", "Next.js"
	}
	return "", ""
}

func reactRouterServer(a *app) (string, string) {
	if a.has("build/server/index.js") && a.own.manifest.needs("@react-router/serve") {
		return "react-router-serve ./build/server/index.js", "React Router"
	}
	return "", ""
}

func remixServer(a *app) (string, string) {
	for _, f := range []string{"build/server/index.js", "build/index.js"} {
		if a.has(f) && a.own.manifest.needs("@remix-run/serve") {
			return "remix-serve ./" + f, "Remix"
		}
	}
	return "", ""
}

func svelteServer(a *app) (string, string) {
	if a.has("build/index.js") && a.has("build/handler.js") {
		return "node build/index.js", "SvelteKit, adapter-node"
	}
	return "", ""
}

func angularServer(a *app) (string, string) {
	found, err := filepath.Glob(a.at("dist/*/server/server.mjs"))
	if err != nil || len(found) != 1 {
		return "", ""
	}
	rel, err := filepath.Rel(a.Dir, found[0])
	if err != nil {
		return "", ""
	}
	return "node " + rel, "Angular, server rendering"
}

// configSays looks for a pattern in the configuration files of a framework.
func (a *app) configSays(pattern string, globs ...string) bool {
	return a.configValue(pattern, globs...) != ""
}

// configValue is the last group of a pattern's first match in configuration files. They are programs, and only read here.
func (a *app) configValue(pattern string, globs ...string) string {
	re := regexp.MustCompile(pattern)
	for _, glob := range globs {
		found, err := fs.Glob(a.own.files, glob)
		if err != nil {
			continue
		}
		for _, name := range found {
			text, _, err := language.ReadText(a.own.files, name)
			if err != nil {
				continue
			}
			if m := re.FindStringSubmatch(text); m != nil {
				return m[len(m)-1]
			}
		}
	}
	return ""
}

// ofPress matches the builds of VuePress and VitePress of a folder, in which they leave the pages.
var ofPress = regexp.MustCompile(`\b(vuepress|vitepress)(?:-vite|-webpack)? build (\w[\w./-]*)`)

// outputs are the folders where a static front end may be, the most telling first: what the build script or the
// configuration names, then the framework's own.
func (a *app) outputs(f framework) []string {
	var all []string
	add := func(name string) {
		if name != "" && filepath.IsLocal(name) {
			all = append(all, path.Clean(name))
		}
	}
	add(a.Setting("BP_WEB_SERVER_ROOT"))
	for _, name := range a.buildScripts() {
		script := a.own.manifest.Scripts[name]
		if m := outOfScript.FindStringSubmatch(script); m != nil {
			add(m[1])
		}
		if m := ofPress.FindStringSubmatch(script); m != nil {
			add(path.Join(m[2], "."+m[1], "dist"))
		}
	}
	for _, name := range a.strayFolders() {
		add(name)
	}
	add(a.configValue(outOfConfig.String(), "vite.config.*", "astro.config.*", "vue.config.*", "quasar.config.*"))
	if name := a.configValue(`"outputPath"\s*:\s*(?:\{\s*"base"\s*:\s*)?"([\w./-]+)"`, "angular.json"); name != "" {
		add(name + "/browser")
		add(name)
	}
	add(a.configValue(`distDir\s*:\s*["']([\w./-]+)["']`, "next.config.*"))
	for _, folder := range slices.Concat(f.folders, outputFolders) {
		// Frameworks that leave their output elsewhere copy public as it is, and its page, if any, is not theirs.
		if own := folder != "public" || f.name == "" || slices.Contains(f.folders, folder); own && !slices.Contains(all, folder) {
			all = append(all, folder)
		}
	}
	return all
}

// staticOutput is the first folder of static output that has a page, below the app's folder.
func (a *app) staticOutput(f framework) string {
	for _, pattern := range a.outputs(f) {
		found, err := filepath.Glob(a.at(pattern) + "/index.html")
		if err != nil || len(found) == 0 {
			continue
		}
		if rel, err := filepath.Rel(a.Dir, filepath.Dir(found[0])); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return ""
}
