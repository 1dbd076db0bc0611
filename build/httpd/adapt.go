// Package httpd is Apache's HTTP server, as Debian builds it, as the web server of an app that brings a configuration for it
// (httpd.conf).
package httpd

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Source is a configuration of the app's, which somebody wrote for another place.
type Source struct {
	Files fs.FS
	Dir   string // the app's folder, an absolute path in the image
	Name  string // of the file, below the folder: "httpd.conf"
	Site  *Site  // what is served where the app has no configuration of its own; Name is empty then
	PHP   string // the socket of php-fpm, which runs the app's scripts; empty where nothing does
}

// Adapted is a configuration that runs in the image.
type Adapted struct {
	Text    string
	Changed []string // what was changed, for the user
	Ports   []string // that it listens on, as written
	Modules []string // that it loads, sorted: "mod_rewrite.so"
}

// Adapt makes a configuration fit for an image: for a read-only root, for a user that is not root, and for where Debian has the
// server. It returns one file, with those of the app that it includes:
//
//   - The server's root is the app's folder, and so is APP_ROOT, which configurations for buildpacks name. Variables of the
//     environment, ${PORT}, are the server's own to fill in.
//   - Modules are Debian's. Those that Debian has built into the server are not loaded; a module that serves requests (MPM) is,
//     where the configuration names none.
//   - User and Group are left out, logs that would be files go to the process's own output, and what else is written goes to /tmp.
//   - Files are told apart by their content and not by their time, which is the same for all files of all images.
//   - Scripts of PHP are php-fpm's, whatever module or address they were for.
func Adapt(c Source) (Adapted, error) {
	p := adapting{Source: c, search: language.NewSearch(c.Files)}
	var lines []string
	var err error
	if c.Site != nil {
		lines, err = p.text(c.Site.String(), 0)
	} else {
		lines, err = p.file(c.Name, 0)
	}
	if err != nil {
		return Adapted{}, err
	}
	head := []string{
		"# Made by whittle of " + cmp.Or(c.Name, "what the app's files say") + ".",
		"Define APP_ROOT " + quote(c.Dir), "Define SERVER_ROOT " + serverRoot, "ServerRoot " + quote(c.Dir),
		"DefaultRuntimeDir /tmp", "PidFile /tmp/httpd.pid",
	}
	if !slices.ContainsFunc(p.modules, func(m string) bool { return strings.HasPrefix(m, "mod_mpm_") }) {
		head = append(head, p.load("mpm_event")...)
	}
	lines = append(append(lines, p.defaults(lines)...), p.scripts()...)
	text := strings.Join(append(head, lines...), "\n") + "\n"
	return Adapted{Text: text, Changed: p.changed, Ports: p.ports, Modules: slices.Sorted(slices.Values(p.modules))}, nil
}

// Where Debian's package has the server's own files.
const (
	serverRoot = "/usr/lib/apache2"
	modulesDir = serverRoot + "/modules"
)

// builtIn are the modules that Debian has built into the server (apache2 -l), which cannot be loaded.
var builtIn = []string{"core_module", "so_module", "http_module", "watchdog_module", "log_config_module", "logio_module", "version_module", "unixd_module"}

type adapting struct {
	Source
	changed, ports, modules []string
	search                  *language.Search
	read, size              int  // files, and their bytes
	runs                    bool // a line has php-fpm run scripts
}

// maxFiles bounds how many files a configuration includes, maxSize how many bytes they have, and maxDepth how deep they include
// each other.
const (
	maxFiles = 200
	maxSize  = 8 << 20
	maxDepth = 8
)

// file reads the lines of a file, and those of the app's files that it includes in their place.
func (p *adapting) file(name string, depth int) ([]string, error) {
	if p.read++; p.read > maxFiles || depth > maxDepth {
		return nil, fmt.Errorf("cannot read %s: files include each other without end", name)
	}
	text, ok, err := language.ReadText(p.Files, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("cannot read %s: there is no such file", name)
	}
	if p.size += len(text); p.size > maxSize {
		return nil, fmt.Errorf("cannot read %s: Apache's configuration has more than %d MB with what it includes", name, maxSize>>20)
	}
	lines, err := p.text(text, depth)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	return lines, nil
}

// text reads the lines of a file's text.
func (p *adapting) text(text string, depth int) ([]string, error) {
	var made []string
	for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\\\n", " ").Replace(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		more, err := p.line(line, depth)
		if err != nil {
			return nil, err
		}
		made = append(made, more...)
	}
	return made, nil
}

