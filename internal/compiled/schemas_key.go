package compiled

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// schemaKey is a key of a schema of GSettings.
type schemaKey struct {
	t        *variantType
	value    variant
	category byte   // of the translation of the default: 'm' messages, 't' time; 0 for none
	message  string // the default as translators see it
	info     stringInfo
	infoKind byte // 'e' enumeration, 'f' flags, 'c' choices
	limits   *limits
	desktops map[string]variant // defaults for single desktops
}

type limits struct {
	low, high variant
	from, to  float64
}

func (s *schemas) newKey(x xmlKey, domain string) (*schemaKey, error) {
	k := &schemaKey{}
	var known bool
	switch {
	case x.Enum != "":
		k.t, k.infoKind = typeOf("s"), 'e'
		if k.info, known = s.enums[x.Enum]; !known {
			return nil, fmt.Errorf("there is no enumeration %s", x.Enum)
		}
	case x.Flags != "":
		k.t, k.infoKind = typeOf("as"), 'f'
		if k.info, known = s.flags[x.Flags]; !known {
			return nil, fmt.Errorf("there are no flags %s", x.Flags)
		}
	default:
		var err error
		if k.t, err = parseType(x.Type); err != nil {
			return nil, err
		}
	}
	if err := k.restrict(x); err != nil {
		return nil, err
	}
	if x.Default == nil {
		return nil, errors.New("it has no default")
	}
	return k, k.setDefault(*x.Default, domain)
}

// restrict notes which values the key may have.
func (k *schemaKey) restrict(x xmlKey) (err error) {
	for _, c := range x.Choices {
		k.infoKind = 'c'
		if k.info, err = k.info.add(c.Value, 0); err != nil {
			return err
		}
	}
	for _, a := range x.Aliases {
		if k.info, err = k.info.addAlias(a.Value, a.Target); err != nil {
			return err
		}
	}
	if x.Range == nil {
		return nil
	}
	whole, ok := ranges[k.t.text]
	if !ok {
		return fmt.Errorf("type %s has no range", k.t.text)
	}
	l := &limits{}
	low, high := whole[0], whole[1]
	if x.Range.Min != "" {
		low = x.Range.Min
	}
	if x.Range.Max != "" {
		high = x.Range.Max
	}
	if l.low, err = parseVariant(k.t, low); err != nil {
		return err
	}
	if l.high, err = parseVariant(k.t, high); err != nil {
		return err
	}
	l.from, _ = number(low)
	l.to, _ = number(high)
	k.limits = l
	return nil
}

var ranges = map[string][2]string{
	"y": {"0", "255"}, "n": {"-32768", "32767"}, "q": {"0", "65535"}, "i": {"-2147483648", "2147483647"},
	"u": {"0", "4294967295"}, "x": {"-9223372036854775808", "9223372036854775807"}, "t": {"0", "18446744073709551615"},
	"d": {"-inf", "inf"},
}

func number(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return float64(n), nil
	}
	return strconv.ParseFloat(text, 64)
}

func (k *schemaKey) setDefault(x xmlDefault, domain string) (err error) {
	if x.L10n != "" {
		if domain == "" || (x.L10n != "messages" && x.L10n != "time") {
			return fmt.Errorf("its translation by %q is not possible", x.L10n)
		}
		k.category = x.L10n[0]
		k.message = strings.TrimSpace(x.Text)
		if x.Context != "" {
			k.message = x.Context + "\x04" + k.message
		}
	}
	k.value, err = k.parse(x.Text)
	return err
}

// parse reads a value that the key may have.
func (k *schemaKey) parse(text string) (variant, error) {
	v, err := parseVariant(k.t, text)
	if err != nil {
		return v, err
	}
	if k.limits != nil {
		if n, err := number(text); err == nil && (n < k.limits.from || n > k.limits.to) {
			return v, fmt.Errorf("%s is out of range", strings.TrimSpace(text))
		}
	}
	if len(k.info) > 0 && k.t.text == "s" && !k.info.has(strings.TrimSuffix(string(v.data), "\x00")) {
		return v, fmt.Errorf("%s is no choice", strings.TrimSpace(text))
	}
	return v, nil
}

// serialised is the key as GSettings reads it: its default, and what else is known of it, each marked by a letter.
func (k *schemaKey) serialised() variant {
	members := []variant{k.value}
	if k.category != 0 {
		members = append(members, tupleVariant(byteVariant('l'), tupleVariant(byteVariant(k.category), stringVariant('s', k.message))))
	}
	if len(k.info) > 0 {
		members = append(members, tupleVariant(byteVariant(k.infoKind), variant{typeOf("au"), k.info}))
	}
	if k.limits != nil {
		members = append(members, tupleVariant(byteVariant('r'), tupleVariant(k.limits.low, k.limits.high)))
	}
	if len(k.desktops) > 0 {
		var entries []variant
		for _, name := range slices.Sorted(maps.Keys(k.desktops)) {
			entries = append(entries, structVariant(typeOf("{sv}"), []variant{stringVariant('s', name), boxed(k.desktops[name])}))
		}
		members = append(members, tupleVariant(byteVariant('d'), arrayVariant(typeOf("a{sv}"), entries)))
	}
	return tupleVariant(members...)
}

// stringInfo is GSettings' list of strings with values: 32-bit words, little-endian, a value and then its string. The
// string begins with 0xff, or with 0xfe for an alias, whose value is the index of its target's value; it ends with
// zeros and 0xff at the end of a word, and is two words at least.
type stringInfo []byte

func infoString(s string, first byte) []byte {
	b := append([]byte{first}, s...)
	size := max(8, roundUp(len(s)+3, 4))
	b = append(b, make([]byte, size-len(b))...)
	b[size-1] = 0xff
	return b
}

// find is the index of the word before the string; -1 for none.
func (i stringInfo) find(s string, first byte) int {
	want := infoString(s, first)
	for at := 4; at+len(want) <= len(i); at += 4 {
		if bytes.Equal(i[at:at+len(want)], want) {
			return at/4 - 1
		}
	}
	return -1
}

func (i stringInfo) has(s string) bool { return i.find(s, 0xff) >= 0 }

func (i stringInfo) add(s string, value uint32) (stringInfo, error) {
	if len(s) > 65 || i.has(s) || i.find(s, 0xfe) >= 0 {
		return nil, fmt.Errorf("string %q is too long, or is there twice", s)
	}
	out := binary.LittleEndian.AppendUint32(slices.Clone(i), value)
	return append(out, infoString(s, 0xff)...), nil
}

func (i stringInfo) addAlias(s, target string) (stringInfo, error) {
	at := i.find(target, 0xff)
	if at < 0 || len(s) > 65 || i.has(s) || i.find(s, 0xfe) >= 0 {
		return nil, fmt.Errorf("alias %q of %q does not fit", s, target)
	}
	out := binary.LittleEndian.AppendUint32(slices.Clone(i), uint32(at))
	return append(out, infoString(s, 0xfe)...), nil
}
