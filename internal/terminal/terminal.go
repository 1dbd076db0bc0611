// Package terminal makes text safe to print. Names of packages, files and servers' words are other people's: a terminal
// obeys the control characters in them, and a line end makes lines that look like whittle's own.
package terminal

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is text of several lines with everything escaped that a terminal obeys but line ends and tabs: control characters of
// ASCII and Unicode, bytes that are no UTF-8, and what turns the direction of writing round (CVE-2021-42574).
func Text(s string) string { return escape(s, "\n\t") }

// Line is Text with line ends and tabs escaped too: a name in a line of its own.
func Line(s string) string { return escape(s, "") }

func escape(s, keep string) string {
	clean := func(r rune, size int) bool {
		return strings.ContainsRune(keep, r) || !obeyed(r) && (r != utf8.RuneError || size > 1)
	}
	i := 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !clean(r, size) {
			break
		}
		i += size
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case clean(r, size):
			b.WriteString(s[i : i+size])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError: // a byte that is no UTF-8
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}

// obeyed tells whether a terminal does something else with a character than show it.
func obeyed(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

var userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/@"'<>]+@`)

// WithoutPasswords is text whose addresses have no credentials: what stands between :// and @ is replaced.
func WithoutPasswords(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return userinfo.ReplaceAllString(s, "${1}…@")
}

// Short is text whose lines have at most so many bytes: a message that quotes somebody's file of one line is still one to read.
func Short(s string, most int) string {
	var b strings.Builder
	done := 0 // of s
	for at := 0; at < len(s); {
		end := strings.IndexByte(s[at:], '\n')
		if end < 0 {
			end = len(s) - at
		}
		if end > most {
			b.WriteString(s[done:at] + strings.ToValidUTF8(s[at:at+most], "") + fmt.Sprintf("… (%d bytes more)", end-most))
			done = at + end
		}
		at += end + 1
	}
	return b.String() + s[done:]
}

// NewWriter returns a writer that passes on Text of what is written. A character that is split between two writes is
// written when it is whole.
func NewWriter(w io.Writer) io.Writer { return &writer{to: w} }

type writer struct {
	to   io.Writer
	left []byte // the beginning of a character
}

func (w *writer) Write(p []byte) (int, error) {
	all := append(w.left, p...)
	whole := len(all)
	for n := 1; n < utf8.UTFMax && n <= len(all); n++ {
		if c := all[len(all)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(all[len(all)-n:]) {
				whole -= n
			}
			break
		}
	}
	w.left = append([]byte(nil), all[whole:]...)
	if _, err := io.WriteString(w.to, Text(string(all[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Fprintf is fmt.Fprintf whose texts, errors and other values are each one line (see Line): a name with a line end cannot
// make a line of its own. The format may have line ends.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	return fmt.Fprintf(w, format, lines(args)...)
}

// Sprintf is fmt.Sprintf of values that are each one line.
func Sprintf(format string, args ...any) string { return fmt.Sprintf(format, lines(args)...) }

// Fprintln is fmt.Fprintln of values that are each one line.
func Fprintln(w io.Writer, args ...any) (int, error) { return fmt.Fprintln(w, lines(args)...) }

func lines(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case string:
			all[i] = Line(v)
		case error:
			all[i] = Line(v.Error())
		case fmt.Stringer:
			all[i] = Line(v.String())
		default:
			all[i] = a
		}
	}
	return all
}
