package command

import (
	"errors"
	"fmt"
	"strings"
)

type parser struct {
	text string
	at   int
}

func (p *parser) line() (Line, error) {
	var line Line
	for {
		s, err := p.simple()
		if err != nil {
			return nil, err
		}
		if len(s.Words) == 0 {
			return nil, errors.New("a command is missing")
		}
		line = append(line, s)
		if !strings.HasPrefix(p.rest(), "&&") {
			break
		}
		p.at += 2
	}
	if p.at < len(p.text) {
		return nil, p.unsupported()
	}
	return line, nil
}

func (p *parser) simple() (Simple, error) {
	var s Simple
	for {
		p.blanks()
		if p.at >= len(p.text) || strings.HasPrefix(p.rest(), "&&") {
			return s, nil
		}
		if strings.IndexByte("|&;<>()`#", p.text[p.at]) >= 0 {
			return s, p.unsupported()
		}
		name, assigns := p.assignment(len(s.Words) == 0)
		w, err := p.word()
		if err != nil {
			return s, err
		}
		if assigns {
			s.Assign = append(s.Assign, Assign{Name: name, Value: w})
		} else {
			s.Words = append(s.Words, w)
		}
	}
}

// assignment eats NAME= where it stands in front of the command.
func (p *parser) assignment(front bool) (string, bool) {
	n := nameLength(p.rest())
	if !front || n == 0 || p.at+n >= len(p.text) || p.text[p.at+n] != '=' {
		return "", false
	}
	name := p.text[p.at : p.at+n]
	p.at += n + 1
	return name, true
}

func (p *parser) word() (Word, error) {
	var w Word
	quoted := false
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			quoted = !quoted
			w = w.add("")
			p.at++
		case c == '\'' && !quoted:
			end := strings.IndexByte(p.text[p.at+1:], '\'')
			if end < 0 {
				return nil, errors.New("a ' is never closed")
			}
			w = w.add(p.text[p.at+1 : p.at+1+end])
			p.at += end + 2
		case c == '\\':
			if p.at+1 >= len(p.text) {
				return nil, errors.New(`it ends in a \`)
			}
			text := p.text[p.at+1 : p.at+2]
			if quoted && !strings.Contains(`$"\`+"`", text) {
				text = `\` + text
			}
			w = w.add(text)
			p.at += 2
		case c == '$':
			piece, err := p.variable()
			if err != nil {
				return nil, err
			}
			piece.Split = piece.Var != "" && !quoted
			w = append(w, piece)
		case c == '`', !quoted && strings.IndexByte("|&;<>()*?[", c) >= 0:
			if !quoted && strings.HasPrefix(p.rest(), "&&") {
				return w, nil
			}
			if strings.IndexByte("*?[", c) >= 0 {
				w = w.add(string(c)) // a shell keeps a pattern that matches nothing, too
				p.at++
				continue
			}
			return nil, p.unsupported()
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			return w, nil
		default:
			w = w.add(string(c))
			p.at++
		}
	}
	if quoted {
		return nil, errors.New(`a " is never closed`)
	}
	return w, nil
}

// add appends text, joined to the text before it.
func (w Word) add(text string) Word {
	if n := len(w); n > 0 && w[n-1].Var == "" {
		w[n-1].Text += text
		return w
	}
	return append(w, Piece{Text: text})
}

// variable reads $NAME, ${NAME}, ${NAME:-text} or ${NAME-text}; a lone $ is text.
func (p *parser) variable() (Piece, error) {
	rest := p.rest()[1:]
	if n := nameLength(rest); n > 0 {
		p.at += n + 1
		return Piece{Var: rest[:n]}, nil
	}
	if !strings.HasPrefix(rest, "{") {
		if rest != "" && strings.IndexByte("(@*#?!-$0123456789", rest[0]) >= 0 {
			return Piece{}, fmt.Errorf("$%c is not supported: there is no shell in the image", rest[0])
		}
		p.at++
		return Piece{Text: "$"}, nil
	}
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return Piece{}, errors.New("a ${ is never closed")
	}
	body := rest[1:end]
	n := nameLength(body)
	name, after := body[:n], body[n:]
	value, ok := strings.CutPrefix(after, ":-")
	if !ok {
		value, ok = strings.CutPrefix(after, "-")
	}
	if n == 0 || (after != "" && !ok) || strings.ContainsAny(value, "$`") {
		return Piece{}, fmt.Errorf("${%s} is not supported: only ${NAME} and ${NAME:-text} are", body)
	}
	p.at += end + 2
	return Piece{Var: name, Default: strings.Trim(value, `"'`)}, nil
}

func (p *parser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) rest() string { return p.text[p.at:] }

func (p *parser) unsupported() error {
	return fmt.Errorf("%q at position %d is not supported: there is no shell in the image", p.text[p.at], p.at+1)
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}
