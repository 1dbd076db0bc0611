package compiled

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseVariant reads a value of a type in GVariant's text format.
func parseVariant(t *variantType, text string) (variant, error) {
	p := variantParser{rest: text}
	n := p.value(0)
	if p.err == nil && p.peek() != 0 {
		p.fail("there is more after the value")
	}
	if p.err != nil {
		return variant{}, fmt.Errorf("cannot read value %q: %w", strings.TrimSpace(text), p.err)
	}
	v, err := n.as(t)
	if err != nil {
		return variant{}, fmt.Errorf("cannot read value %q: %w", strings.TrimSpace(text), err)
	}
	return v, nil
}

// node is a value as it is written, before its type is known.
type node struct {
	kind  byte         // s string, y byte string, n number, b boolean, [ array, ( tuple, { entry or dictionary, < variant, j just, 0 nothing
	typed *variantType // where the text says it
	text  string       // of strings, numbers and booleans
	inner []node       // a dictionary's keys and values in turn
}

var keywordTypes = map[string]string{
	"boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i", "uint32": "u", "handle": "h", "int64": "x",
	"uint64": "t", "double": "d", "string": "s", "objectpath": "o", "signature": "g",
}

type variantParser struct {
	rest string
	err  error
}

func (p *variantParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.rest = ""
}

// peek skips white space and returns the next byte; 0 at the end.
func (p *variantParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n\f\v")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// accept skips a byte if it is the next one.
func (p *variantParser) accept(b byte) bool {
	if p.peek() != b {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *variantParser) value(depth int) node {
	if depth > 60 {
		p.fail("it is too deep")
		return node{}
	}
	switch c := p.peek(); {
	case p.err != nil || c == 0:
		p.fail("a value is missing")
		return node{}
	case c == '\'' || c == '"':
		return node{kind: 's', text: p.quoted()}
	case strings.HasPrefix(p.rest, "b'") || strings.HasPrefix(p.rest, `b"`):
		p.rest = p.rest[1:]
		return node{kind: 'y', text: p.quoted()}
	case c == '[':
		return p.list('[', ']', depth)
	case c == '(':
		return p.list('(', ')', depth)
	case c == '{':
		return p.list('{', '}', depth)
	case c == '<':
		n := p.list('<', '>', depth)
		if len(n.inner) != 1 {
			p.fail("a variant holds one value")
		}
		return n
	case c == '@':
		t, rest := scanType(p.rest[1:], 0)
		if t == nil {
			p.fail("@ is not followed by a type")
			return node{}
		}
		p.rest = rest
		n := p.value(depth + 1)
		n.typed = t
		return n
	default:
		return p.word(depth)
	}
}

// list reads values in brackets; a dictionary's keys and values are separated by colons, an entry's by a comma.
func (p *variantParser) list(open, closing byte, depth int) node {
	p.accept(open)
	n := node{kind: open}
	for !p.accept(closing) && p.err == nil {
		n.inner = append(n.inner, p.value(depth+1))
		if open == '{' && p.accept(':') {
			n.inner = append(n.inner, p.value(depth+1))
		}
		if !p.accept(',') && p.peek() != closing {
			p.fail("a list does not end")
		}
	}
	return n
}

func (p *variantParser) word(depth int) node {
	end := strings.IndexAny(p.rest, " \t\r\n\f\v,:)]}>")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	switch t, ok := keywordTypes[word]; {
	case ok:
		n := p.value(depth + 1)
		n.typed = typeOf(t)
		return n
	case word == "true" || word == "false":
		return node{kind: 'b', text: word}
	case word == "nothing":
		return node{kind: '0'}
	case word == "just":
		return node{kind: 'j', inner: []node{p.value(depth + 1)}}
	case word == "" || (!strings.ContainsAny(word[:1], "0123456789+-.") && word != "inf" && word != "nan"):
		p.fail("%q is no value", word)
	}
	return node{kind: 'n', text: word}
}

// quoted reads a string in quotes.
func (p *variantParser) quoted() string {
	quote := p.rest[0]
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == quote:
			p.rest = p.rest[i+1:]
			return b.String()
		case c != '\\' || i+1 == len(p.rest):
			b.WriteByte(c)
		default:
			i += p.escape(&b, p.rest[i+1:])
		}
	}
	p.fail("a string does not end")
	return ""
}

// escape reads what follows a backslash, and tells its length.
func (p *variantParser) escape(b *strings.Builder, s string) int {
	digits := map[byte]int{'u': 4, 'U': 8}[s[0]]
	switch at := strings.IndexByte("abfnrtv", s[0]); {
	case at >= 0:
		b.WriteByte("\a\b\f\n\r\t\v"[at])
	case s[0] == '\n':
	case digits > 0 && len(s) > digits:
		r, err := strconv.ParseUint(s[1:1+digits], 16, 32)
		if err != nil || r == 0 || r > 0x10ffff {
			p.fail("\\%s is no character", s[:1+digits])
		}
		b.WriteRune(rune(r))
		return 1 + digits
	default:
		b.WriteByte(s[0])
	}
	return 1
}

