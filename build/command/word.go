package command

import (
	"errors"
	"strings"
)

// word reads a word: up to a blank or an operator, or within ${…} up to the brace that closes it. quoted says that it
// stands in quotes as a whole.
func (p *parser) word(brace, quoted bool) (Word, error) {
	var w Word
	q := quoted // in quotes now
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case brace && c == '}' && q == quoted:
			return w.tidy(), nil
		case !q && !brace && strings.IndexByte(" \t\r\n|&;<>()", c) >= 0:
			return w.tidy(), nil
		case c == '"':
			if !quoted {
				q, w = !q, w.add("", true)
			}
			p.at++
		case c == '~' && len(w) == 0 && !q && !brace && p.isHome():
			w = append(w, Piece{Var: "HOME", Quoted: true})
			p.at++
		default:
			var err error
			if w, err = p.more(w, q); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case q != quoted:
		return nil, errors.New(`a " is never closed`)
	case brace:
		return nil, errors.New("a ${ is never closed")
	}
	return w.tidy(), nil
}

// more adds to a word what comes next: what a ' or a \ quotes, a variable, or text up to what may mean something. q says that it stands in
// quotes.
func (p *parser) more(w Word, q bool) (Word, error) {
	switch c := p.text[p.at]; {
	case c == '\'' && !q:
		end := strings.IndexByte(p.text[p.at+1:], '\'')
		if end < 0 {
			return nil, errors.New("a ' is never closed")
		}
		w = w.add(p.text[p.at+1:p.at+1+end], true)
		p.at += end + 2
	case c == '\\':
		text, err := p.escape(q)
		if err != nil {
			return nil, err
		}
		if text != "" {
			w = w.add(text, true)
		}
	case c == '$':
		piece, err := p.variable(q)
		if err != nil {
			return nil, err
		}
		if piece.Var != "" {
			return append(w, piece), nil
		}
		w = w.add(piece.Text, true)
	case c == '`':
		return nil, p.refuse("`")
	default:
		n := 1
		for p.at+n < len(p.text) && strings.IndexByte("\"'\\$`} \t\r\n|&;<>()", p.text[p.at+n]) < 0 {
			n++
		}
		w = w.add(p.text[p.at:p.at+n], q)
		p.at += n
	}
	return w, nil
}

// tidy joins text that is quoted alike, and drops empty text beside something else in quotes, which says already that the word is one.
func (w Word) tidy() Word {
	w = w.joined()
	var all Word
	for i, p := range w {
		before, after := i > 0 && w[i-1].Quoted, i+1 < len(w) && w[i+1].Quoted
		if p.Var != "" || p.Text != "" || !(before || after) {
			all = append(all, p)
		}
	}
	return all
}

// joined joins text that is quoted alike, at once: a word may be read a byte at a time.
func (w Word) joined() Word {
	var all Word
	for i := 0; i < len(w); {
		p, from := w[i], i
		for i++; p.Var == "" && i < len(w) && w[i].Var == "" && w[i].Quoted == p.Quoted; i++ {
		}
		if i > from+1 {
			var text strings.Builder
			for _, one := range w[from:i] {
				text.WriteString(one.Text)
			}
			p.Text = text.String()
		}
		all = append(all, p)
	}
	return all
}

// isHome tells whether the ~ here stands for the home directory.
func (p *parser) isHome() bool {
	rest := p.rest()
	return len(rest) == 1 || strings.IndexByte("/ \t\r\n|&;<>", rest[1]) >= 0
}

// escape reads a backslash and what it keeps from meaning something; at an end of line it means nothing (2.2.1, 2.2.3).
func (p *parser) escape(quoted bool) (string, error) {
	if p.at+1 >= len(p.text) {
		return "", errors.New(`it ends in a \`)
	}
	text := p.text[p.at+1 : p.at+2]
	p.at += 2
	if text == "\n" {
		return "", nil
	}
	if quoted && strings.IndexByte(`$"\`+"`", text[0]) < 0 && (text != "}" || p.depth == 0) {
		text = `\` + text
	}
	return text, nil
}

// add appends text.
func (w Word) add(text string, quoted bool) Word { return append(w, Piece{Text: text, Quoted: quoted}) }

// operations are what may stand after a variable's name in ${…} (2.6.2).
var operations = []string{":-", ":=", ":?", ":+", "-", "=", "?", "+"}

// variable reads $NAME or ${NAME} with or without an operation; a lone $ is text.
func (p *parser) variable(quoted bool) (Piece, error) {
	rest := p.rest()[1:]
	if n := nameLength(rest); n > 0 {
		p.at += n + 1
		return Piece{Var: rest[:n], Quoted: quoted}, nil
	}
	switch {
	case strings.HasPrefix(rest, "{"):
	case strings.HasPrefix(rest, "(("):
		return Piece{}, p.refuse("$((")
	case rest != "" && (strings.IndexByte("(@*#?!-$", rest[0]) >= 0 || rest[0] >= '0' && rest[0] <= '9'):
		return Piece{}, p.refuse("$" + rest[:1])
	case !quoted && rest != "" && (rest[0] == '\'' || rest[0] == '"'):
		return Piece{}, p.refuse("$" + rest[:1])
	default:
		p.at++
		return Piece{Text: "$"}, nil
	}
	n := nameLength(rest[1:])
	piece, after := Piece{Var: rest[1 : 1+n], Quoted: quoted}, rest[1+n:]
	for _, op := range operations {
		if strings.HasPrefix(after, op) {
			piece.Op = op
			break
		}
	}
	if n == 0 || (piece.Op == "" && after != "" && after[0] != '}') {
		return Piece{}, p.refuse("${")
	}
	if p.depth++; p.depth > maxDepth {
		return Piece{}, errors.New("its ${…} stand too deep in each other")
	}
	p.at += 2 + n + len(piece.Op)
	arg, err := p.word(true, quoted)
	if err != nil {
		return Piece{}, err
	}
	p.depth--
	p.at++
	piece.Arg = arg
	return piece, nil
}
