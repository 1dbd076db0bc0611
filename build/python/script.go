package python

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// serveScripts are the names of scripts that serve by their name, the best first.
var serveScripts = []string{"start", "serve", "server", "web"}

// byScript takes the app's script that serves by its name, or its only one if that serves on every address by what its file says. One
// by its name that would serve on the loopback address alone is for developers where a framework serves the same app.
func byScript(dir fs.FS, all []module, p *plan) *start {
	if p.Manifest == nil {
		return nil
	}
	scripts := p.Manifest.Scripts
	for _, name := range serveScripts {
		if scripts[name] == "" {
			continue
		}
		if m := target(scripts[name], all); m != nil && loopback(*m) != "" && byFramework(dir, all, p) != nil {
			return nil
		}
		return p.script(name, all)
	}
	if len(scripts) != 1 {
		return nil
	}
	name := keys(scripts)[0]
	if m := target(scripts[name], all); m == nil || !serves.MatchString(m.Code) || loopback(*m) != "" {
		return nil
	}
	return p.script(name, all)
}

// byOnlyScript takes the only script of an app that is installed.
func byOnlyScript(_ fs.FS, all []module, p *plan) *start {
	if p.Manifest == nil || !p.installsItself() || len(p.Manifest.Scripts) != 1 {
		return nil
	}
	return p.script(keys(p.Manifest.Scripts)[0], all)
}

// script starts a script of pyproject.toml by its name, or by what it calls where the app is not installed as a package; nil where
// that is not in the app's folder.
func (p *plan) script(name string, all []module) *start {
	entry := p.Manifest.Scripts[name]
	m := target(entry, all)
	s := &start{Line: name, Why: "the script " + name + " in pyproject.toml", Env: gradioEnv(p)}
	if !p.installsItself() {
		s.Line = called(entry, m)
	}
	if s.Line == "" {
		return nil
	}
	if m != nil {
		s.warnLoopback(*m)
	}
	return s
}

// entryPoint matches "shop.cli:main".
var entryPoint = regexp.MustCompile(`^\s*(\w+(?:\.\w+)*)\s*:\s*(\w+)((?:\.\w+)*)\s*$`)

// called is the line that calls an entry point as its installed script would, as `poetry run` does for an app that is no package. It
// is empty where Python does not find the file from the app's folder.
func called(entry string, m *module) string {
	e := entryPoint.FindStringSubmatch(entry)
	if e == nil || m == nil || !strings.HasPrefix(m.Path, strings.ReplaceAll(e[1], ".", "/")) {
		return ""
	}
	return fmt.Sprintf("python3 -c 'import sys; from %s import %s; sys.exit(%s%s())'", e[1], e[2], e[2], e[3])
}

// installsItself tells whether the app is installed as a package, without which its scripts are not there.
func (p *plan) installsItself() bool {
	return p.Manifest.Package && slices.ContainsFunc(p.Steps, func(s step) bool {
		return slices.Contains(s.Args, "./.") || slices.Contains(s.Args, ".")
	}) || p.Own && p.Manifest.Package
}

// target is the file that a script's entry point ("shop.cli:main") lies in.
func target(entry string, all []module) *module {
	name, _, _ := strings.Cut(entry, ":")
	file := strings.ReplaceAll(strings.TrimSpace(name), ".", "/")
	for _, suffix := range []string{".py", "/__init__.py"} {
		for _, m := range all {
			if m.Path == file+suffix || strings.HasSuffix(m.Path, "/"+file+suffix) {
				return &m
			}
		}
	}
	return nil
}
