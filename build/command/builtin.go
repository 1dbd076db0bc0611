package command

import "strings"

// Builtin tells whether the program start runs a command itself. Of the programs among them (echo, env, mkdir, sleep,
// true, false, pwd), only with the options that it knows; with others they are programs that the image must have.
func Builtin(argv []string) bool {
	known, ok := builtins[argv[0]]
	if !ok {
		return false
	}
	for _, a := range argv[1:] {
		if a == "--" || len(a) < 2 || a[0] != '-' {
			return true
		}
		if strings.Trim(a[1:], known) != "" && known != "*" {
			return false
		}
	}
	return true
}

// builtins lists the letters of the options that each knows; "*" takes any word.
var builtins = map[string]string{
	":": "*", "true": "*", "false": "*", "echo": "*", "pwd": "LP", "cd": "LP", "exit": "", "export": "", "unset": "fv",
	"set": "*", "exec": "", "command": "", "env": "i", "mkdir": "p", "sleep": "", "render": "l", "together": "*",
}

// Call is what a simple command runs in the end.
type Call struct {
	// Words begin with the program; those of exec, command and env in front are dropped. None: a builtin, other than together,
	// whose programs Programs tells.
	Words []Word
	// Assign are the variables set in front of it, those of env as well. Clean says that env -i drops all others; Lasting
	// that they hold for the commands after it, too (A=1 alone, or export A=1).
	Assign         []Assign
	Clean, Lasting bool
}

// Call finds out what the command runs.
func (s Simple) Call() Call {
	c := Call{Words: s.Words, Assign: s.Assign, Lasting: len(s.Words) == 0}
	for len(c.Words) > 0 {
		name, _ := c.Words[0].Literal()
		switch {
		case (name == "exec" || name == "command") && len(c.Words) > 1 && !isOption(c.Words[1]):
			c.Words = c.Words[1:]
		case name == "env" && Builtin(Plain(c.Words)):
			c = c.env()
		case name == "export":
			for _, w := range c.Words[1:] {
				if a, ok := w.assignment(); ok {
					c.Assign = append(c.Assign[:len(c.Assign):len(c.Assign)], a)
				}
			}
			c.Words, c.Lasting = nil, true
		case name == "together":
			return c
		case Builtin(Plain(c.Words)):
			c.Words = nil
		default:
			return c
		}
	}
	return c
}

// env drops "env -i NAME=value …".
func (c Call) env() Call {
	words := c.Words[1:]
	for len(words) > 0 && isOption(words[0]) {
		text, _ := words[0].Literal()
		c.Clean = c.Clean || strings.Contains(text, "i")
		words = words[1:]
	}
	for len(words) > 0 {
		a, ok := words[0].assignment()
		if !ok {
			break
		}
		c.Assign = append(c.Assign[:len(c.Assign):len(c.Assign)], a)
		words = words[1:]
	}
	c.Words = words
	return c
}

// assignment takes a word NAME=value apart.
func (w Word) assignment() (Assign, bool) {
	if len(w) == 0 || w[0].Var != "" {
		return Assign{}, false
	}
	n := nameLength(w[0].Text)
	if n == 0 || n >= len(w[0].Text) || w[0].Text[n] != '=' {
		return Assign{}, false
	}
	value := append(Word{}, w...)
	value[0].Text = value[0].Text[n+1:]
	if value[0].Text == "" && len(value) > 1 {
		value = value[1:]
	}
	return Assign{Name: w[0].Text[:n], Value: value}, true
}

func isOption(w Word) bool {
	text, ok := w.Literal()
	return ok && len(text) > 1 && text[0] == '-'
}

// Plain returns the text of every word; "$" for one that depends on the surroundings.
func Plain(all []Word) []string {
	var texts []string
	for _, w := range all {
		text, ok := w.Literal()
		if !ok {
			text = "$"
		}
		texts = append(texts, text)
	}
	return texts
}

// Replace returns the command with other words in the place of those of its Call.
func (s Simple) Replace(words []Word) Simple {
	front := len(s.Words) - len(s.Call().Words)
	s.Words = append(s.Words[:front:front], words...)
	return s
}

// Uses tells whether a variable occurs in the line.
func (l Line) Uses(name string) bool {
	for _, s := range l {
		for _, a := range s.Assign {
			if a.Value.uses(name) {
				return true
			}
		}
		for _, w := range s.Words {
			if w.uses(name) {
				return true
			}
		}
		for _, r := range s.Redirects {
			if r.Target.uses(name) {
				return true
			}
		}
	}
	return false
}

func (w Word) uses(name string) bool {
	for _, p := range w {
		if p.Var == name || p.Arg.uses(name) {
			return true
		}
	}
	return false
}
