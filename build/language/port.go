package language

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// readsPort matches a line that takes the variable PORT from the environment, in any language.
var readsPort = regexp.MustCompile("[\"'`]PORT[\"'`]|\\benv\\.PORT\\b|\\bPORT\\b.*\\benv\\b|\\$\\{?PORT\\b")

// holdsPort matches a name that a line gives to a port, alone or in an address.
var holdsPort = regexp.MustCompile("\\b(\\w+)\\s*(?::\\s*[&\\w]+\\s*)?:?=\\s*[\"'`]?(?:[\\w.]*:)?(\\d{2,5})[\"'`]?\\s*(?:[;,)]|//|$)")

// FixedPort tells of a server in the app's own sources, the files with some endings, that listens on one port whatever the variable PORT
// says: whoever runs the image must know it. It is empty where there is none, and where a source or a start command names PORT. What
// matches listens has, as its one group, the port, or the name that the same file gives to it.
func (s Site) FixedPort(endings []string, listens *regexp.Regexp) string {
	reads := slices.ContainsFunc(s.Processes, func(p Process) bool { return strings.Contains(p.Text(), "PORT") })
	note, file, ports := "", "", map[string]string{}
	SourceLines(s.Files, endings, func(name string, n int, line string) bool {
		if reads = reads || readsPort.MatchString(line); reads || testFile.MatchString(path.Base(name)) {
			return false
		}
		if name != file {
			file, ports = name, map[string]string{}
		}
		if m := holdsPort.FindStringSubmatch(line); m != nil {
			ports[m[1]] = m[2]
		}
		if m := listens.FindStringSubmatch(line); m != nil && note == "" {
			port := ports[m[1]]
			if IsNumber(m[1]) {
				port = m[1]
			}
			if port != "" {
				note = fmt.Sprintf("%s line %d listens on port %s, whatever PORT says", name, n, port)
			}
		}
		return true
	})
	if reads {
		return ""
	}
	return note
}

// IsNumber tells whether a text is digits alone.
func IsNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