// as gives a node its type.
func (n node) as(t *variantType) (variant, error) {
	if n.typed != nil && n.typed.text != t.text {
		return variant{}, fmt.Errorf("it is of type %s, not %s", n.typed.text, t.text)
	}
	switch {
	case t.kind == 'm':
		return n.asMaybe(t)
	case t.kind == 'v' && n.kind == '<':
		inner, err := n.inner[0].as(n.inner[0].infer())
		if err != nil {
			return variant{}, err
		}
		return boxed(inner), nil
	case strings.IndexByte("sog", t.kind) >= 0 && n.kind == 's':
		return stringVariant(t.kind, n.text), nil
	case t.kind == 'b' && n.kind == 'b':
		if n.text == "true" {
			return variant{t, []byte{1}}, nil
		}
		return variant{t, []byte{0}}, nil
	case t.text == "ay" && n.kind == 'y':
		return variant{t, append([]byte(n.text), 0)}, nil
	case t.kind == 'a' && t.inner[0].kind == '{' && n.kind == '{':
		return n.asDictionary(t)
	case t.kind == 'a' && n.kind == '[':
		types := make([]*variantType, len(n.inner))
		for i := range types {
			types[i] = t.inner[0]
		}
		elements, err := all(n.inner, types)
		if err != nil {
			return variant{}, err
		}
		return arrayVariant(t, elements), nil
	case t.kind == '(' && n.kind == '(' && len(n.inner) == len(t.inner), t.kind == '{' && n.kind == '{' && len(n.inner) == 2:
		members, err := all(n.inner, t.inner)
		if err != nil {
			return variant{}, err
		}
		return structVariant(t, members), nil
	case n.kind == 'n' && strings.IndexByte("ynqiuxthd", t.kind) >= 0:
		return numberVariant(t, n.text)
	}
	return variant{}, fmt.Errorf("it is not of type %s", t.text)
}

func (n node) asMaybe(t *variantType) (variant, error) {
	switch n.kind {
	case '0':
		return maybeVariant(t, nil), nil
	case 'j':
		n = n.inner[0]
	}
	n.typed = nil
	v, err := n.as(t.inner[0])
	if err != nil {
		return variant{}, err
	}
	return maybeVariant(t, &v), nil
}

func (n node) asDictionary(t *variantType) (variant, error) {
	var entries []variant
	if len(n.inner)%2 != 0 {
		return variant{}, fmt.Errorf("a key has no value")
	}
	for i := 0; i < len(n.inner); i += 2 {
		members, err := all(n.inner[i:i+2], t.inner[0].inner)
		if err != nil {
			return variant{}, err
		}
		entries = append(entries, structVariant(t.inner[0], members))
	}
	return arrayVariant(t, entries), nil
}

func all(nodes []node, types []*variantType) ([]variant, error) {
	vs := make([]variant, len(nodes))
	for i, n := range nodes {
		var err error
		if vs[i], err = n.as(types[i]); err != nil {
			return nil, err
		}
	}
	return vs, nil
}

// infer guesses the type of a value inside a variant, as GLib does: numbers are int32, or double with a point.
func (n node) infer() *variantType {
	switch {
	case n.typed != nil:
		return n.typed
	case n.kind == 'n' && isFloat(n.text):
		return typeOf("d")
	case n.kind == 'n':
		return typeOf("i")
	case n.kind == 'y':
		return typeOf("ay")
	case n.kind == '<':
		return typeOf("v")
	case n.kind == '(':
		text := "("
		for _, m := range n.inner {
			text += m.infer().text
		}
		return typeOf(text + ")")
	case n.kind == '[' && len(n.inner) > 0:
		return typeOf("a" + n.inner[0].infer().text)
	case n.kind == '{' && len(n.inner) >= 2:
		return typeOf("a{" + n.inner[0].infer().text + n.inner[1].infer().text + "}")
	case n.kind == 'j':
		return typeOf("m" + n.inner[0].infer().text)
	case n.kind == 'b':
		return typeOf("b")
	}
	return typeOf("s")
}

func isFloat(text string) bool {
	return !strings.HasPrefix(strings.TrimLeft(text, "+-"), "0x") && strings.ContainsAny(text, ".eEnN")
}

func numberVariant(t *variantType, text string) (variant, error) {
	if t.kind == 'd' {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return variant{}, fmt.Errorf("%q is no number", text)
		}
		return variant{t, binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))}, nil
	}
	bits := 8 * t.size()
	var whole uint64
	if strings.IndexByte("yqut", t.kind) >= 0 {
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 0, bits)
		if err != nil {
			return variant{}, fmt.Errorf("%q is no number of type %s", text, t.text)
		}
		whole = n
	} else {
		n, err := strconv.ParseInt(text, 0, bits)
		if err != nil {
			return variant{}, fmt.Errorf("%q is no number of type %s", text, t.text)
		}
		whole = uint64(n)
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], whole)
	return variant{t, b[:t.size()]}, nil
}
