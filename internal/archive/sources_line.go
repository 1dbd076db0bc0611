package archive

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// parseLineSources reads the one-line style:
//
//	deb [ option=value option=value ] uri suite component component
func parseLineSources(name string, data []byte) ([]Source, error) {
	var sources []Source
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, n)
		source, ok, err := parseSourceLine(at, line)
		if err != nil {
			return nil, err
		}
		if ok {
			sources = append(sources, source)
		}
	}
	return sources, nil
}

// parseSourceLine returns ok=false for a deb-src line.
func parseSourceLine(at, line string) (s Source, ok bool, err error) {
	s = Source{Name: at}
	kind, rest := cutField(line)
	switch kind {
	case "deb":
	case "deb-src":
		return s, false, nil
	default:
		return s, false, s.errorf("line begins with %q, not with deb or deb-src", kind)
	}
	if strings.HasPrefix(rest, "[") {
		options, after, closed := strings.Cut(rest[1:], "]")
		if !closed {
			return s, false, s.errorf("the options' [ has no ]")
		}
		rest = strings.TrimSpace(after)
		for _, option := range strings.Fields(options) {
			key, value, found := strings.Cut(option, "=")
			if !found {
				return s, false, s.errorf("option %q has no =", option)
			}
			s, err = s.withOption(lineOption(key, value))
			if err != nil {
				return s, false, err
			}
		}
	}
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return s, false, s.errorf("it needs a URI and a suite, and has %q", rest)
	}
	s.URIs, s.Suites, s.Components = fields[:1], fields[1:2], fields[2:]
	return s, true, s.check()
}

func cutField(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t[")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

// An option is one setting of a source, in the names of the deb822 style.
type option struct {
	key    string // as the deb822 field, lower case
	op     byte   // 0 sets, '+' adds, '-' takes away
	values []string
}

// lineOption translates an option of the one-line style: its own short names,
// a comma between values, and += and -= written as a suffix of the name.
func lineOption(key, value string) option {
	o := option{key: strings.ToLower(key), values: strings.FieldsFunc(value, func(r rune) bool { return r == ',' })}
	if n := len(o.key) - 1; n > 0 && (o.key[n] == '+' || o.key[n] == '-') {
		o.op, o.key = o.key[n], o.key[:n]
	}
	switch o.key {
	case "arch":
		o.key = "architectures"
	case "lang":
		o.key = "languages"
	case "target":
		o.key = "targets"
	}
	return o
}

// withOption returns the source with one option applied. Options that do not
// change what is fetched or trusted (languages, targets, pdiffs) are passed
// over, as is an option that apt may gain later.
func (s Source) withOption(o option) (Source, error) {
	switch o.key {
	case "architectures":
		if o.op == '-' {
			s.NotArchitectures = append(s.NotArchitectures, o.values...)
		} else {
			s.Architectures = append(s.Architectures, o.values...)
		}
	case "signed-by":
		for _, v := range o.values {
			if !strings.HasPrefix(v, "/") && !isFingerprint(strings.TrimSuffix(v, "!")) {
				return s, s.errorf("signed-by %q is neither an absolute path nor a fingerprint of 40 hexadecimal digits", v)
			}
			s.SignedBy = append(s.SignedBy, v)
		}
	case "trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure":
		if v := strings.Join(o.values, ","); isYes(v) {
			s.Unsigned = o.key + "=" + v
		}
	case "check-valid-until":
		v := strings.Join(o.values, ",")
		s.IgnoreValidUntil, s.checkValidUntil = isNo(v), isYes(v)
	case "check-date":
		v := strings.Join(o.values, ",")
		s.IgnoreDate, s.checkDate = isNo(v), isYes(v)
	case "valid-until-max", "valid-until-min":
		n, err := strconv.ParseInt(strings.Join(o.values, ","), 10, 32)
		if err != nil || n < 0 {
			return s, s.errorf("%s %q is no number of seconds", o.key, strings.Join(o.values, ","))
		}
		if o.key == "valid-until-max" {
			s.MaxValid = time.Duration(n) * time.Second
		} else {
			s.MinValid = time.Duration(n) * time.Second
		}
	case "by-hash":
		s.NoByHash = isNo(strings.Join(o.values, ","))
	}
	return s, nil
}

func isFingerprint(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F')
	})
}

// isYes and isNo take the words apt takes.
func isYes(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "with", "on", "enable", "1":
		return true
	}
	return false
}

func isNo(s string) bool {
	switch strings.ToLower(s) {
	case "no", "false", "without", "off", "disable", "0":
		return true
	}
	return false
}
