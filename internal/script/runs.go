package script

import (
	"bytes"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
)

// Runs returns the programs of Essential packages that a file of Python, Perl or Ruby names in quotes where it runs programs,
// sorted:
//
//	"/bin/sh"                        by its path, perhaps with arguments
//	["chmod", mode], system("rm", …) as the first of a list, or of the arguments of a function that runs programs
//	"mkdir -p %s", `uname -m`        as the first word of a command line, with an option or something put in behind it
//
// A name that is a word of a language, too, counts with its path or with an option behind it.
func Runs(l Language, text []byte) []string {
	if l != Python && l != Perl && l != Ruby {
		return nil
	}
	var names []string
	for i := 0; i < len(text); i++ {
		next := bytes.IndexAny(text[i:], "\"'`")
		if next < 0 {
			break
		}
		i += next
		if name := ranAt(text, i); name != "" && !slices.Contains(builtins, name) && !isComment(text, i) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ranAt is the program that the quote at i begins with, if it is run there.
func ranAt(text []byte, i int) string {
	rest := text[i+1:]
	path, found := bytes.CutPrefix(bytes.TrimPrefix(rest, []byte("/usr")), []byte("/bin/"))
	if found {
		rest = path
	}
	rest = bytes.TrimPrefix(rest, []byte("exec "))
	end := run(rest, 0, func(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' })
	name := string(rest[:end])
	if _, ok := debian.EssentialProgram(name); !ok || end == len(rest) {
		return ""
	}
	switch behind := rest[end:]; {
	case found && strings.IndexByte("\"'` ", behind[0]) >= 0,
		behind[0] == ' ' && beginsArguments(name, bytes.TrimLeft(behind, " ")),
		strings.IndexByte(`"'`, behind[0]) >= 0 && opensCommand(text[:i]) && goesOn(name, behind[1:]):
		return name
	}
	return ""
}

// beginsArguments tells whether what stands behind a name in a string makes it a command line.
func beginsArguments(name string, rest []byte) bool {
	if len(rest) == 0 {
		return false
	}
	switch c := rest[0]; {
	case c == '-':
		return true
	case c >= '0' && c <= '9':
		return name == "sleep"
	case name == "tar":
		return strings.IndexByte("cxt", c) >= 0 // its options may lack the dash
	default:
		return !debian.IsWord(name) && strings.IndexByte(`%$'"/<>|&{`, c) >= 0
	}
}

// runners are functions whose first argument is a program.
var runners = []string{"system", "exec", "execvp", "execlp", "spawn", "spawnp", "run", "popen", "Popen", "call", "check_call", "check_output"}

// opensCommand tells whether a text ends where a list or the arguments of a function that runs programs begin.
func opensCommand(before []byte) bool {
	before = bytes.TrimRight(bytes.TrimRight(before, "rbu"), " \t\n")
	if rest, ok := bytes.CutSuffix(before, []byte("(")); ok && !bytes.HasSuffix(rest, []byte("(")) {
		return slices.ContainsFunc(runners, func(name string) bool { return bytes.HasSuffix(rest, []byte(name)) })
	}
	return len(before) > 0 && (before[len(before)-1] == '[' || before[len(before)-1] == '(')
}

// goesOn tells whether a list goes on behind the name of a program as arguments do.
func goesOn(name string, rest []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte(","))
	rest = bytes.TrimLeft(rest, " \t\n")
	if !ok || len(rest) < 2 {
		return false
	}
	if rest[0] == '"' || rest[0] == '\'' {
		return rest[1] == '-'
	}
	return !debian.IsWord(name)
}

// isComment tells whether the line in which a place lies begins as a comment.
func isComment(text []byte, at int) bool {
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	return bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#"))
}
