package language

import (
	"cmp"
	"fmt"
	"io/fs"
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
	Port *regexp.Regexp
	// Words are those of which a file that serves has one: others are not looked at for it. None where any file may.
	Words []string
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
	named string // as Loopback, of an address that has a name
}

var (
	// testFile is a file of tests by its name: "web_test.go", "web.test.ts", "web.spec.js".
	testFile = regexp.MustCompile(`_test\.\w+$|\.(?:test|spec)\.\w+$`)
	// readsPort matches a line that takes the variable PORT from the environment, in any language.
	readsPort = regexp.MustCompile("[\"'`]PORT[\"'`]|\\benv\\.PORT\\b|\\bPORT\\b.*\\benv\\b|\\$\\{?PORT\\b")
	// namesPort matches a name that a line gives to a port, alone or in an address, itself or by the default of a flag; setsPort one by a
	// flag that is given the name's address; definesPort one of the preprocessor of C.
	namesPort   = regexp.MustCompile("\\b(\\w+)\\s*(?::\\s*[&\\w]+\\s*)?:?=\\s*(?:\\w+\\.(?:String|Int|Uint)\\w*\\(\\s*" + flagName + ")?" + heldPort)
	definesPort = regexp.MustCompile("^#\\s*define\\s+(\\w+)\\s+\\(?" + heldPort)
	setsPort    = regexp.MustCompile("\\b(?:String|Int|Uint)\\w*Var\\w*\\(\\s*&(?:\\w+\\.)*(\\w+),\\s*" + flagName + heldPort)
	// onLoopback matches the host of such an address.
	onLoopback = regexp.MustCompile(`^(?:127\.0\.0\.1|localhost|\[::1\]):$`)
)

const (
	flagName = "\"[\\w.-]+\",\\s*(?:\"\\w?\",\\s*)?"
	heldPort = "[\"'`]?(?:\\w+://)?((?:[\\w.]+|\\[::1\\])?:)?(\\d{2,5})[\"'`]?\\s*(?:[;,)]|//|/\\*|$)"
)

// held is the port that a name has, and whether it is in an address of the loopback interface.
type held struct {
	Port     string
	Loopback bool
}

// Listening reads the app's own sources once, less tests, and warns at the end of the log of a server that nobody reaches. What else a language looks for
// in them is seen along the way. It is called before sources are removed.
func (s Site) Listening(how Serving, see ...func(file string, n int, line string)) Listening {
	var l Listening
	at, leave, serves, names := line{}, false, true, map[string]held{}
	sourceLines(s.Files, how.Endings, how.Own, func(file string, n int, text string) bool {
		if file != at.File {
			clear(names)
			at = line{}
			leave = testFile.MatchString(path.Base(file)) || slices.Contains(how.Not, path.Dir(file))
			serves = how.mayServe(s.Files, file)
		}
		ofTests := how.Tests != "" && file == at.File && at.Text == how.Tests
		at = line{File: file, N: n, Text: text, Open: at.stillOpen()}
		if leave || ofTests {
			return !leave && strings.HasSuffix(text, ";") // "mod tests;" stands above the program
		}
		l.ReadsPort = l.ReadsPort || strings.Contains(text, "PORT") && readsPort.MatchString(text)
		if serves {
			l.take(how, at, names)
		}
		for _, also := range see {
			also(file, n, text)
		}
		return true
	})
	if len(s.Processes) == 0 { // a start command may tell it another address
		l.Loopback = cmp.Or(l.Loopback, l.named)
	}
	if l.Loopback != "" {
		s.Log.WarnLate("%s: it names the loopback address: %s", l.Loopback, Unreached)
	}
	if l.ReadsPort || slices.ContainsFunc(s.Processes, func(p Process) bool { return strings.Contains(p.Text(), "PORT") }) {
		l.Fixed = ""
	}
	return l
}

// mayServe tells whether a file has one of the words without which none serves.
func (how Serving) mayServe(files fs.FS, name string) bool {
	if len(how.Words) == 0 {
		return true
	}
	text, _, err := ReadText(files, name)
	return err == nil && slices.ContainsFunc(how.Words, func(word string) bool { return strings.Contains(text, word) })
}

// line is one of a source.
type line struct {
	File string
	N    int
	Text string
	Open string // the lines above it, joined, that begin the call or the value which it goes on with; empty for none
}

func (l line) String() string { return fmt.Sprintf("%s line %d", l.File, l.N) }

// maxOpen is how much of what a line goes on with is looked at.
const maxOpen = 200

// stillOpen is what the next line goes on with, where this one ends in a bracket that it opens, or in a comma behind one that is open.
func (l line) stillOpen() string {
	if l.Text == "" {
		return ""
	}
	switch last := l.Text[len(l.Text)-1]; {
	case len(l.Open)+len(l.Text) > maxOpen:
		return ""
	case last == ',' && l.Open == "" && strings.Count(l.Text, "(") > strings.Count(l.Text, ")"):
		return l.Text
	case strings.IndexByte("([{", last) < 0 && (last != ',' || l.Open == ""):
		return ""
	case l.Open == "":
		return l.Text
	default:
		return l.Open + " " + l.Text
	}
}

// take is told of a line, and of the ports to which the file gave names before it.
func (l *Listening) take(how Serving, at line, names map[string]held) {
	if l.Loopback == "" && how.Loopback != nil && how.Loopback(at.Text) {
		l.Loopback = at.String()
	}
	if how.Port == nil || l.Fixed != "" && l.Loopback+l.named != "" {
		return
	}
	at.name(namesPort, "=", names)
	at.name(setsPort, "Var", names)
	at.name(definesPort, "#", names)
	port := at.port(how, names)
	if port.Port == "" || port.Port == how.Aside {
		return
	}
	if port.Loopback && l.named == "" {
		l.named = at.String()
	}
	if l.Fixed == "" {
		l.Fixed = fmt.Sprintf("%s listens on port %s, whatever PORT says", at, port.Port)
	}
}

// name takes a name to which a line gives a port; sign is in all lines that match, as a digit is, and in few others.
func (l line) name(re *regexp.Regexp, sign string, names map[string]held) {
	if !strings.Contains(l.Text, sign) || !strings.ContainsAny(l.Text, digits) {
		return
	}
	if m := re.FindStringSubmatch(l.Text); m != nil {
		names[m[1]] = held{Port: m[3], Loopback: onLoopback.MatchString(m[2])}
	}
}

// port is that on which a line has a server listen, itself or by a name, alone or with those above that it goes on with; empty where it
// has none. The first part of an address ("127.0.0.1") is no port.
func (l line) port(how Serving, names map[string]held) held {
	text := l.Text
	found := how.Port.FindStringSubmatchIndex(text)
	if found == nil && l.Open != "" {
		text = l.Open + " " + text
		found = how.Port.FindStringSubmatchIndex(text)
	}
	if found == nil {
		return held{}
	}
	switch said := text[found[2]:found[3]]; {
	case !IsNumber(said):
		return names[said]
	case strings.HasPrefix(text[found[3]:], "."):
		return held{}
	default:
		return held{Port: said}
	}
}

const digits = "0123456789"

// IsNumber tells whether a text is digits alone.
func IsNumber(s string) bool { return s != "" && strings.Trim(s, digits) == "" }
