package java

import (
	"bufio"
	"io"
	"unicode/utf8"
)

// latin reads text of one byte a character as ISO 8859-1, whatever its encoding is called.
func latin(_ string, r io.Reader) (io.Reader, error) {
	return &latinReader{r: bufio.NewReader(r)}, nil
}

type latinReader struct {
	r    *bufio.Reader
	left []byte // of a character that did not fit
}

func (l *latinReader) Read(p []byte) (int, error) {
	n := copy(p, l.left)
	l.left = l.left[n:]
	for n < len(p) {
		b, err := l.r.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		c := utf8.AppendRune(nil, rune(b))
		wrote := copy(p[n:], c)
		n, l.left = n+wrote, c[wrote:]
	}
	return n, nil
}
