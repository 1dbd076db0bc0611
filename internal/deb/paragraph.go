package deb

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Field is one field of a paragraph.
//
// Value is what stands behind the colon without the blanks around it. A folded
// value keeps its newlines; each of its further lines has lost the one blank
// that marks it as a continuation, and blanks at its end, and nothing else, so
// deeper indentation is still there. A line of a single "." (the way to write
// an empty line) stays ".", so that Encode restores what was read.
type Field struct{ Name, Value string }

// Paragraph is one paragraph of a control file: its fields in their order.
// Field names are case-insensitive and unique.
type Paragraph []Field

// Get returns the value of the named field, or "" if there is none.
func (p Paragraph) Get(name string) string {
	for _, f := range p {
		if equalFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Encode writes p in the form of deb822, each line with its newline and without
// the empty line that separates paragraphs. An empty line within a value is
// written as " .". A name that deb822 cannot express, a name that occurs twice
// and control characters in a value are errors, and nothing is written then.
func (p Paragraph) Encode(w io.Writer) error {
	var out bytes.Buffer
	for i, f := range p {
		if err := checkFieldName(f.Name); err != nil {
			return fmt.Errorf("cannot write control field: %w", err)
		}
		if findField(p[:i], f.Name) >= 0 {
			return fmt.Errorf("cannot write control field %s: it occurs twice", f.Name)
		}
		if strings.ContainsAny(f.Value, "\x00\r") {
			return fmt.Errorf("cannot write control field %s: value has a control character: %q", f.Name, excerpt(f.Value))
		}
		encodeField(&out, f)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func encodeField(out *bytes.Buffer, f Field) {
	first, rest, folded := strings.Cut(f.Value, "\n")
	out.WriteString(f.Name)
	out.WriteByte(':')
	if first = strings.Trim(first, " \t"); first != "" {
		out.WriteByte(' ')
		out.WriteString(first)
	}
	out.WriteByte('\n')
	if !folded {
		return
	}
	for line := range strings.SplitSeq(rest, "\n") {
		if line = strings.TrimRight(line, " \t"); line == "" {
			line = "."
		}
		out.WriteByte(' ')
		out.WriteString(line)
		out.WriteByte('\n')
	}
}

// findField returns the index of the named field, or -1.
func findField(fields []Field, name string) int {
	for i, f := range fields {
		if equalFold(f.Name, name) {
			return i
		}
	}
	return -1
}

// checkFieldName says what is wrong with a field name by Policy 5.1: printable
// ASCII without blanks and colons, not beginning with "#" or "-".
func checkFieldName[T string | []byte](name T) error {
	if len(name) == 0 {
		return fmt.Errorf("empty field name")
	}
	if name[0] == '#' || name[0] == '-' {
		return fmt.Errorf("field name %q begins with %q", excerpt(string(name)), name[0])
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == ':' {
			return fmt.Errorf("field name %q has a character that is not allowed", excerpt(string(name)))
		}
	}
	return nil
}

// equalFold compares ASCII names without regard to case. It is strings.EqualFold
// without Unicode, which would make "K" (Kelvin sign) equal "k".
func equalFold[S, T string | []byte](a S, b T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// excerpt shortens evidence for an error message.
func excerpt(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
