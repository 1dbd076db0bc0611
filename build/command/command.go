// Package command understands the start commands that people write for a shell, in images that have none.
//
// It knows the part of POSIX sh that start commands of real apps use (Shell Command Language: 2.2 quoting, 2.6.2
// parameters, 2.6.5 field splitting, 2.6.6 patterns, 2.7 redirections, 2.9.1 simple commands, 2.9.3 lists): quotes, $VAR,
// ${VAR:-text} and its kin, assignments in front, redirections to files, and commands joined by &&, || and ;. Everything
// else is an error that names the construct and says what to write instead. The build reads a command to check it, and
// to do without any helper where there is nothing to expand; the program start reads it again in the image.
package command

import "strings"

// Line is a parsed command line: simple commands that run one after another. The first one's Join is Then.
type Line []Simple

// Join says when a command runs.
type Join string

// The joins, as a shell writes them. Lists are read from left to right: after "a && b || c", c runs where a or b failed.
const (
	Then Join = ";"  // in any case
	And  Join = "&&" // where the command that ran last succeeded
	Or   Join = "||" // where it failed
)

// Runs tells whether a command runs after one that ended with a status.
func (j Join) Runs(status int) bool { return j == Then || (j == And) == (status == 0) }

// Simple is one simple command: assignments in front, then words, with redirections anywhere. One without words sets
// variables of the line.
type Simple struct {
	Join      Join
	Assign    []Assign
	Words     []Word
	Redirects []Redirect
}

// Assign is NAME=value in front of a command.
type Assign struct {
	Name  string
	Value Word
}

// Redirect is N>file, N>>file, N<file or N>&M, where N and M are 0, 1 or 2.
type Redirect struct {
	FD     int
	Op     string // ">", ">>", "<" or ">&"
	Target Word   // a file, or the number M
}

// Word is a word in pieces.
type Word []Piece

// Piece is Text, or the variable Var.
type Piece struct {
	Text string
	Var  string
	// Op is what stands after the variable's name, ":-" for example, and Arg the word after that.
	Op  string
	Arg Word
	// Quoted says that the piece stands in quotes: a variable's value is not split at blanks then, and *, ? and [ are
	// themselves.
	Quoted bool
}

// Text makes a word that means exactly a text.
func Text(s string) Word {
	return Word{{Text: s, Quoted: s == "" || s[0] == '~' || s[0] == '#' || hasAny(s, special)}}
}

// special are the bytes that mean something in a word without quotes.
const special = " \t\r\n|&;<>()$`\\\"'*?["

// Literal returns the word's text where nothing in it depends on the surroundings.
func (w Word) Literal() (string, bool) {
	var text strings.Builder
	for _, p := range w {
		if p.Var != "" || p.isPattern() {
			return "", false
		}
		text.WriteString(p.Text)
	}
	return text.String(), true
}

func (p Piece) isPattern() bool { return p.Var == "" && !p.Quoted && hasAny(p.Text, "*?[") }

// Literal returns the command's words where it is plain: no assignment, no redirection, and every word literal.
func (s Simple) Literal() ([]string, bool) {
	if len(s.Assign) > 0 || len(s.Redirects) > 0 || len(s.Words) == 0 {
		return nil, false
	}
	var argv []string
	for _, w := range s.Words {
		text, ok := w.Literal()
		if !ok {
			return nil, false
		}
		argv = append(argv, text)
	}
	return argv, true
}

// Of returns the commands of a process, which has a line as it was written, without the shell that it may name, or else words.
func Of(line string, words []string) (Line, error) {
	if line == "" {
		return Literal(words), nil
	}
	parsed, err := Parse(line)
	if err != nil {
		return nil, err
	}
	return parsed.Unwrap()
}

// Literal returns the line that runs words as they are.
func Literal(words []string) Line {
	s := Simple{Join: Then}
	for _, w := range words {
		s.Words = append(s.Words, Text(w))
	}
	return Line{s}
}

// Argv returns the line's arguments where it is one plain program, which runs without the program start. An "exec" in
// front is dropped: a process of an image is never anything else.
func (l Line) Argv() ([]string, bool) {
	if len(l) != 1 {
		return nil, false
	}
	argv, ok := l[0].Literal()
	if ok && len(argv) > 1 && argv[0] == "exec" && argv[1][:min(1, len(argv[1]))] != "-" {
		argv = argv[1:]
	}
	if !ok || Builtin(argv) {
		return nil, false
	}
	return argv, true
}

func hasAny(s, bytes string) bool {
	for i := range len(s) {
		for j := range len(bytes) {
			if s[i] == bytes[j] {
				return true
			}
		}
	}
	return false
}

// Words are the words of arguments that are written as for a shell, with quotes: `-DNAME="a b" -x` has two. It returns false
// where they are more than that: a variable, a pattern, a redirection, a second command.
func Words(arguments string) ([]string, bool) {
	if strings.TrimSpace(arguments) == "" {
		return nil, true
	}
	line, err := Parse("program " + arguments) // in front, NAME=value would be an assignment
	if err != nil || len(line) != 1 {
		return nil, false
	}
	words, ok := line[0].Literal()
	if !ok {
		return nil, false
	}
	return words[1:], true
}
