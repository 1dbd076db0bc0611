package nginx

import (
	"errors"
	"fmt"
	"strings"
)

// directive is one directive of a configuration, with its words as they are written, quotes and all.
type directive struct {
	words []string
	block []directive // nil for one that ends with ";"
}

func (d directive) name() string { return d.words[0] }

// parse reads the directives of a file: words, quotes, ${…}, comments, blocks.
func parse(text string) ([]directive, error) {
	p := &parser{rest: text, line: 1}
	all, err := p.block(false, 0)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.line, err)
	}
	return all, nil
}

type parser struct {
	rest string
	line int
}

// maxNested is how deep blocks may lie in each other.
const maxNested = 32

// block reads directives up to the end of the file or, inside of a block, to its brace.
func (p *parser) block(inside bool, depth int) ([]directive, error) {
	all := []directive{}
	if depth > maxNested {
		return nil, errors.New("blocks lie too deep in each other")
	}
	var words []string
	for {
		p.skip()
		if p.rest == "" {
			if inside || len(words) > 0 {
				return nil, errors.New(`the end of the file comes before ";" or "}"`)
			}
			return all, nil
		}
		switch c := p.rest[0]; {
		case c == ';' || c == '{':
			if len(words) == 0 {
				return nil, fmt.Errorf("there is no directive before %q", c)
			}
			p.rest = p.rest[1:]
			d := directive{words: words}
			if c == '{' {
				var err error
				if d.block, err = p.block(true, depth+1); err != nil {
					return nil, err
				}
			}
			all, words = append(all, d), nil
		case c == '}':
			if !inside || len(words) > 0 {
				return nil, errors.New(`a "}" stands where none is expected`)
			}
			p.rest = p.rest[1:]
			return all, nil
		default:
			word, err := p.word()
			if err != nil {
				return nil, err
			}
			words = append(words, word)
		}
	}
}

// skip drops blanks and comments.
func (p *parser) skip() {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == '\n':
			p.line++
			p.rest = p.rest[1:]
		case c == ' ' || c == '\t' || c == '\r':
			p.rest = p.rest[1:]
		case c == '#':
			i := strings.IndexByte(p.rest, '\n')
			if i < 0 {
				i = len(p.rest)
			}
			p.rest = p.rest[i:]
		default:
			return
		}
	}
}

// word reads a word: between quotes where it begins with one, else up to a blank, ";" or "{" that does not follow "$".
func (p *parser) word() (string, error) {
	quote := byte(0)
	if c := p.rest[0]; c == '"' || c == '\'' {
		quote = c
	}
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\':
			i++
		case quote != 0 && i > 0 && c == quote:
			return p.take(i + 1), nil
		case quote != 0:
		case c == '$' && strings.HasPrefix(p.rest[i:], "${"):
			if end := strings.IndexByte(p.rest[i:], '}'); end > 0 {
				i += end
			}
		case strings.IndexByte(" \t\r\n;{", c) >= 0:
			return p.take(i), nil
		}
	}
	if quote != 0 {
		return "", errors.New("a quote is not closed")
	}
	return p.take(len(p.rest)), nil
}

func (p *parser) take(n int) string {
	n = min(n, len(p.rest))
	word := p.rest[:n]
	p.line += strings.Count(word, "\n")
	p.rest = p.rest[n:]
	return word
}

// write renders directives so that parse reads the same.
func write(b *strings.Builder, all []directive, indent string) {
	for _, d := range all {
		b.WriteString(indent + strings.Join(d.words, " "))
		if d.block == nil {
			b.WriteString(";\n")
			continue
		}
		b.WriteString(" {\n")
		write(b, d.block, indent+"  ")
		b.WriteString(indent + "}\n")
	}
}
