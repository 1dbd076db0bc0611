package compiled

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// variantType is the type of a GVariant: a letter, and the types inside it for "a", "m", "(" and "{".
type variantType struct {
	kind  byte
	inner []*variantType
	text  string
}

// parseType reads a whole type string, such as "a{sv}".
func parseType(text string) (*variantType, error) {
	t, rest := scanType(text, 0)
	if t == nil || rest != "" {
		return nil, fmt.Errorf("cannot understand type %q", text)
	}
	return t, nil
}

// scanType reads the type at the beginning of the text; nil for none.
func scanType(text string, depth int) (*variantType, string) {
	if text == "" || depth > 64 {
		return nil, text
	}
	t, rest := &variantType{kind: text[0]}, text[1:]
	switch {
	case strings.IndexByte("bynqiuxthdsogv", t.kind) >= 0:
	case t.kind == 'a' || t.kind == 'm':
		var e *variantType
		if e, rest = scanType(rest, depth+1); e == nil {
			return nil, text
		}
		t.inner = []*variantType{e}
	case t.kind == '(' || t.kind == '{':
		closing := map[byte]byte{'(': ')', '{': '}'}[t.kind]
		for rest != "" && rest[0] != closing {
			var e *variantType
			if e, rest = scanType(rest, depth+1); e == nil {
				return nil, text
			}
			t.inner = append(t.inner, e)
		}
		if rest == "" || (t.kind == '{' && len(t.inner) != 2) {
			return nil, text
		}
		rest = rest[1:]
	default:
		return nil, text
	}
	t.text = text[:len(text)-len(rest)]
	return t, rest
}

// typeOf returns a type whose text is known to be one.
func typeOf(text string) *variantType {
	t, err := parseType(text)
	if err != nil {
		panic("compiled: " + err.Error())
	}
	return t
}

// align is the alignment of values of the type, in bytes.
func (t *variantType) align() int {
	switch t.kind {
	case 'n', 'q':
		return 2
	case 'i', 'u', 'h':
		return 4
	case 'x', 't', 'd', 'v':
		return 8
	case 'a', 'm', '(', '{':
		most := 1
		for _, e := range t.inner {
			most = max(most, e.align())
		}
		return most
	default:
		return 1
	}
}

// size is the size of every value of the type, in bytes; 0 where values differ in it.
func (t *variantType) size() int {
	switch t.kind {
	case 'b', 'y':
		return 1
	case 'n', 'q', 'i', 'u', 'h', 'x', 't', 'd':
		return t.align()
	case '(', '{':
		n := 0
		for _, e := range t.inner {
			if e.size() == 0 {
				return 0
			}
			n = roundUp(n, e.align()) + e.size()
		}
		return max(1, roundUp(n, t.align()))
	default:
		return 0
	}
}

// variant is a value in GVariant's serialised form, little-endian. The form does not depend on where it stands, as long
// as that is aligned.
type variant struct {
	t    *variantType
	data []byte
}

func stringVariant(kind byte, s string) variant {
	return variant{&variantType{kind: kind, text: string(kind)}, append([]byte(s), 0)}
}

func byteVariant(b byte) variant { return variant{typeOf("y"), []byte{b}} }

// boxed puts a value in a variant of type "v".
func boxed(v variant) variant {
	data := append(append([]byte(nil), v.data...), 0)
	return variant{typeOf("v"), append(data, v.t.text...)}
}

func maybeVariant(t *variantType, v *variant) variant {
	if v == nil {
		return variant{t, nil}
	}
	data := append([]byte(nil), v.data...)
	if v.t.size() == 0 {
		data = append(data, 0)
	}
	return variant{t, data}
}

func arrayVariant(t *variantType, elements []variant) variant {
	var data []byte
	var ends []int
	for _, e := range elements {
		data = append(pad(data, e.t.align()), e.data...)
		ends = append(ends, len(data))
	}
	if t.inner[0].size() != 0 {
		ends = nil
	}
	return variant{t, withOffsets(data, ends)}
}

// tupleVariant is a tuple of values, whose type follows from theirs.
func tupleVariant(members ...variant) variant {
	text := "("
	for _, m := range members {
		text += m.t.text
	}
	return structVariant(typeOf(text+")"), members)
}

// structVariant is a tuple or a dictionary entry.
func structVariant(t *variantType, members []variant) variant {
	var data []byte
	var ends []int
	for i, m := range members {
		data = append(pad(data, m.t.align()), m.data...)
		if m.t.size() == 0 && i < len(members)-1 {
			ends = append([]int{len(data)}, ends...) // the last offset comes first
		}
	}
	if size := t.size(); size > 0 {
		return variant{t, append(data, make([]byte, size-len(data))...)}
	}
	return variant{t, withOffsets(data, ends)}
}

// withOffsets appends framing offsets in the smallest width that can tell the whole size.
func withOffsets(data []byte, ends []int) []byte {
	width := 1
	for width < 8 && len(data)+width*len(ends) >= 1<<(8*width) {
		width *= 2
	}
	for _, end := range ends {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(end))
		data = append(data, b[:width]...)
	}
	return data
}

func pad(data []byte, align int) []byte {
	return append(data, make([]byte, roundUp(len(data), align)-len(data))...)
}

func roundUp(n, align int) int { return (n + align - 1) / align * align }
