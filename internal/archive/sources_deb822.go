package archive

import (
	"fmt"
	"slices"
	"strings"
)

// A sourceField is one field of a deb822 stanza, with the line it began on.
type sourceField struct {
	name  string // lower case
	lines []string
	line  int
}

func (f sourceField) words() []string { return strings.Fields(strings.Join(f.lines, " ")) }

// parseDeb822Sources reads the deb822 style. It has its own reader of stanzas
// because here comments count, and messages need the line.
func parseDeb822Sources(name string, data []byte) ([]Source, error) {
	var sources []Source
	var stanza []sourceField
	flush := func() error {
		s, ok, err := stanzaSource(name, stanza)
		stanza = nil
		if ok {
			sources = append(sources, s)
		}
		return err
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\r\n \t")
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			if err := flush(); err != nil {
				return nil, err
			}
		case line[0] == ' ' || line[0] == '\t':
			if len(stanza) == 0 {
				return nil, fmt.Errorf("cannot use apt source %s:%d: a continuation line without a field before it", name, n)
			}
			last := &stanza[len(stanza)-1]
			last.lines = append(last.lines, line[1:])
		default:
			field, value, found := strings.Cut(line, ":")
			field = strings.ToLower(strings.TrimSpace(field))
			if !found || field == "" {
				return nil, fmt.Errorf("cannot use apt source %s:%d: %q is not a field", name, n, line)
			}
			if i := slices.IndexFunc(stanza, func(f sourceField) bool { return f.name == field }); i >= 0 {
				return nil, fmt.Errorf("cannot use apt source %s:%d: field %s was given on line %d already", name, n, field, stanza[i].line)
			}
			stanza = append(stanza, sourceField{field, []string{strings.TrimSpace(value)}, n})
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return sources, nil
}

// stanzaSource returns ok=false for a stanza that is empty, disabled or only
// about source packages.
func stanzaSource(name string, stanza []sourceField) (s Source, ok bool, err error) {
	if len(stanza) == 0 {
		return s, false, nil
	}
	s.Name = fmt.Sprintf("%s:%d", name, stanza[0].line)
	types := []string(nil)
	for _, f := range stanza {
		switch f.name {
		case "enabled":
			if isNo(strings.Join(f.words(), "")) {
				return s, false, nil
			}
		case "types":
			types = f.words()
		case "uris":
			s.URIs = f.words()
		case "suites":
			s.Suites = f.words()
		case "components":
			s.Components = f.words()
		case "signed-by":
			s, err = s.withSignedBy(f)
		default:
			s, err = s.withOption(fieldOption(f))
		}
		if err != nil {
			return s, false, err
		}
	}
	if len(types) == 0 {
		return s, false, s.errorf("it has no Types field")
	}
	for _, t := range types {
		if t != "deb" && t != "deb-src" {
			return s, false, s.errorf("type %q is neither deb nor deb-src", t)
		}
	}
	if !slices.Contains(types, "deb") {
		return s, false, nil
	}
	return s, true, s.check()
}

func fieldOption(f sourceField) option {
	o := option{key: f.name, values: f.words()}
	if key, found := strings.CutSuffix(o.key, "-add"); found {
		o.op, o.key = '+', key
	} else if key, found := strings.CutSuffix(o.key, "-remove"); found {
		o.op, o.key = '-', key
	}
	return o
}

// withSignedBy takes paths and fingerprints, or an armored key whose empty
// lines are written as a full stop.
func (s Source) withSignedBy(f sourceField) (Source, error) {
	if !strings.Contains(strings.Join(f.lines, "\n"), "-----BEGIN ") {
		words := strings.FieldsFunc(strings.Join(f.lines, " "), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
		return s.withOption(option{key: "signed-by", values: words})
	}
	var b strings.Builder
	for _, line := range f.lines {
		line = strings.TrimSpace(line)
		if line == "." {
			line = ""
		}
		if b.Len() > 0 || line != "" {
			b.WriteString(line + "\n")
		}
	}
	s.InlineKeys = []byte(b.String())
	return s, nil
}
