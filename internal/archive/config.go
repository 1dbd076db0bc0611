package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Config is apt's own settings: apt.conf(5). Names are in lower case, their
// parts joined by "::" as in "acquire::http::proxy". What is read of them is
// what says how archives are reached, and for how long they count; nothing in
// it can make an unsigned archive a good one.
type Config map[string]string

// ReadConfig reads the files of etc/apt/apt.conf.d below root, by name, and
// then etc/apt/apt.conf; the last word counts. Missing files are no error.
func ReadConfig(root string) (Config, error) {
	const parts = "etc/apt/apt.conf.d"
	entries, err := os.ReadDir(filepath.Join(root, parts))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list apt's settings: %w", err)
	}
	var names []string
	for _, e := range entries {
		if isConfigName(e.Name()) {
			names = append(names, parts+"/"+e.Name())
		}
	}
	c := Config{}
	for _, name := range append(names, "etc/apt/apt.conf") {
		data, err := readBounded(filepath.Join(root, name), maxSourcesFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read apt's settings: %w", err)
		}
		if err := c.add(filepath.Join(root, name), data); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// isConfigName follows apt: no ending or .conf, and no backups of editors.
func isConfigName(name string) bool {
	stem := strings.TrimSuffix(name, ".conf")
	return stem != "" && !strings.ContainsFunc(stem, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	})
}

// add reads one file: settings in words, and blocks of them in braces, both
// ended by a semicolon. "#clear" forgets a name and what is below it; the files
// of "#include" are not read, because few know of them and apt's own
// directory does the same.
func (c Config) add(name string, data []byte) error {
	words, err := configWords(string(data))
	if err != nil {
		return fmt.Errorf("cannot read apt's settings %s: %w", name, err)
	}
	var scopes [][]string
	var statement []string
	scope := func() string { return strings.Join(slices.Concat(scopes...), "::") }
	for _, w := range words {
		switch {
		case w == "{":
			scopes, statement = append(scopes, statement[:min(len(statement), 1)]), nil
		case w == "}" && len(scopes) == 0:
			return fmt.Errorf("cannot read apt's settings %s: a } without a { before it", name)
		case w == "}":
			c.set(scope(), statement)
			scopes, statement = scopes[:len(scopes)-1], nil
		case w == ";":
			c.set(scope(), statement)
			statement = nil
		default:
			statement = append(statement, w)
		}
	}
	if len(scopes) > 0 {
		return fmt.Errorf("cannot read apt's settings %s: the { of %s has no }", name, scope())
	}
	return nil
}

// set takes one statement: a name and a value, or only the value of a list,
// which is passed over: no list says anything that is asked for here.
func (c Config) set(scope string, statement []string) {
	if len(statement) == 0 || len(statement) == 1 && statement[0] != "#clear" {
		return
	}
	name := strings.ToLower(strings.Trim(scope+"::"+unquoted(statement[0]), ":"))
	if statement[0] == "#clear" {
		for _, cleared := range statement[1:] {
			cleared = strings.ToLower(strings.TrimSuffix(unquoted(cleared), "::"))
			for key := range c {
				if key == cleared || strings.HasPrefix(key, cleared+"::") {
					delete(c, key)
				}
			}
		}
		return
	}
	if name != "" {
		c[name] = unquoted(strings.Join(statement[1:], " "))
	}
}

func unquoted(word string) string { return strings.Trim(word, `"`) }

// configWords splits a file into words, braces and semicolons. Comments are
// lines that begin with # or //, and what is between /* and */.
func configWords(text string) ([]string, error) {
	var words []string
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		switch {
		case text == "":
			return words, nil
		case strings.HasPrefix(text, "//"), text[0] == '#' && !strings.HasPrefix(text, "#clear"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, after, closed := strings.Cut(text, "*/")
			if !closed {
				return nil, errors.New("a /* has no */")
			}
			text = after
		case strings.ContainsRune("{};", rune(text[0])):
			words, text = append(words, text[:1]), text[1:]
		case text[0] == '"':
			end := strings.IndexAny(text[1:], "\"\n")
			if end < 0 || text[1+end] == '\n' {
				return nil, fmt.Errorf("the quote of %s is not closed", firstLine([]byte(text)))
			}
			words, text = append(words, text[:end+2]), text[end+2:]
		default:
			end := strings.IndexAny(text, " \t\r\n{};\"")
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
		}
	}
}

// connection returns a setting of a scheme: for one host, else for all, and for
// https also what is said of http, as apt's https is its http and more.
func (c Config) connection(scheme, host, name string) string {
	schemes := []string{scheme}
	if scheme == "https" {
		schemes = append(schemes, "http")
	}
	for _, s := range schemes {
		for _, key := range []string{name + "::" + host, host + "::" + name} {
			if v := c["acquire::"+s+"::"+strings.ToLower(key)]; v != "" {
				return v
			}
		}
	}
	for _, s := range schemes {
		if v := c["acquire::"+s+"::"+name]; v != "" {
			return v
		}
	}
	return ""
}

// seconds returns a duration, zero if it is not set.
func (c Config) seconds(name string) time.Duration {
	n, err := strconv.ParseInt(c[name], 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// Sources returns the sources with what the settings say about the age of all
// archives, where an entry does not say it for itself.
func (c Config) Sources(sources []Source) []Source {
	sources = slices.Clone(sources)
	for i := range sources {
		s := &sources[i]
		s.IgnoreValidUntil = s.IgnoreValidUntil || isNo(c["acquire::check-valid-until"]) && !s.checkValidUntil
		s.IgnoreDate = s.IgnoreDate || isNo(c["acquire::check-date"]) && !s.checkDate
		if s.MaxValid == 0 {
			s.MaxValid = c.seconds("acquire::max-validtime")
		}
		if s.MinValid == 0 {
			s.MinValid = c.seconds("acquire::min-validtime")
		}
	}
	return sources
}

// DefaultRelease is the suite, codename or version that is preferred to others.
func (c Config) DefaultRelease() string { return c["apt::default-release"] }

// Retries is how often apt tries again, as Options has it: zero if it is not
// set, and negative for never.
func (c Config) Retries() int {
	n, err := strconv.Atoi(c["acquire::retries"])
	switch {
	case err != nil:
		return 0
	case n <= 0:
		return -1
	}
	return n
}

// Timeout is the longest wait for a server, zero if it is not set.
func (c Config) Timeout() time.Duration { return c.seconds("acquire::http::timeout") }
