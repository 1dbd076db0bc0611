package command

import (
	"errors"
	"strings"
)

// Replace puts the commands of another line in the place of command i, as if a child process ran them: for a script that
// a package manager or a shell would run. Assignments in front of command i hold for all of them. Not every line can
// stand everywhere, as there are no groups; the error says why.
func (l Line) Replace(i int, with Line) (Line, error) {
	if len(with) == 0 {
		return nil, errNoCommand
	}
	old, last := l[i], i == len(l)-1
	if len(old.Redirects) > 0 {
		return nil, group("a redirection of several commands at once")
	}
	if err := l.fits(i, with); err != nil {
		return nil, err
	}
	var in Line
	switch {
	case len(old.Assign) == 0:
	case last:
		in = append(in, exported(old.Assign))
	case with.isPlain():
		with = Line{with[0].assign(old.Assign)}
	default:
		return nil, group("variables in front of several commands that others follow")
	}
	in = append(in, with...)
	all := append(Line{}, l[:i]...)
	for n, s := range in {
		if n == 0 {
			s.Join = old.Join
		} else if len(in) > len(with) && n == 1 {
			s.Join = And // after the variables, which are always set
		}
		all = append(all, s)
	}
	return append(all, l[i+1:]...), nil
}

// isPlain tells whether the line is one command that nothing in its surroundings changes.
func (l Line) isPlain() bool {
	if len(l) != 1 {
		return false
	}
	_, ok := l[0].Literal()
	return ok
}

func group(what string) error { return &Unsupported{What: what, Instead: insteadList} }

// fits checks that the joins of a line mean the same where it stands in the place of command i, and that it changes
// nothing for the commands after it.
func (l Line) fits(i int, with Line) error {
	before, after := l[i].Join, l[i+1:]
	if len(after) > 0 {
		for _, s := range with {
			if s.changesSurroundings() {
				return group("a command that changes the directory or variables for itself alone (" + s.String() + ")")
			}
		}
	}
	if len(with) == 1 {
		return nil
	}
	for _, s := range with[1:] {
		if (before != Then && s.Join != before) || (before == Or) {
			return group("a group of commands joined by " + string(s.Join) + " after " + string(before))
		}
	}
	return nil
}

// changesSurroundings tells whether what comes after the command would see that it ran in the same process.
func (s Simple) changesSurroundings() bool {
	if len(s.Words) == 0 {
		return true
	}
	switch name, _ := s.Words[0].Literal(); name {
	case "cd", "export", "set", "unset", "exit", "exec":
		return true
	}
	return false
}

func (s Simple) assign(front []Assign) Simple {
	s.Assign = append(append([]Assign{}, front...), s.Assign...)
	return s
}

// exported is the command "export NAME=value …".
func exported(all []Assign) Simple {
	s := Simple{Words: []Word{Text("export")}}
	for _, a := range all {
		s.Words = append(s.Words, append(Word{{Text: a.Name + "="}}, a.Value.whole()...))
	}
	return s
}

// whole is the word with all its pieces in quotes, so that it stays one argument.
func (w Word) whole() Word {
	var all Word
	for _, p := range w {
		p.Quoted = true
		if p.Var == "" {
			all = all.add(p.Text, true)
			continue
		}
		p.Arg = p.Arg.whole()
		all = append(all, p)
	}
	return all.joined()
}

// shells are the programs whose -c takes a command line.
var shells = words("sh", "bash", "dash", "/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/dash")

// Unwrap replaces every sh -c 'commands' of a line by the commands themselves. A variable in double quotes around them
// is replaced where it stands, and its value is not read as a command again.
func (l Line) Unwrap() (Line, error) {
	for n, i := 0, 0; i < len(l); n++ {
		inner, ok, err := l[i].shell()
		if err != nil {
			return nil, err
		}
		if !ok {
			i++
			continue
		}
		if n > maxDepth {
			return nil, errors.New("its sh -c stand too deep in each other")
		}
		if l, err = l.Replace(i, inner); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// shell reads the commands of sh -c 'commands'.
func (s Simple) shell() (Line, bool, error) {
	ws := s.Words
	if name, ok := firstWord(s); ok && name == "exec" && len(ws) > 1 {
		ws = ws[1:]
	}
	if len(ws) < 3 {
		return nil, false, nil
	}
	name, _ := ws[0].Literal()
	if !shells[name] {
		return nil, false, nil
	}
	flags := ""
	for ws = ws[1:]; len(ws) > 0 && isOption(ws[0]); ws = ws[1:] {
		text, _ := ws[0].Literal()
		flags += text[1:]
		if strings.HasSuffix(text, "o") && len(ws) > 1 { // -o pipefail, which means nothing without pipes
			flags, ws = strings.TrimSuffix(flags, "o"), ws[1:]
		}
	}
	if len(ws) == 0 || !strings.Contains(flags, "c") || strings.Trim(flags, "celux") != "" {
		return nil, false, nil
	}
	inner, err := Parse(ws[0].Source())
	if err == nil {
		inner, err = inner.Unwrap()
	}
	return strict(inner, flags), true, err
}

// strict puts the options of a shell that change what a line does in front of it: set -e where commands are not joined
// by && anyway, and set -u.
func strict(l Line, flags string) Line {
	option := "-"
	for _, s := range l[min(1, len(l)):] {
		if s.Join != And && strings.Contains(flags, "e") {
			option = "-e"
		}
	}
	if strings.Contains(flags, "u") {
		option += "u"
	}
	if option == "-" || len(l) == 0 {
		return l
	}
	all := append(Line{{Join: Then, Words: []Word{Text("set"), Text(option)}}}, l...)
	all[1].Join = And // set never fails
	return all
}

// Source is the text of a word, with its variables as they are written, for one that is a command line itself.
func (w Word) Source() string {
	var b strings.Builder
	for _, p := range w {
		if p.Var == "" {
			b.WriteString(p.Text)
		} else {
			p.Quoted = false
			b.WriteString("${" + p.Var + p.Op + p.Arg.render(false) + "}")
		}
	}
	return b.String()
}
