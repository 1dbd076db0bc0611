package language

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Secrets are the passwords and tokens that a build was given. Tools print them in ways that nobody foresees, inside addresses
// and out of them; whoever reads a log gets none of them.
type Secrets struct {
	mu    sync.RWMutex
	all   []string
	hider *strings.Replacer
}

// shortest is the length of the shortest text that is hidden, in bytes: a shorter one occurs in words.
const shortest = 6

var (
	// keyed is a value behind a word that says what it is: password=…, //host/:_authToken=…, "token": "…", <password>…</password>,
	// and netrc's password ….
	keyed = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|token|secret|_auth|api[-_]?key)["']?\s*[\s:=>]\s*["']?(?:(?:basic|bearer|token)\s+)?([^\s"'<>,;{}]+)`)
	// login is what stands before the @ of an address.
	login = regexp.MustCompile(`://([^\s/@:"'<>]*)(?::([^\s"'<>]*))?@`)
	// bundlers is a credential in Bundler's configuration, whose key is a host: BUNDLE_GEMS__EXAMPLE__COM: "user:password".
	bundlers = regexp.MustCompile(`(?m)^\s*(BUNDLE_[A-Z0-9_]*__[A-Z0-9_]*)\s*[:=]\s*"?([^\s"]+)`)
	// named is the name of a file or variable whose whole text is a secret.
	named = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passphrase|token|secret|api[-_]?key|access[-_]?key)$`)
)

// AddFile adds what is secret in a file of a binding, by its name and text.
func (s *Secrets) AddFile(name, text string) {
	if base := strings.TrimSuffix(path.Base(name), path.Ext(name)); named.MatchString(base) {
		s.add(strings.TrimSpace(text))
	}
	s.addText(text)
}

// AddEnv adds what is secret in the variables of an environment.
func (s *Secrets) AddEnv(env map[string]string) {
	for name, value := range env {
		if named.MatchString(name) {
			s.add(value)
		}
		s.addLogins(value)
		s.addBundlers(name + "=" + value)
	}
}

// referred is the name of a variable in a file of settings: $NAME, ${NAME}, ${NAME:-…}, ${env.NAME}.
var referred = regexp.MustCompile(`\$(?:\{(?:env\.)?)?([A-Za-z_][A-Za-z0-9_]*)`)

// AddReferred adds the values of the variables that a file of settings refers to: of any name, what stands in the file by its name
// alone is not for whoever reads the log.
func (s *Secrets) AddReferred(text string, env map[string]string) {
	seen := map[string]bool{}
	for _, m := range referred.FindAllStringSubmatch(text, -1) {
		if value, set := env[m[1]]; set && !seen[m[1]] && !slices.Contains(public, m[1]) {
			s.add(value)
		}
		seen[m[1]] = true
	}
}

// public are variables that hold no secret, and whose values any log has.
var public = []string{"HOME", "PATH", "PWD", "TMPDIR", "USER", "LANG", "NODE_ENV"}

func (s *Secrets) addText(text string) {
	for _, m := range keyed.FindAllStringSubmatch(text, -1) {
		s.add(m[1])
	}
	s.addLogins(text)
	s.addBundlers(text)
	var document any
	if strings.HasPrefix(strings.TrimSpace(text), "{") && json.Unmarshal([]byte(text), &document) == nil {
		s.addDocument(document) // Composer's auth.json: tokens stand behind names of hosts
	}
}

// addLogins adds the passwords of addresses, and what a request has of them.
func (s *Secrets) addLogins(text string) {
	for _, m := range login.FindAllStringSubmatch(text, -1) {
		if m[2] == "" {
			s.add(m[1]) // a token in place of a user
			continue
		}
		s.add(m[2])
		s.add(base64.StdEncoding.EncodeToString([]byte(decoded(m[1]) + ":" + decoded(m[2]))))
	}
}

func (s *Secrets) addBundlers(text string) {
	for _, m := range bundlers.FindAllStringSubmatch(text, -1) {
		_, password, _ := strings.Cut(m[2], ":")
		s.add(m[2])
		s.add(password)
	}
}

// addDocument adds the texts of a JSON document less those that name users.
func (s *Secrets) addDocument(node any) {
	switch v := node.(type) {
	case string:
		s.add(v)
	case []any:
		for _, one := range v {
			s.addDocument(one)
		}
	case map[string]any:
		for key, one := range v {
			if key != "username" {
				s.addDocument(one)
			}
		}
	}
}

// add adds a secret, and how it is written in addresses and read from there.
func (s *Secrets) add(secret string) {
	if strings.HasPrefix(secret, "${") || strings.ContainsAny(secret, "\n") {
		return // names a variable; or is no one word, and no tool prints it whole
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	forms := []string{secret, decoded(secret), url.QueryEscape(secret), url.PathEscape(secret)}
	if plain, err := base64.StdEncoding.DecodeString(secret); err == nil && utf8.Valid(plain) {
		forms = append(forms, string(plain)) // npm's _password
	}
	for _, form := range forms {
		if len(form) >= shortest && !slices.Contains(s.all, form) {
			s.all = append(s.all, form)
		}
	}
	s.hider = nil
}

// decoded is a text of an address without its escapes.
func decoded(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// Hide is a text with "…" in place of every secret.
func (s *Secrets) Hide(text string) string {
	s.mu.Lock()
	if s.hider == nil {
		slices.SortFunc(s.all, func(a, b string) int { return len(b) - len(a) }) // of two that begin alike the longer one
		var pairs []string
		for _, secret := range s.all {
			pairs = append(pairs, secret, "…")
		}
		s.hider = strings.NewReplacer(pairs...)
	}
	hider := s.hider
	s.mu.Unlock()
	return hider.Replace(text)
}
