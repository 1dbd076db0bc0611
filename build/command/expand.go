package command

import (
	"errors"
	"path/filepath"
	"strings"
)

// Variables are what a line's variables stand for.
type Variables interface {
	Lookup(name string) (string, bool)
	Set(name, value string) error
}

// Expander replaces variables and patterns.
type Expander struct {
	Variables Variables
	// Strict makes a variable that is not set an error (set -u).
	Strict bool
}

// Words returns the arguments that words stand for: variables replaced, values outside quotes split at blanks, and
// patterns replaced by the files that match, sorted. A pattern that matches nothing stays. Unlike in a shell, *, ? and [ in
// the value of a variable are themselves.
func (e Expander) Words(words []Word) ([]string, error) {
	var argv []string
	for _, w := range words {
		parts, err := e.parts(w)
		if err != nil {
			return nil, err
		}
		for _, f := range fields(parts) {
			argv = append(argv, f.match()...)
		}
	}
	return argv, nil
}

// Text returns what one word stands for, not split, as in an assignment.
func (e Expander) Text(w Word) (string, error) {
	parts, err := e.parts(w)
	if err != nil {
		return "", err
	}
	return text(parts), nil
}

// part is a stretch of text that came out of a word. Value says that it is a variable's, and can be split.
type part struct {
	text          string
	quoted, value bool
}

// parts are the parts of a word with its variables' values: what stands in quotes stays together.
func (e Expander) parts(w Word) ([]part, error) {
	var all []part
	for _, p := range w {
		if p.Var == "" {
			all = append(all, part{text: p.Text, quoted: p.Quoted})
			continue
		}
		parts, err := e.variable(p)
		if err != nil {
			return nil, err
		}
		if p.Quoted {
			parts = []part{{text: text(parts), quoted: true}}
		}
		all = append(all, parts...)
	}
	return all, nil
}

// variable returns the value of a variable, or what its operation puts in its place.
func (e Expander) variable(p Piece) ([]part, error) {
	value, set := e.Variables.Lookup(p.Var)
	there := set && (p.Op == "" || p.Op[0] != ':' || value != "")
	own := []part{{text: value, value: true}}
	switch op := strings.TrimPrefix(p.Op, ":"); {
	case op == "" && !set && e.Strict:
		return nil, errors.New(p.Var + " is not set")
	case op == "" || (there && op != "+"):
		return own, nil
	case op == "+" && !there:
		return nil, nil
	case op == "?":
		return nil, e.missing(p)
	}
	parts, err := e.parts(p.Arg)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(p.Op, "=") {
		if err := e.Variables.Set(p.Var, text(parts)); err != nil {
			return nil, err
		}
		return []part{{text: text(parts), value: true}}, nil
	}
	for i := range parts {
		parts[i].value = true
	}
	return parts, nil
}

func (e Expander) missing(p Piece) error {
	message, err := e.Text(p.Arg)
	if err != nil {
		return err
	}
	if message == "" {
		message = "it is not set"
	}
	return errors.New(p.Var + ": " + message)
}

func text(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// field is an argument, and the pattern that it is where it has one.
type field struct {
	text, pattern string
	isPattern     bool
}

// fields joins parts to arguments and splits values at blanks. Parts that are nothing but empty values are no argument.
func fields(parts []part) []field {
	var all []field
	var f field
	open := false
	for _, p := range parts {
		if p.quoted || !p.value {
			f.add(p.text, !p.quoted)
			open = true
			continue
		}
		for rest := p.text; rest != ""; {
			n := strings.IndexAny(rest, " \t\n")
			if n < 0 {
				n = len(rest)
			}
			if n > 0 {
				f.add(rest[:n], false)
				open = true
			} else if n++; open {
				all, f, open = append(all, f), field{}, false
			}
			rest = rest[n:]
		}
	}
	if open {
		all = append(all, f)
	}
	return all
}

// literally has what means something in a pattern mean itself.
var literally = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)

func (f *field) add(s string, pattern bool) {
	f.text += s
	if pattern && hasAny(s, "*?[") {
		f.isPattern = true
		f.pattern += strings.ReplaceAll(s, "[!", "[^")
		return
	}
	f.pattern += literally.Replace(s)
}

// match returns the files that a pattern matches. Those whose name begins with a dot must be asked for (2.13.3).
func (f field) match() []string {
	if !f.isPattern {
		return []string{f.text}
	}
	found, err := filepath.Glob(f.pattern)
	hidden := strings.HasPrefix(filepath.Base(f.pattern), ".")
	var all []string
	for _, name := range found {
		if hidden || !strings.HasPrefix(filepath.Base(name), ".") {
			all = append(all, name)
		}
	}
	if err != nil || len(all) == 0 {
		return []string{f.text}
	}
	return all
}
