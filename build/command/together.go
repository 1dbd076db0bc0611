package command

import (
	"errors"
	"slices"
	"strings"
)

// Member is one of the programs that "together" runs at the same time, or the only one, for the signal that it is asked by:
//
//	together [-s SIGNAL] [-w SOCKET] [-e NAME=VALUE]… PROGRAM ARGUMENT… [-- [-s SIGNAL] [-w SOCKET] [-e NAME=VALUE]… PROGRAM ARGUMENT…]…
//
// They are started in this order and ended in the opposite one, so that what serves others is there before them and is
// ended after them. SIGNAL is what asks the program to end (QUIT; TERM where none is said), and SOCKET a socket of the file
// system that must accept connections before the program is started. Each NAME=VALUE is a variable for that program alone.
type Member struct {
	Signal, Socket string
	Env            []string
	Argv           []string
}

// memberOptions are the options in front of a program; all of them take a word.
var memberOptions = []string{"-s", "-w", "-e"}

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

func member(words []string) (Member, error) {
	m := Member{Signal: "TERM"}
	for len(words) > 1 && slices.Contains(memberOptions, words[0]) {
		switch words[0] {
		case "-s":
			m.Signal = strings.TrimPrefix(words[1], "SIG")
		case "-w":
			m.Socket = words[1]
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

// AtOnce is the line that runs commands at once. It is false where one is more than a command: a redirection, a builtin, an argument "--".
func AtOnce(all []Simple) (Line, bool) {
	s := Simple{Join: Then, Words: []Word{Text("together")}}
	for i, one := range all {
		if i > 0 {
			s.Words = append(s.Words, Text("--"))
		}
		c := one.Call()
		if len(c.Words) == 0 || len(one.Redirects) > 0 || c.Clean || slices.Contains(Plain(c.Words), "--") || slices.Contains(memberOptions, Plain(c.Words)[0]) || Plain(c.Words)[0] == "together" {
			return nil, false
		}
		for _, a := range c.Assign {
			s.Words = append(s.Words, Text("-e"), append(Word{{Text: a.Name + "="}}, a.Value.whole()...))
		}
		s.Words = append(s.Words, c.Words...)
	}
	return Line{s}, true
}

// Members are the commands that a call of AtOnce runs together, each with its variables; none where it is no such.
func (c Call) Members() []Simple {
	if texts := Plain(c.Words); len(texts) == 0 || texts[0] != "together" {
		return nil
	}
	var all []Simple
	for words := c.Words[1:]; len(words) > 0; {
		end := programEnd(Plain(words))
		one := Simple{Join: Then, Words: words[:end]}
		for len(one.Words) > 1 && slices.Contains(memberOptions, Plain(one.Words)[0]) {
			a, ok := one.Words[1].assignment()
			if !ok || Plain(one.Words)[0] != "-e" {
				return nil
			}
			one.Assign = append(one.Assign, a)
			one.Words = one.Words[2:]
		}
		all = append(all, one)
		words = words[min(end+1, len(words)):]
	}
	return all
}

// programEnd is the place of the first "--", or of the end where there is none.
func programEnd(words []string) int {
	if i := slices.Index(words, "--"); i >= 0 {
		return i
	}
	return len(words)
}

// Programs are the commands that a call runs, each from its program on: one, or those that run together; none for a builtin.
func (c Call) Programs() [][]Word {
	texts := Plain(c.Words)
	if len(texts) == 0 || texts[0] != "together" {
		if len(texts) == 0 {
			return nil
		}
		return [][]Word{c.Words}
	}
	var all [][]Word
	words, texts := c.Words[1:], texts[1:]
	for len(words) > 0 {
		end := programEnd(texts)
		from := 0
		for from+1 < end && slices.Contains(memberOptions, texts[from]) {
			from += 2
		}
		if from < end {
			all = append(all, words[from:end])
		}
		next := min(end+1, len(words))
		words, texts = words[next:], texts[next:]
	}
	return all
}
