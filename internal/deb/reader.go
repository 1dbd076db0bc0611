package deb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Bounds of a control file. In the index of Debian 12 main for amd64 the longest
// line has 76 kB and no paragraph more than 29 fields; Release files are one
// paragraph of some hundred kB.
const (
	maxLine      = 1 << 20
	maxParagraph = 32 << 20
	maxFields    = 1024
)

// ParagraphReader reads a control file paragraph by paragraph. Lines that begin
// with "#" are comments; lines of blanks alone separate paragraphs.
type ParagraphReader struct {
	lines *bufio.Reader
	long  []byte // a line that did not fit the buffer of lines
	line  int    // number of the line read last, from 1
	text  []byte // names and values of the paragraph being read
	spans []span // where they are in text
	err   error  // what ended the reading
}

// span says where one field is: its name is text[name:colon] and its value
// text[colon:end].
type span struct{ name, colon, end int }

// NewParagraphReader returns a reader of the paragraphs in r.
func NewParagraphReader(r io.Reader) *ParagraphReader {
	return &ParagraphReader{lines: bufio.NewReaderSize(r, lineBuffer)}
}

// lineBuffer is how many bytes are read at once.
const lineBuffer = 64 << 10

// ParseParagraph reads the first paragraph of a text; io.EOF says that it has none. A reader of its own for each of an index's
// paragraphs would take more time for its buffer than for the text.
func ParseParagraph(text []byte) (Paragraph, error) {
	p := ParagraphReader{lines: bufio.NewReaderSize(bytes.NewReader(text), min(len(text), lineBuffer))}
	return p.Next()
}

// Next returns the next paragraph, which is never empty, or io.EOF after the
// last one. Errors name the line; after an error, Next repeats it.
func (p *ParagraphReader) Next() (Paragraph, error) {
	if p.err != nil {
		return nil, p.err
	}
	p.text, p.spans = p.text[:0], p.spans[:0]
	for {
		line, err := p.readLine()
		if err != nil && err != io.EOF {
			p.err = fmt.Errorf("cannot read control file: line %d: %w", p.line, err)
			return nil, p.err
		}
		ended := err == io.EOF
		line = bytes.TrimRight(line, " \t\r")
		if len(line) > 0 && line[0] != '#' {
			if err := p.add(line); err != nil {
				p.err = fmt.Errorf("cannot parse control file: line %d: %w", p.line, err)
				return nil, p.err
			}
		}
		if ended {
			p.err = io.EOF
		}
		if (len(line) == 0 || ended) && len(p.spans) > 0 {
			return p.paragraph(), nil
		}
		if ended {
			return nil, io.EOF
		}
	}
}

// readLine returns the next line without its newline, valid until the next call.
// The last line comes with io.EOF, and may be empty.
func (p *ParagraphReader) readLine() ([]byte, error) {
	p.line++
	line, err := p.lines.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	p.long = p.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(p.long)+len(line) > maxLine {
			return nil, fmt.Errorf("line is longer than %d bytes", maxLine)
		}
		p.long = append(p.long, line...)
		line, err = p.lines.ReadSlice('\n')
	}
	if len(p.long) > 0 {
		p.long = append(p.long, line...)
		line = p.long
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

// add takes one line, which is neither blank nor a comment.
func (p *ParagraphReader) add(line []byte) error {
	if bytes.IndexByte(line, 0) >= 0 {
		return fmt.Errorf("NUL byte in %q", excerpt(string(line)))
	}
	if len(p.text)+len(line) > maxParagraph {
		return fmt.Errorf("paragraph is longer than %d bytes", maxParagraph)
	}
	if line[0] == ' ' || line[0] == '\t' {
		if len(p.spans) == 0 {
			return fmt.Errorf("continuation line without a field: %q", excerpt(string(line)))
		}
		p.text = append(p.text, '\n')
		p.text = append(p.text, line[1:]...)
		p.spans[len(p.spans)-1].end = len(p.text)
		return nil
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return fmt.Errorf("no colon in %q", excerpt(string(line)))
	}
	return p.addField(line[:colon], bytes.TrimLeft(line[colon+1:], " \t"))
}

func (p *ParagraphReader) addField(name, value []byte) error {
	if err := checkFieldName(name); err != nil {
		return err
	}
	if len(p.spans) == maxFields {
		return fmt.Errorf("paragraph has more than %d fields", maxFields)
	}
	for _, s := range p.spans {
		if equalFold(p.text[s.name:s.colon], name) {
			return fmt.Errorf("field %s occurs twice", name)
		}
	}
	s := span{name: len(p.text)}
	p.text = append(p.text, name...)
	s.colon = len(p.text)
	p.text = append(p.text, value...)
	s.end = len(p.text)
	p.spans = append(p.spans, s)
	return nil
}

// paragraph makes the paragraph out of what was added. All its strings share
// one: an index has a million of them.
func (p *ParagraphReader) paragraph() Paragraph {
	text := string(p.text)
	fields := make(Paragraph, len(p.spans))
	for i, s := range p.spans {
		fields[i] = Field{Name: text[s.name:s.colon], Value: text[s.colon:s.end]}
	}
	return fields
}
