package script

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// before are the words after which a shell script may name a command: reserved words, and commands that run others.
var before = []string{
	"if", "then", "elif", "else", "while", "until", "do", "!", "{", "exec", "xargs", "time", "nohup", "env", "eval", "nice",
	"command", "sudo",
}

// builtins are the commands that every shell has itself; a script that names one does not need a program for it.
var builtins = []string{"[", "echo", "false", "kill", "printf", "pwd", "test", "true"}

var (
	commandPath = regexp.MustCompile(`(?:/usr)?/s?bin/([a-z\[][\w.+-]*)`)
	commandName = regexp.MustCompile(`^[a-z][\w.+-]*$`)
	assigned    = regexp.MustCompile(`^[A-Za-z_]\w*=`)
)

// Commands returns the names that stand in a shell script where a command may stand, sorted. It reads words, not the
// grammar: words of here-documents and strings are among them. The caller looks for those that it knows.
func Commands(text []byte) []string {
	var names []string
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
			continue
		}
		names = append(names, commandsOf(string(line))...)
		for _, m := range commandPath.FindAllSubmatch(line, -1) {
			names = append(names, path.Base(string(m[1])))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sourced matches what a shell script reads and runs in its own process, by its absolute path.
var sourced = regexp.MustCompile(`(?:^|[;&|{(!]|\b(?:if|then|else|do))\s*(?:\.|source)\s+["']?(/[\w.+@/-]+)["']?(?:\s|[;&|)}]|$)`)

// Sourced returns the absolute paths of the files that a shell script reads as if they stood in it, sorted. What is computed is
// not seen.
func Sourced(text []byte) []string {
	var paths []string
	for line := range bytes.Lines(text) {
		for _, m := range sourced.FindAllSubmatch(bytes.TrimSpace(line), -1) {
			paths = append(paths, path.Clean(string(m[1])))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// commandsOf goes through the words of a line. A word may be a command at the beginning, after what ends another
// command or opens a substitution, and after the words of before with their options and assignments.
func commandsOf(line string) []string {
	var names []string
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return strings.ContainsRune(";&|()`", r) }) {
		for _, word := range strings.Fields(part) {
			word = strings.Trim(word, `"'`)
			switch {
			case slices.Contains(before, word):
				names = append(names, word)
				continue
			case strings.HasPrefix(word, "-"), assigned.MatchString(word):
				continue
			case commandName.MatchString(word) && !slices.Contains(builtins, word):
				names = append(names, word)
			}
			break
		}
	}
	return names
}
