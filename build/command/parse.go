package command

import (
	"errors"
	"strconv"
	"strings"
)

// maxLength bounds a line: an argument of a program can't be longer on Linux (MAX_ARG_STRLEN), and maxDepth ${…} in ${…}.
const (
	maxLength = 128 << 10
	maxDepth  = 20
)

// Error says that a command line can't be read.
type Error struct {
	Line string
	Err  error // *Unsupported where a shell could run it
}

func (e *Error) Error() string {
	return "cannot read command " + strconv.Quote(e.Line) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads a command line. Its error is an *Error.
func Parse(text string) (Line, error) {
	if len(text) >= maxLength {
		return nil, &Error{Line: text[:40] + "…", Err: errors.New("it is longer than 128 KiB")}
	}
	if strings.IndexByte(text, 0) >= 0 {
		return nil, &Error{Line: text, Err: errors.New("it has a zero byte")}
	}
	p := parser{text: text}
	line, err := p.line()
	if err != nil {
		return nil, &Error{Line: text, Err: err}
	}
	return line, nil
}

type parser struct {
	text  string
	at    int
	depth int
}

var errNoCommand = errors.New("a command is missing")

// line reads commands up to the end of the text.
func (p *parser) line() (Line, error) {
	var line Line
	join := Then
	for {
		p.blanks(true)
		if p.at >= len(p.text) {
			if len(line) == 0 || join != Then {
				return nil, errNoCommand
			}
			return line, nil
		}
		s, err := p.simple()
		if err != nil {
			return nil, err
		}
		s.Join = join
		line = append(line, s)
		if join, err = p.join(); err != nil {
			return nil, err
		}
	}
}

// join reads what stands between two commands.
func (p *parser) join() (Join, error) {
	for _, j := range []Join{And, Or, Then, "\n"} {
		if strings.HasPrefix(p.rest(), string(j)) {
			p.at += len(j)
			if j == "\n" {
				j = Then
			}
			return j, nil
		}
	}
	if p.at >= len(p.text) {
		return Then, nil
	}
	return "", p.refuse(p.text[p.at : p.at+1])
}

// simple reads one simple command up to what joins it to the next.
func (p *parser) simple() (Simple, error) {
	var s Simple
	begin := p.at
	for {
		p.blanks(false)
		if p.at >= len(p.text) || p.endsCommand() {
			break
		}
		if ok, err := p.redirect(&s); err != nil {
			return s, err
		} else if ok {
			continue
		}
		if strings.IndexByte("|&<>()", p.text[p.at]) >= 0 {
			return s, p.refuse(p.operator())
		}
		at := p.at
		name, assigns := p.assignment(len(s.Words) == 0)
		w, err := p.word(false, false)
		if err != nil {
			return s, err
		}
		if assigns {
			s.Assign = append(s.Assign, Assign{Name: name, Value: w})
			continue
		}
		if len(s.Words) == 0 && reserved[p.text[at:p.at]] {
			word := p.text[at:p.at]
			p.at = at
			return s, p.refuse(word)
		}
		s.Words = append(s.Words, w)
	}
	if len(s.Words)+len(s.Assign) == 0 {
		return s, errNoCommand
	}
	name, _ := firstWord(s)
	if name == "exec" && len(s.Words) == 1 && len(s.Redirects) > 0 {
		name = "exec >"
	}
	if shellOnly[name] {
		p.at = begin
		return s, p.refuse(name)
	}
	return s, nil
}

// endsCommand tells whether a command ends here: at the end of the line, ";", "&&" or "||".
func (p *parser) endsCommand() bool {
	rest := p.rest()
	return rest[0] == ';' || rest[0] == '\n' || strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||")
}

// redirect reads a redirection; "&>file" is bash's for ">file 2>&1".
func (p *parser) redirect(s *Simple) (bool, error) {
	rest := p.rest()
	both := strings.HasPrefix(rest, "&>")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if both {
		digits = 1
	}
	if digits >= len(rest) || (rest[digits] != '<' && rest[digits] != '>') {
		return false, nil
	}
	r, refused := redirection(rest[digits:])
	if refused != "" {
		return false, p.refuse(refused)
	}
	if digits > 0 && !both {
		r.FD = int(rest[0] - '0')
	}
	if r.FD > 2 || digits > 1 {
		return false, p.refuse("N>")
	}
	begin := p.at
	p.at += digits + len(r.Op)
	p.blanks(false)
	w, err := p.word(false, false)
	if err != nil {
		return false, err
	}
	text, literal := w.Literal()
	switch {
	case len(w) == 0:
		return false, errors.New("a redirection names no file")
	case r.Op == ">&" && (!literal || len(text) != 1 || text[0] < '0' || text[0] > '2'):
		p.at = begin
		return false, p.refuse("N>")
	}
	r.Target = w
	s.Redirects = append(s.Redirects, r)
	if both {
		s.Redirects = append(s.Redirects, Redirect{FD: 2, Op: ">&", Target: Text("1")})
	}
	return true, nil
}

// redirection is the one that a text begins with, still without a target, or the operator there that nothing but a shell has.
func redirection(text string) (r Redirect, refused string) {
	for _, no := range []string{"<<", "<(", ">(", "<>", "<&", ">|"} {
		if strings.HasPrefix(text, no) {
			return r, no
		}
	}
	for _, op := range []Redirect{{FD: 0, Op: "<"}, {FD: 1, Op: ">>"}, {FD: 1, Op: ">&"}, {FD: 1, Op: ">"}} {
		if strings.HasPrefix(text, op.Op) {
			return op, ""
		}
	}
	return r, ""
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

// blanks skips blanks, comments, and ends of lines after a backslash; all ends of lines where lines is set.
func (p *parser) blanks(lines bool) {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ', c == '\t', c == '\r', c == '\n' && lines:
			p.at++
		case strings.HasPrefix(p.rest(), "\\\n"):
			p.at += 2
		case c == '#':
			end := strings.IndexByte(p.rest(), '\n')
			if end < 0 {
				end = len(p.rest())
			}
			p.at += end
		default:
			return
		}
	}
}

func (p *parser) rest() string { return p.text[p.at:] }

// operator is the operator that stands here.
func (p *parser) operator() string {
	if rest := p.rest(); len(rest) > 1 && rest[0] == '|' && rest[1] == '&' {
		return "|"
	}
	return p.text[p.at : p.at+1]
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}
