// Package command understands the start commands that people write for a shell, in images that have none.
//
// It knows the part of POSIX sh (Shell Command Language, 2.2 quoting, 2.6.2 parameters, 2.9.1 simple commands) that start
// commands of real apps use: quotes, $VAR, ${VAR}, ${VAR:-default}, assignments in front, "cd dir &&", "exec" and a list
// of commands joined by &&. Everything else is an error that names the character. The build reads a command to check
// it, and to do without any helper where there is nothing to expand; the program start reads it again in the image.
package command

import (
	"fmt"
	"strings"
)

// Line is a parsed command line: simple commands that run one after another while they succeed.
type Line []Simple

// Simple is one simple command: assignments in front, then words.
type Simple struct {
	Assign []Assign
	Words  []Word
}

// Assign is NAME=value in front of a command.
type Assign struct {
	Name  string
	Value Word
}

// Word is a word in pieces: text, or a variable with the text to use where it is unset or empty.
type Word []Piece

// Piece is Text, or the variable Var.
type Piece struct {
	Text    string
	Var     string
	Default string
	// Split says that the variable stands outside quotes, so that its value is split at blanks.
	Split bool
}

// Parse reads a command line.
func Parse(text string) (Line, error) {
	p := parser{text: text}
	line, err := p.line()
	if err != nil {
		return nil, fmt.Errorf("cannot read command %q: %w", text, err)
	}
	return line, nil
}

// Argv returns the command's arguments where it is one plain command: no variable, no assignment, no list.
func (l Line) Argv() ([]string, bool) {
	if len(l) != 1 || len(l[0].Assign) > 0 || l[0].builtin() {
		return nil, false
	}
	var argv []string
	for _, w := range l[0].Words {
		text := ""
		for _, piece := range w {
			if piece.Var != "" {
				return nil, false
			}
			text += piece.Text
		}
		argv = append(argv, text)
	}
	return argv, true
}

// Program is the first word of the command that the line ends in, as far as it is plain text.
func (l Line) Program() string {
	words := l[len(l)-1].Words
	if len(words) > 1 && words[0].plain() == "exec" {
		words = words[1:]
	}
	return words[0].plain()
}

func (s Simple) builtin() bool {
	switch s.Words[0].plain() {
	case "cd", "echo", "exec", "export", "true", ":":
		return true
	}
	return false
}

func (w Word) plain() string {
	if len(w) == 1 && w[0].Var == "" {
		return w[0].Text
	}
	return ""
}

// Expand returns the words of a command with variables replaced, split at blanks as a shell does.
func Expand(words []Word, get func(string) string) []string {
	var argv []string
	for _, w := range words {
		argv = append(argv, w.fields(get)...)
	}
	return argv
}

// Text is the word with variables replaced and not split, as in an assignment.
func (w Word) Text(get func(string) string) string {
	var b strings.Builder
	for _, p := range w {
		b.WriteString(p.value(get))
	}
	return b.String()
}

func (p Piece) value(get func(string) string) string {
	if p.Var == "" {
		return p.Text
	}
	if v := get(p.Var); v != "" {
		return v
	}
	return p.Default
}

// fields splits the values of unquoted variables at blanks. A word of nothing but empty unquoted variables is no word.
func (w Word) fields(get func(string) string) []string {
	fields, open := []string{""}, false
	for _, p := range w {
		v := p.value(get)
		if !p.Split {
			fields[len(fields)-1] += v
			open = true
			continue
		}
		parts := strings.Fields(v)
		for i, part := range parts {
			if i > 0 || (startsBlank(v) && fields[len(fields)-1] != "") {
				fields = append(fields, "")
			}
			fields[len(fields)-1] += part
			open = true
		}
	}
	if !open {
		return nil
	}
	return fields
}

func startsBlank(s string) bool { return s != "" && strings.ContainsRune(" \t\n", rune(s[0])) }
