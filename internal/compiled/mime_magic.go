package compiled

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mimeMagic are the rules by which a file's content tells its type.
type mimeMagic struct {
	of       string
	priority int
	none     bool // no magic of less specific databases counts
	matches  []mimeMatch
}

type mimeMatch struct {
	start, length int // of the range of offsets
	wordSize      int
	data, mask    []byte // of the same length, or no mask
	matches       []mimeMatch
}

// mimeTreeMagic are the rules by which the files in a directory tell its type.
type mimeTreeMagic struct {
	of       string
	priority int
	matches  []mimeTreeMatch
}

type mimeTreeMatch struct {
	path, kind, flags string
	matches           []mimeTreeMatch
}

func (db *mimeDatabase) addMagic(of string, n mimeNode) error {
	priority, err := n.level("priority")
	if err != nil {
		return err
	}
	matches, err := readMatches(n.Nodes)
	if err == nil && len(matches) == 0 {
		err = errors.New("it has no matches")
	}
	db.magic = append(db.magic, mimeMagic{of: of, priority: priority, matches: matches})
	if err != nil {
		db.magic = db.magic[:len(db.magic)-1]
	}
	return err
}

func readMatches(nodes []mimeNode) ([]mimeMatch, error) {
	var all []mimeMatch
	for _, n := range nodes {
		if !n.is("match") {
			return nil, fmt.Errorf("%s is no match", n.XMLName.Local)
		}
		m, err := readMatch(n)
		if err != nil {
			return nil, err
		}
		if m.matches, err = readMatches(n.Nodes); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func readMatch(n mimeNode) (mimeMatch, error) {
	m := mimeMatch{length: 1, wordSize: 1}
	from, to, isRange := strings.Cut(n.attr("offset"), ":")
	start, err := strconv.ParseUint(from, 10, 31)
	if err != nil {
		return m, fmt.Errorf("offset %q is no number", n.attr("offset"))
	}
	m.start = int(start)
	if isRange {
		end, err := strconv.ParseUint(to, 10, 31)
		if err != nil || end < start {
			return m, fmt.Errorf("offset %q is no range", n.attr("offset"))
		}
		m.length = int(end-start) + 1
	}
	value, mask := n.attr("value"), n.attr("mask")
	if value == "" {
		return m, errors.New("a match has no value")
	}
	if n.attr("type") == "string" {
		return m.withString(value, mask)
	}
	kind, ok := wordKinds[n.attr("type")]
	if !ok {
		return m, fmt.Errorf("%q is no type of a match", n.attr("type"))
	}
	m.wordSize = kind.wordSize
	if m.data, err = kind.bytes(value); err != nil {
		return m, err
	}
	if mask != "" {
		m.mask, err = kind.bytes(mask)
	}
	return m, err
}

// wordKind is a numeric type of matches. Those of the host's byte order are written big-endian, with their word size.
type wordKind struct {
	size, wordSize int
	little         bool
}

var wordKinds = map[string]wordKind{
	"byte": {1, 1, false}, "host16": {2, 2, false}, "host32": {4, 4, false}, "big16": {2, 1, false}, "big32": {4, 1, false},
	"little16": {2, 1, true}, "little32": {4, 1, true},
}

func (k wordKind) bytes(text string) ([]byte, error) {
	n, err := strconv.ParseUint(text, 0, 8*k.size)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of %d bytes", text, k.size)
	}
	b := binary.BigEndian.AppendUint64(nil, n)[8-k.size:]
	if k.little {
		slices.Reverse(b)
	}
	return b, nil
}

func (m mimeMatch) withString(value, mask string) (mimeMatch, error) {
	m.data = unescapeMagic(value)
	if len(m.data) == 0 || len(m.data) > 0xffff {
		return m, errors.New("a value is empty or too long")
	}
	if mask == "" {
		return m, nil
	}
	digits, ok := strings.CutPrefix(mask, "0x")
	if len(digits)%2 == 1 {
		digits += "0"
	}
	bits, err := hex.DecodeString(digits)
	if !ok || err != nil || len(bits) > len(m.data) {
		return m, fmt.Errorf("mask %q does not fit its value", mask)
	}
	m.mask = make([]byte, len(m.data))
	copy(m.mask, bits)
	return m, nil
}

// unescapeMagic reads the escapes of file(1): those of C, with up to three octal or two hexadecimal digits.
func unescapeMagic(s string) []byte {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			if s[i] != '\\' {
				out = append(out, s[i])
			}
			continue
		}
		i++
		at := strings.IndexByte("nrbtfv", s[i])
		switch {
		case at >= 0:
			out = append(out, "\n\r\b\t\f\v"[at])
		case s[i] == 'x':
			n := digitsAt(s[i+1:], 2, "0123456789abcdefABCDEF")
			if n == 0 {
				out = append(out, 'x')
				continue
			}
			v, _ := strconv.ParseUint(s[i+1:i+1+n], 16, 8)
			out = append(out, byte(v))
			i += n
		case s[i] >= '0' && s[i] <= '7':
			n := digitsAt(s[i:], 3, "01234567")
			v, _ := strconv.ParseUint(s[i:i+n], 8, 16)
			out = append(out, byte(v))
			i += n - 1
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// digitsAt counts the digits at the beginning of s, at most n.
func digitsAt(s string, n int, digits string) int {
	i := 0
	for i < n && i < len(s) && strings.IndexByte(digits, s[i]) >= 0 {
		i++
	}
	return i
}

func (db *mimeDatabase) addTreeMagic(of string, n mimeNode) error {
	priority, err := n.level("priority")
	if err != nil {
		return err
	}
	matches, err := readTreeMatches(n.Nodes)
	if err == nil {
		db.treeMagic = append(db.treeMagic, mimeTreeMagic{of, priority, matches})
	}
	return err
}

func readTreeMatches(nodes []mimeNode) ([]mimeTreeMatch, error) {
	var all []mimeTreeMatch
	for _, n := range nodes {
		m := mimeTreeMatch{path: n.attr("path"), kind: cmp.Or(n.attr("type"), "any")}
		if !n.is("treematch") || m.path == "" || strings.ContainsAny(m.path, "\"\n") ||
			!slices.Contains([]string{"any", "file", "directory", "link"}, m.kind) {
			return nil, fmt.Errorf("%s with path %q is no match of a tree", n.XMLName.Local, m.path)
		}
		for _, flag := range []string{"match-case", "executable", "non-empty"} {
			if n.attr(flag) == "true" {
				m.flags += "," + flag
			}
		}
		if t := n.attr("mimetype"); t != "" {
			m.flags += "," + strings.ReplaceAll(t, "\n", " ")
		}
		var err error
		if m.matches, err = readTreeMatches(n.Nodes); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// sort puts rules in the order in which they are tried.
func (db *mimeDatabase) sort() {
	first := func(none bool) int {
		if none {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(db.magic, func(a, b mimeMagic) int {
		return cmp.Or(first(a.none)-first(b.none), b.priority-a.priority, compareTypes(a.of, b.of))
	})
	slices.SortStableFunc(db.treeMagic, func(a, b mimeTreeMagic) int {
		return cmp.Or(b.priority-a.priority, compareTypes(a.of, b.of))
	})
}

func compareTypes(a, b string) int {
	mediaA, subA, _ := strings.Cut(a, "/")
	mediaB, subB, _ := strings.Cut(b, "/")
	return cmp.Or(strings.Compare(mediaA, mediaB), strings.Compare(subA, subB))
}

func (db *mimeDatabase) magicText() []byte {
	b := bytes.NewBufferString("MIME-Magic\x00\n")
	for _, m := range db.magic {
		fmt.Fprintf(b, "[%d:%s]\n", m.priority, m.of)
		writeMatches(b, m.matches, "")
	}
	return b.Bytes()
}

func writeMatches(b *bytes.Buffer, matches []mimeMatch, indent string) {
	for _, m := range matches {
		fmt.Fprintf(b, "%s>%d=", indent, m.start)
		b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(m.data))))
		b.Write(m.data)
		if m.mask != nil {
			b.WriteByte('&')
			b.Write(m.mask)
		}
		if m.wordSize != 1 {
			fmt.Fprintf(b, "~%d", m.wordSize)
		}
		if m.length != 1 {
			fmt.Fprintf(b, "+%d", m.length)
		}
		b.WriteByte('\n')
		writeMatches(b, m.matches, deeper(indent))
	}
}

// deeper is the number that a rule below another begins with.
func deeper(indent string) string {
	n, _ := strconv.Atoi(cmp.Or(indent, "0"))
	return strconv.Itoa(n + 1)
}

func (db *mimeDatabase) treeMagicText() []byte {
	b := bytes.NewBufferString("MIME-TreeMagic\x00\n")
	for _, m := range db.treeMagic {
		fmt.Fprintf(b, "[%d:%s]\n", m.priority, m.of)
		writeTreeMatches(b, m.matches, "")
	}
	return b.Bytes()
}

func writeTreeMatches(b *bytes.Buffer, matches []mimeTreeMatch, indent string) {
	for _, m := range matches {
		fmt.Fprintf(b, "%s>\"%s\"=%s%s\n", indent, m.path, m.kind, m.flags)
		writeTreeMatches(b, m.matches, deeper(indent))
	}
}
