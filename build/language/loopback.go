package language

import (
	"path"
	"regexp"
	"strings"
)

// Unreached is what is said of a server that listens on the loopback address alone.
const Unreached = "in a container nobody reaches it there; listen on 0.0.0.0 and on the port in PORT"

// testFile is a file of tests by its name: "web_test.go", "web.test.ts", "web.spec.js".
var testFile = regexp.MustCompile(`_test\.\w+$|\.(?:test|spec)\.\w+$`)

// WarnLoopback warns of the first line of the app's own sources, the files with some endings, that matches what has a server listen on
// the loopback address. It is called before sources are removed.
func (s Site) WarnLoopback(endings []string, listens *regexp.Regexp) {
	told := false
	SourceLines(s.Files, endings, func(file string, n int, line string) bool {
		if told || testFile.MatchString(path.Base(file)) || strings.HasPrefix(line, "*") {
			return false
		}
		if listens.MatchString(line) {
			told = true
			s.Log.Warn("%s line %d: it names the loopback address: %s", file, n, Unreached)
		}
		return true
	})
}
