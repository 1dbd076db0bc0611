package node

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// devServers are programs whose start is a development server, by the first argument that makes it one; "" is no argument
// but options. What they would show is built and served instead.
var devServers = map[string][]string{
	"ng": {"serve", "s", "dev"}, "vue-cli-service": {"serve"}, "react-scripts": {"start"}, "craco": {"start"}, "react-app-rewired": {"start"},
	"vite": {"", "dev", "serve", "preview"}, "next": {"dev"}, "nuxt": {"dev", "preview"}, "nuxi": {"dev", "preview"}, "astro": {"", "dev", "preview"},
	"webpack": {"serve"}, "webpack-dev-server": {"", "serve"}, "parcel": {"", "serve"}, "gatsby": {"develop", "serve"}, "remix": {"dev", "vite:dev"},
	"react-router": {"dev"}, "rsbuild": {"dev", "preview"}, "rspack": {"serve", "dev", "preview"}, "docusaurus": {"start", "serve"},
	"vuepress": {"dev"}, "vitepress": {"dev", "preview", "serve"}, "svelte-kit": {"dev", "preview"}, "ember": {"serve", "s"}, "snowpack": {"dev", "start"},
	"storybook": {"dev"}, "start-storybook": {""}, "live-server": {""}, "browser-sync": {"start"}, "eleventy": {"--serve"}, "nest": {"start"},
	"vinxi": {"dev"}, "sanity": {"dev", "start", "preview"}, "docusaurus-start": {""}, "blitz": {"dev"}, "hexo": {"server", "s"},
	"vike": {"dev", "preview"}, "solid-start": {"dev"}, "umi": {"dev"}, "max": {"dev"}, "poi": {"serve"}, "expo": {"start", "web"}, "nx": {"serve", "dev", "run-many"},
}

// isDevServer tells whether a command runs a development server.
func isDevServer(args []string) bool {
	if len(args) == 0 {
		return false
	}
	starts, known := devServers[path.Base(args[0])]
	if !known {
		return false
	}
	first := firstArgument(args[1:], starts)
	// A file or an address is an argument of the server itself: "parcel index.html", "vite --host 0.0.0.0".
	return slices.Contains(starts, first) || starts[0] == "" && (strings.ContainsAny(first, ".:/*") || language.IsNumber(first) || first == "true")
}

// firstArgument is the first argument that is no option and no option's value: "vite --mode ssr" has none. What the program is told to do
// is never taken for a value.
func firstArgument(args, commands []string) string {
	for i, arg := range args {
		value := i > 0 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") && arg != "build" && !slices.Contains(commands, arg)
		if arg == "--serve" || !strings.HasPrefix(arg, "-") && !value {
			return arg
		}
	}
	return ""
}

// isDevelopment tells whether a command runs a development server: one that is known as such, or the tool that builds the app, where it is
// told to watch or to serve: "polymer serve" beside "polymer build".
func (a *app) isDevelopment(args []string) bool {
	if isDevServer(args) {
		return true
	}
	if len(args) < 2 || known[path.Base(args[0])] || slices.Contains(compilers, args[0]) {
		return false
	}
	told := watches(command.Literal(args)[0]) || slices.Contains([]string{"dev", "serve", "watch"}, args[1]) || slices.ContainsFunc(args[1:], func(arg string) bool {
		return arg == "-w" || arg == "--serve" || arg == "--server"
	})
	return told && slices.ContainsFunc(a.buildScripts(), func(name string) bool {
		line, err := a.inline(a.own.manifest.Scripts[name], a.Dir)
		return err == nil && slices.ContainsFunc(line, func(s command.Simple) bool {
			words := command.Plain(s.Call().Words)
			return len(words) > 0 && path.Base(words[0]) == path.Base(args[0])
		})
	})
}

// onlyLikely tells whether a start script is one for development by what builds the app alone. It is better than nothing then.
func (a *app) onlyLikely(line command.Line) bool {
	return slices.ContainsFunc(line, func(s command.Simple) bool {
		args := command.Plain(s.Call().Words)
		return !isDevServer(args) && a.isDevelopment(args)
	})
}

// strayFolders are what a start script of a server that the app does not have names: options, and the folder of the pages.
func (a *app) strayFolders() []string {
	line, err := a.startLine()
	if err != nil {
		return nil
	}
	var all []string
	for _, s := range line {
		args := command.Plain(s.Call().Words)
		if len(args) > 0 && a.isStrayServer(path.Base(args[0])) {
			all = append(all, args[1:]...)
		}
	}
	return slices.DeleteFunc(all, func(arg string) bool { return strings.HasPrefix(arg, "-") || path.Clean(arg) == "." })
}

// startLine is what the script start runs. One for a shell or a package manager is not taken apart, where its last command begins with the
// words of a development server, or of one that the app does not have: the rest is of no use then ("vite preview --port $(port)").
func (a *app) startLine() (command.Line, error) {
	line, err := a.inline("npm start", a.Dir)
	commands := strings.Split(a.own.manifest.Scripts["start"], "&&")
	last := commands[len(commands)-1]
	if err == nil || strings.ContainsAny(strings.Join(commands, ""), "|&;<>") {
		return line, err
	}
	words := strings.Fields(last)
	if i := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w, "$`\"'") }); i >= 0 {
		words = words[:i]
	}
	if len(words) > 2 && words[1] == "dlx" { // "pnpm dlx serve", which gets it when the app starts
		words = words[2:]
	}
	if len(words) > 0 && (isDevServer(words) || a.isStrayServer(words[0])) {
		return command.Literal(words), nil
	}
	return nil, err
}

// serves tells whether a start script is one for production: no development server, and not Next's or React Router's
// server where the build left static pages alone.
func (a *app) serves(line command.Line, f framework) bool {
	for _, s := range line {
		args := command.Plain(s.Call().Words)
		if len(args) == 0 {
			continue
		}
		name := path.Base(args[0])
		if a.isDevelopment(args) || a.isStrayServer(name) || a.isPreview(args) {
			return false
		}
		static := name == "next" && len(args) > 1 && args[1] == "start" || name == "react-router-serve" || name == "remix-serve"
		if static && f.server != nil {
			server, _ := f.server(a)
			return server != "" && !strings.Contains(server, "standalone")
		}
	}
	return true
}

// strayServers are programs that serve pages, and that guides have people install beside the app.
var strayServers = []string{"serve", "http-server", "sirv", "live-server"}

// isStrayServer tells whether a program is one of those that serve pages and that people install beside the app, as guides tell
// them to (npm install -g serve), and the app does not have it.
func (a *app) isStrayServer(name string) bool {
	return slices.Contains(strayServers, name) && !slices.ContainsFunc(a.folders(), func(f folder) bool {
		return f.manifest.needs(name) || name == "sirv" && f.manifest.needs("sirv-cli")
	})
}

// isPreview tells whether a command is a framework's own way to show what Nitro left, which needs all of the framework.
func (a *app) isPreview(args []string) bool {
	return slices.Contains([]string{"nuxt", "nuxi", "vinxi", "nitro", "nitropack"}, path.Base(args[0])) && len(args) > 1 &&
		(args[1] == "start" || args[1] == "preview") && a.has(nitro+"/server/index.mjs")
}
