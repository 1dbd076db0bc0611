package language

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Unreached is what is said of a server that listens on the loopback address alone.
const Unreached = "in a container nobody reaches it there; listen on 0.0.0.0 and on the port in PORT"

// Serving is how the sources of a language tell where their servers listen.
type Serving struct {
	Endings []string
	// Loopback tells whether a line has a server listen on the loopback address alone; nil where none does.
	Loopback func(line string) bool
	// Port matches a line that tells a server its port: its group is that, or the name that the same file gives to it. It may be nil.
	Port  *regexp.Regexp
	Tests string   // the line from which on a file has tests
	Aside string   // a port that is no app's: that of profiles
	Own   []string // folders of what is built, whatever their names say: "examples/web"
	Not   []string // folders of what is not built: other programs
}

// Listening is what an app's own sources say of where it listens.
type Listening struct {
	// Loopback is the first line that has a server listen on the loopback address alone: "main.go line 3"; empty for none.
	Loopback string
	// ReadsPort tells whether a source takes the variable PORT: it has a value then also where no platform sets it.
	ReadsPort bool
	// Fixed tells of a server that listens on one port whatever the variable PORT says: whoever runs the image must know it. It is
	// empty where there is none, and where a source or a start command names PORT.
	Fixed string
}

var (
	// testFile is a file of tests by its name: "web_test.go", "web.test.ts", "web.spec.js".
	testFile = regexp.MustCompile(`_test\.\w+$|\.(?:test|spec)\.\w+$`)
	// readsPort matches a line that takes the variable PORT from the environment, in any language.
	readsPort = regexp.MustCompile("[\"'`]PORT[\"'`]|\\benv\\.PORT\\b|\\bPORT\\b.*\\benv\\b|\\$\\{?PORT\\b")
	// holdsPort matches a name that a line gives to a port, alone or in an address.
	holdsPort = regexp.MustCompile("\\b(\\w+)\\s*(?::\\s*[&\\w]+\\s*)?:?=\\s*[\"'`]?(?:[\\w.]*:)?(\\d{2,5})[\"'`]?\\s*(?:[;,)]|//|$)")
)

// Listening reads the app's own sources once, less tests, and warns of a server that nobody reaches. What else a language looks for
// in them is seen along the way. It is called before sources are removed.
func (s Site) Listening(how Serving, see ...func(file string, n int, line string)) Listening {
	var l Listening
	at, leave, ports := line{}, false, map[string]string{}
	sourceLines(s.Files, how.Endings, how.Own, func(file string, n int, text string) bool {
		if file != at.File {
			clear(ports)
			leave = testFile.MatchString(path.Base(file)) || slices.Contains(how.Not, path.Dir(file))
		}
		at = line{File: file, N: n, Text: text}
		if leave || how.Tests != "" && text == how.Tests {
			return false
		}
		l.take(how, at, ports)
		for _, also := range see {
			also(file, n, text)
		}
		return true
	})
	if l.Loopback != "" {
		s.Log.Warn("%s: it names the loopback address: %s", l.Loopback, Unreached)
	}
	if l.ReadsPort || slices.ContainsFunc(s.Processes, func(p Process) bool { return strings.Contains(p.Text(), "PORT") }) {
		l.Fixed = ""
	}
	return l
}

// line is one of a source.
type line struct {
	File string
	N    int
	Text string
}

func (l line) String() string { return fmt.Sprintf("%s line %d", l.File, l.N) }

// take is told of a line, and of the ports to which the file gave names before it.
func (l *Listening) take(how Serving, at line, ports map[string]string) {
	l.ReadsPort = l.ReadsPort || strings.Contains(at.Text, "PORT") && readsPort.MatchString(at.Text)
	if l.Loopback == "" && how.Loopback != nil && how.Loopback(at.Text) {
		l.Loopback = at.String()
	}
	if l.Fixed != "" || l.ReadsPort || how.Port == nil {
		return
	}
	if m := holdsPort.FindStringSubmatch(at.Text); m != nil {
		ports[m[1]] = m[2]
	}
	if port := at.port(how, ports); port != "" && port != how.Aside {
		l.Fixed = fmt.Sprintf("%s listens on port %s, whatever PORT says", at, port)
	}
}

// port is that on which a line has a server listen, itself or by a name; empty where it has none. The first part of an address
// ("127.0.0.1") is no port.
func (l line) port(how Serving, ports map[string]string) string {
	found := how.Port.FindStringSubmatchIndex(l.Text)
	if found == nil {
		return ""
	}
	switch said := l.Text[found[2]:found[3]]; {
	case !IsNumber(said):
		return ports[said]
	case strings.HasPrefix(l.Text[found[3]:], "."):
		return ""
	default:
		return said
	}
}

// IsNumber tells whether a text is digits alone.
func IsNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
