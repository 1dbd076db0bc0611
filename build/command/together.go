package command

import (
	"errors"
	"slices"
	"strings"
)

// Member is one of the programs that "together" runs at the same time, or the only one, for the signal that it is asked by:
//
//	together [-s SIGNAL] [-w SOCKET] [-C DIR] [-e NAME=VALUE]… PROGRAM ARGUMENT… [-- [-s SIGNAL] [-w SOCKET] [-C DIR] [-e NAME=VALUE]… PROGRAM ARGUMENT…]…
//
// They are started in this order and ended in the opposite one, so that what serves others is there before them and is
// ended after them. SIGNAL is what asks the program to end (QUIT; TERM where none is said), and SOCKET a socket of the file
// system that must accept connections before the program is started. DIR is the folder where it runs. Each NAME=VALUE is a
// variable for that program alone.
type Member struct {
	Signal, Socket, Dir string
	Env                 []string
	Argv                []string
}

// memberOptions are the options in front of a program; all of them take a word.
var memberOptions = []string{"-s", "-w", "-C", "-e"}

// Together reads the words after "together".
func Together(words []string) ([]Member, error) {
	var all []Member
	for len(words) > 0 {
		end := programEnd(words)
		m, err := member(words[:end])
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		words = words[min(end+1, len(words)):]
	}
	if len(all) == 0 {
		return nil, errors.New("together takes programs, with -- between them")
	}
	return all, nil
}

// member reads a program of a line, and the options before it.
func member(words []string) (Member, error) {
	m := Member{Signal: "TERM"}
	for len(words) > 1 && slices.Contains(memberOptions, words[0]) {
		switch words[0] {
		case "-s":
			m.Signal = strings.TrimPrefix(words[1], "SIG")
		case "-w":
			m.Socket = words[1]
		case "-C":
			m.Dir = words[1]
		case "-e":
			m.Env = append(m.Env, words[1])
		}
		words = words[2:]
	}
	if !slices.Contains([]string{"HUP", "INT", "QUIT", "TERM", "WINCH"}, m.Signal) {
		return m, errors.New("together: -s takes HUP, INT, QUIT, TERM or WINCH, and not " + m.Signal)
	}
	if len(words) == 0 || words[0] == "" {
		return m, errors.New("together: the name of a program is missing")
	}
	m.Argv = words
	return m, nil
}

// Part is one of the commands that run at once, and the folder where it does; empty for that of the line.
type Part struct {
	Simple
	Dir string
}

// AtOnce is the line that runs commands at once. It is false where one is more than a command: a redirection, a builtin, an argument "--".
func AtOnce(all []Part) (Line, bool) {
	s := Simple{Join: Then, Words: []Word{Text("together")}}
	for i, one := range all {
		if i > 0 {
			s.Words = append(s.Words, Text("--"))
		}
		c := one.Call()
		if len(c.Words) == 0 || len(one.Redirects) > 0 || c.Clean || slices.Contains(Plain(c.Words), "--") || slices.Contains(memberOptions, Plain(c.Words)[0]) || Plain(c.Words)[0] == "together" {
			return nil, false
		}
		if one.Dir != "" {
			s.Words = append(s.Words, Text("-C"), Text(one.Dir))
		}
		for _, a := range c.Assign {
			s.Words = append(s.Words, Text("-e"), append(Word{{Text: a.Name + "="}}, a.Value.whole()...))
		}
		s.Words = append(s.Words, c.Words...)
	}
	return Line{s}, true
}

// Members are the commands that a call of AtOnce runs together, each with its variables; none where it is no such.
func (c Call) Members() []Part {
	if texts := Plain(c.Words); len(texts) == 0 || texts[0] != "together" {
		return nil
	}
	all, front := c.parts()
	for i, options := range front {
		for _, o := range options {
			a, ok := o[1].assignment()
			switch name := Plain(o)[0]; {
			case name == "-C":
			case name == "-e" && ok:
				all[i].Assign = append(all[i].Assign, a)
			default:
				return nil
			}
		}
	}
	return all
}

// Programs are the commands that a call runs, each from its program on: one, or those that run together; none for a builtin.
func (c Call) Programs() []Part {
	if texts := Plain(c.Words); len(texts) == 0 {
		return nil
	} else if texts[0] != "together" {
		return []Part{{Simple: Simple{Words: c.Words}}}
	}
	all, _ := c.parts()
	return slices.DeleteFunc(all, func(p Part) bool { return len(p.Words) == 0 })
}

// parts are the commands after "together", each from its program on with the folder where it runs, and the options in front of it.
func (c Call) parts() (all []Part, front [][][]Word) {
	for words := c.Words[1:]; len(words) > 0; {
		end := programEnd(Plain(words))
		one := Part{Simple: Simple{Join: Then, Words: words[:end]}}
		var options [][]Word
		for len(one.Words) > 1 && slices.Contains(memberOptions, Plain(one.Words)[0]) {
			if options = append(options, one.Words[:2]); Plain(one.Words)[0] == "-C" {
				one.Dir = Plain(one.Words)[1]
			}
			one.Words = one.Words[2:]
		}
		all, front = append(all, one), append(front, options)
		words = words[min(end+1, len(words)):]
	}
	return all, front
}

// programEnd is the place of the first "--", or of the end where there is none.
func programEnd(words []string) int {
	if i := slices.Index(words, "--"); i >= 0 {
		return i
	}
	return len(words)
}