// line is what stands for a line. Names of directives are of any case.
func (p *adapting) line(line string, depth int) ([]string, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	one := func(format string, args ...any) ([]string, error) { return []string{fmt.Sprintf(format, args...)}, nil }
	switch name := strings.ToLower(words[0]); {
	case len(words) < 2:
	case name == "loadmodule" && len(words) == 3:
		return p.module(words[1], path.Base(words[2])), nil
	case slices.Contains([]string{"serverroot", "pidfile", "user", "group", "defaultruntimedir", "lockfile", "mutex", "scoreboardfile"}, name):
		return nil, nil
	case name == "listen":
		p.ports = append(p.ports, words[1])
	case name == "errorlog" && isFile(words[1]):
		p.note(words, "/proc/self/fd/2")
		return one("ErrorLog /proc/self/fd/2")
	case (name == "customlog" || name == "transferlog") && isFile(words[1]):
		p.note(words, "/proc/self/fd/1")
		quoted := []string{words[0], "/proc/self/fd/1"}
		for _, w := range words[2:] {
			quoted = append(quoted, quote(w))
		}
		return one("%s", strings.Join(quoted, " "))
	case name == "typesconfig" && !p.has(words[1]):
		return one("TypesConfig /etc/mime.types")
	case name == "include" || name == "includeoptional":
		return p.include(line, words[1], depth)
	case p.PHP != "" && slices.Contains([]string{"sethandler", "addhandler", "proxypassmatch", "proxypass"}, name):
		return []string{p.runner(line)}, nil
	}
	return []string{line}, nil
}

// module loads one of Debian's modules, unless that is built in or loaded. PHP as a module of the server is what php-fpm stands for.
func (p *adapting) module(name, file string) []string {
	if slices.Contains(builtIn, name) || slices.Contains(p.modules, file) {
		return nil
	}
	if p.PHP != "" && isPHP.MatchString(name) {
		p.changed = append(p.changed, name+" is php-fpm")
		return nil
	}
	p.modules = append(p.modules, file)
	return []string{"LoadModule " + name + " " + quote(path.Join(modulesDir, file))}
}

// include puts the app's files in the place of the line that includes them. Others are left to the server.
func (p *adapting) include(line, word string, depth int) ([]string, error) {
	name := p.below(word)
	if name == "" {
		return []string{line}, nil
	}
	found, err := p.search.Glob(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the include %s: %w", word, err)
	}
	if len(found) == 0 {
		return []string{line}, nil
	}
	var made []string
	for _, f := range found {
		more, err := p.file(f, depth+1)
		if err != nil {
			return nil, err
		}
		made = append(made, more...)
	}
	return made, nil
}

// below is the path of a word below the app's folder; empty for a place elsewhere.
func (p *adapting) below(word string) string {
	word = strings.ReplaceAll(word, "${APP_ROOT}", p.Dir)
	if path.IsAbs(word) {
		rest, ok := strings.CutPrefix(path.Clean(word), p.Dir+"/")
		if !ok {
			return ""
		}
		word = rest
	}
	if name := path.Clean(word); fs.ValidPath(name) {
		return name
	}
	return ""
}

func (p *adapting) has(word string) bool {
	name := p.below(word)
	if name == "" {
		return false
	}
	_, err := fs.Stat(p.Files, name)
	return err == nil
}

func (p *adapting) note(words []string, to string) {
	p.changed = append(p.changed, fmt.Sprintf("%s %s is %s", words[0], words[1], to))
}

// isFile tells whether a log would be a file of its own, and not a program's, the system's or the process's.
func isFile(at string) bool {
	return !strings.HasPrefix(at, "|") && !strings.HasPrefix(at, "syslog") && !strings.HasPrefix(at, "/proc/") && !strings.HasPrefix(at, "/dev/")
}

// split reads the words of a line, without their quotes.
func split(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if c := line[0]; c == '"' || c == '\'' {
			word, rest, err := quoted(line[1:], c)
			if err != nil {
				return nil, err
			}
			words, line = append(words, word), rest
			continue
		}
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			i = len(line)
		}
		words, line = append(words, line[:i]), line[i:]
	}
	return words, nil
}

// quoted reads up to the quote that ends a word.
func quoted(s string, quote byte) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == quote || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == quote:
			return b.String(), s[i+1:], nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// quote writes a word so that split reads the same.
func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"'\\") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
