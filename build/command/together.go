package command

import (
	"errors"
	"slices"
	"strings"
)

// Member is one of the programs that "together" runs at the same time, or the only one, for the signal that it is asked by:
//
//	together [-s SIGNAL] [-w SOCKET] PROGRAM ARGUMENT… [-- [-s SIGNAL] [-w SOCKET] PROGRAM ARGUMENT…]…
//
// They are started in this order and ended in the opposite one, so that what serves others is there before them and is
// ended after them. SIGNAL is what asks the program to end (QUIT; TERM where none is said), and SOCKET a socket of the file
// system that must accept connections before the program is started.
type Member struct {
	Signal, Socket string
	Argv           []string
}

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
	for len(words) > 1 && (words[0] == "-s" || words[0] == "-w") {
		if words[0] == "-s" {
			m.Signal = strings.TrimPrefix(words[1], "SIG")
		} else {
			m.Socket = words[1]
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
		for from+1 < end && (texts[from] == "-s" || texts[from] == "-w") {
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
