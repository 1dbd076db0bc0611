package node

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Node.js runs the commands of child_process.exec by /bin/sh, which an image need not have; those of spawn and execFile it starts
// itself.
var (
	// named is the module under a name of the file's own, and execs are functions of it that need a shell, taken out or called at
	// once.
	named = regexp.MustCompile(`(?:\b(?:const|let|var)\s+(\w+)\s*=\s*require\(\s*["'](?:node:)?child_process["']|\bimport\s+(?:\*\s+as\s+)?(\w+)\s+from\s+["'](?:node:)?child_process["'])`)
	execs = regexp.MustCompile(`\{[^{}]*\bexec(?:Sync)?\b[^{}]*\}\s*(?:=\s*require\(\s*|from\s+)["'](?:node:)?child_process["']|require\(\s*["'](?:node:)?child_process["']\s*\)\.exec(?:Sync)?\b`)
)

// maxSources bounds how many files of an app are read for what they run.
const maxSources = 2000

// shells are the app's own files that run commands by a shell, sorted; those of packages and tests do not count.
func (a *app) shells() []string {
	var all []string
	read := 0
	_ = fs.WalkDir(a.own.files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what can't be read tells nothing
		case e.IsDir():
			base := path.Base(name)
			if name != "." && (strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "test", "tests", "__tests__", "scripts", "public"}, base)) {
				return fs.SkipDir
			}
			return nil
		case !slices.Contains(sourceEndings, path.Ext(name)) || strings.Contains(name, ".test.") || strings.Contains(name, ".config."):
			return nil
		}
		if read++; read > maxSources {
			return fs.SkipAll
		}
		if text, _, err := language.ReadText(a.own.files, name); err == nil && runsShell(text) {
			all = append(all, name)
		}
		return nil
	})
	return all
}

// runsShell tells whether a file of JavaScript's calls what needs a shell.
func runsShell(text string) bool {
	if !strings.Contains(text, "child_process") {
		return false
	}
	if execs.MatchString(text) {
		return true
	}
	m := named.FindStringSubmatch(text)
	return m != nil && regexp.MustCompile(`\b`+regexp.QuoteMeta(m[1]+m[2])+`\.exec(?:Sync)?\(`).MatchString(text)
}
