package node

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// leadToHeaders says in variables where node-gyp finds Node's headers. Where the build has none, it would download some.
func (a *app) leadToHeaders(vars map[string]string) {
	if a.headers != "" {
		vars["npm_config_nodedir"], vars["pnpm_config_nodedir"] = a.headers, a.headers
	}
}

// compiling are words of scripts that install further packages, or compile native modules themselves.
var compiling = regexp.MustCompile(`\b(?:install|ci|add|exec|npx|dlx|rebuild|gyp|napi|cmake-js)\b`)

// forAddons are packages of code that native modules are compiled with or found by. npm compiles a module without a script for it, too, and
// of one that was published by another manager its lock does not tell that: that it needs one of these does.
var forAddons = []string{
	"node-addon-api", "nan", "napi-macros", "bindings", "node-gyp", "node-gyp-build", "prebuild-install", "node-pre-gyp", "@mapbox/node-pre-gyp", "cmake-js",
	"pkg-prebuilds",
}

// mayCompile tells whether a native module may be compiled, for which Node's headers have to be there. It is not so where npm's
// lock says of each package that it has no script to run when it is installed and that it needs nothing of native modules, and no
// script of the app's own looks like it. Other managers' locks do not tell.
func (a *app) mayCompile() (bool, error) {
	if a.manager.name != "npm" || len(a.called) > 0 || a.updateLock() {
		return true, nil
	}
	for _, f := range a.all() {
		if language.IsFile(f.files, "binding.gyp") {
			return true, nil
		}
		for _, script := range f.manifest.Scripts {
			if compiling.MatchString(script) {
				return true, nil
			}
		}
	}
	text, err := a.manager.lockText(a.top.files)
	if err != nil {
		return false, err
	}
	var lock struct {
		Packages map[string]struct {
			HasInstallScript bool
			Dependencies     texts
			OS               any // a list, or one name
		}
	}
	if json.Unmarshal([]byte(text), &lock) != nil || len(lock.Packages) == 0 {
		return true, nil // none, or one of npm 6 and older; whoever needs it tells what is wrong with it
	}
	for _, p := range lock.Packages {
		addon := p.HasInstallScript || slices.ContainsFunc(forAddons, func(name string) bool { return p.Dependencies[name] != "" })
		if addon && isForLinux(p.OS) {
			return true, nil
		}
	}
	return false, nil
}

// isForLinux tells whether npm would install a package on Linux, by the systems that it is for ("linux") or not for
// ("!win32").
func isForLinux(systems any) bool {
	list, ok := systems.([]any)
	others := func(name any) bool { text, _ := name.(string); return !strings.HasPrefix(text, "!") }
	return !ok || slices.Contains(list, any("linux")) || !slices.ContainsFunc(list, others)
}
