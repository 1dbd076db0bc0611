package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Source is a configuration of the app's, which somebody wrote for another place.
type Source struct {
	Files fs.FS  // the app's folder
	Dir   string // its absolute path in the image
	Name  string // of the file, below the folder: "nginx.conf"
	Main  string // directives of the command line (-g), which go before those of the file
}

// Adapted is a configuration that runs in the image.
type Adapted struct {
	Text    string   // ${NAME} is to be filled in when the process starts
	Changed []string // what was changed, for the user
	Ports   []string // that it listens on, as written
	Unset   []string // variables of the environment that it names, and that nothing sets but who starts the image
	Slices  []string // of Debian's packages, beside the server's: "libnginx-mod-stream_data"
}

// Adapt makes a configuration fit for an image: for a read-only root, for a user that is not root, in the foreground, on the port
// that the platform says when the process starts. It reads all files of the app that the configuration includes, and returns one
// file:
//
//   - It stays in the foreground. pid and user are left out, logs below /var/log go to the process's own output, and
//     temporary files to /tmp.
//   - Variables of the environment, $NAME or ${NAME} in capital letters, are left to be filled in, but for those that the configuration
//     sets; those of templates that other platforms have ({{port}}, {{env "NAME"}}, <%= ENV["NAME"] %>) become such.
//   - A file that is included and is not in the app's folder is Debian's, in /etc/nginx.
//   - Modules that are loaded are Debian's, too, each of a package of its own; {{module "ngx_stream_module"}} loads one, and so
//     does a block that needs it.
func Adapt(c Source) (Adapted, error) {
	p := adapting{Source: c, search: language.NewSearch(c.Files)}
	file, err := p.file(c.Name, 0)
	if err != nil {
		return Adapted{}, err
	}
	own, err := parse(templates(c.Main))
	if err != nil {
		return Adapted{}, fmt.Errorf("cannot read the directives of -g: %w", err)
	}
	set := append(ownVariables(own), ownVariables(file)...)
	main := p.main(withOwn(own, set), withOwn(file, set))
	var text strings.Builder
	text.WriteString("# Made by whittle of " + c.Name + ". Variables in capital letters are filled in when the process starts.\n")
	write(&text, main, "")
	return Adapted{
		Text: text.String(), Changed: p.changed, Ports: p.ports, Unset: unset(text.String()), Slices: slices.Compact(slices.Sorted(slices.Values(p.slices))),
	}, nil
}

var filledIn = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)

// unset are the variables that are filled in and have no default: neither the text's own nor one of every image.
func unset(text string) []string {
	var all []string
	for _, m := range filledIn.FindAllStringSubmatch(text, -1) {
		if m[1] != "PORT" && m[1] != "NAMESERVERS" {
			all = append(all, m[1])
		}
	}
	return language.Unique(all)
}

// Directives reads a file of directives for a part of a configuration, and returns them as nginx takes them.
func Directives(files fs.FS, name string) (string, error) {
	p := adapting{Source: Source{Files: files, Name: name}}
	all, err := p.file(name, 0)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	write(&text, withOwn(all, ownVariables(all)), "")
	return text.String(), nil
}

// Whole tells whether a text is a configuration of nginx by itself, and not a part of one: it has a server's surroundings.
func Whole(text string) bool {
	all, err := parse(templates(text))
	if err != nil {
		return regexp.MustCompile(`(?m)^\s*(?:http|stream)\s*\{`).MatchString(text) // a broken one, which the build tells of
	}
	return slices.ContainsFunc(all, func(d directive) bool { return d.block != nil && (d.name() == "http" || d.name() == "stream") })
}

type adapting struct {
	Source
	changed, ports, slices []string
	search                 *language.Search
	read, size             int // files, and their bytes
}

// maxFiles bounds how many files a configuration includes, maxSize how many bytes they have, and maxDepth how deep they include
// each other.
const (
	maxFiles = 200
	maxSize  = 8 << 20
	maxDepth = 8
)

// file reads a file and those of the app that it includes in its place.
func (p *adapting) file(name string, depth int) ([]directive, error) {
	if p.read++; p.read > maxFiles || depth > maxDepth {
		return nil, fmt.Errorf("cannot read %s: files include each other without end", name)
	}
	text, err := fs.ReadFile(p.Files, name)
	if err != nil {
		return nil, fmt.Errorf("cannot read nginx's configuration: %w", err)
	}
	if p.size += len(text); p.size > maxSize {
		return nil, fmt.Errorf("cannot read %s: nginx's configuration has more than %d MB with what it includes", name, maxSize>>20)
	}
	all, err := parse(templates(string(text)))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	return p.include(all, depth)
}

// include puts what files have in the place of the directives that include them; those of files that are elsewhere stay.
func (p *adapting) include(all []directive, depth int) ([]directive, error) {
	made := []directive{}
	for _, d := range all {
		var err error
		if d.block != nil {
			if d.block, err = p.include(d.block, depth); err != nil {
				return nil, err
			}
		}
		if d.name() != "include" || len(d.words) != 2 || d.block != nil {
			made = append(made, d)
			continue
		}
		found, at, err := p.included(bare(d.words[1]))
		if err != nil {
			return nil, err
		}
		if found == nil {
			made = append(made, directive{words: []string{"include", quote(at)}})
		}
		for _, name := range found {
			content, err := p.file(name, depth+1)
			if err != nil {
				return nil, err
			}
			made = append(made, content...)
		}
	}
	return made, nil
}

// included are the app's files that an include means, or where there are none the place that it means.
func (p *adapting) included(word string) (found []string, at string, err error) {
	name := word
	if path.IsAbs(word) {
		rest, inApp := strings.CutPrefix(path.Clean(word), p.Dir+"/")
		if !inApp {
			return nil, word, nil
		}
		name = rest
	} else {
		name = path.Join(path.Dir(p.Name), word)
	}
	if found, err = p.search.Glob(name); err != nil {
		return nil, "", fmt.Errorf("cannot read the include %s: %w", word, err)
	}
	switch {
	case len(found) > 0:
		return found, "", nil
	case path.IsAbs(word) || strings.ContainsAny(word, "*?["):
		return nil, path.Join(p.Dir, name), nil
	}
	if path.Base(word) != "mime.types" {
		p.slices = append(p.slices, "nginx-common_params")
	}
	return nil, path.Join("/etc/nginx", word), nil
}

// modulesDir is where Debian's packages have nginx's modules.
const modulesDir = "/usr/lib/nginx/modules"

// modules are the modules of nginx that are not built into it and that a configuration needs, without ".so": those that it loads, and
// those of its blocks. Debian has a package for each, and calls it after the module.
func (p *adapting) modules(all []directive) []string {
	var loaded, names []string // those of blocks go first: others are built on them
	for _, d := range all {
		switch name := d.name(); {
		case name == "load_module" && len(d.words) == 2:
			loaded = append(loaded, strings.TrimSuffix(path.Base(bare(d.words[1])), ".so"))
		case d.block != nil && (name == "stream" || name == "mail"):
			names = append(names, "ngx_"+name+"_module")
		}
	}
	names = language.Unique(append(names, loaded...))
	for _, name := range names {
		p.slices = append(p.slices, "libnginx-mod-"+strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "ngx_"), "_module"), "_", "-")+"_data")
	}
	return names
}

// tempPaths are where nginx keeps large requests and answers.
var tempPaths = []string{"client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path"}

// main puts the directives of the command line before those of the file, and makes them fit.
func (p *adapting) main(own, file []directive) []directive {
	file = slices.DeleteFunc(file, func(d directive) bool {
		return d.name() != "load_module" && d.name() != "env" && slices.ContainsFunc(own, func(o directive) bool { return o.name() == d.name() })
	})
	made := []directive{{words: []string{"daemon", "off"}}, {words: []string{"pid", "/dev/null"}}}
	all := append(own, file...)
	for _, name := range p.modules(all) {
		made = append(made, directive{words: []string{"load_module", modulesDir + "/" + name + ".so"}})
	}
	for _, d := range all {
		switch d.name() {
		case "daemon", "user", "pid", "load_module":
			continue
		case "http":
			d.block = p.http(d.block)
		}
		made = append(made, d)
	}
	return p.logs(made)
}

// http adds what nginx has other places for that cannot be written to.
func (p *adapting) http(all []directive) []directive {
	has := func(name string) bool {
		return slices.ContainsFunc(all, func(d directive) bool { return d.name() == name })
	}
	var front []directive
	for _, name := range tempPaths {
		if !has(name) {
			front = append(front, directive{words: []string{name, "/tmp"}})
		}
	}
	if !has("etag") && !has("if_modified_since") {
		front = append(front, directive{words: []string{"etag", "off"}}, directive{words: []string{"if_modified_since", "off"}},
			directive{words: []string{"add_header", "Last-Modified", "$upstream_http_last_modified"}})
		p.changed = append(p.changed, "etag is off, and Last-Modified left out: all files of an image have one time")
	}
	if !has("access_log") {
		front = append(front, directive{words: []string{"access_log", "/dev/stdout"}})
	}
	return append(front, all...)
}

// logs leads what would be written to places of the system, and notes the ports.
func (p *adapting) logs(all []directive) []directive {
	made := []directive{}
	for _, d := range all {
		d.words = slices.Clone(d.words)
		if d.block != nil {
			d.block = p.logs(d.block)
		}
		if len(d.words) > 1 {
			switch at := bare(d.words[1]); {
			case d.name() == "listen":
				p.ports = append(p.ports, at)
			case d.name() == "access_log" && isSystem(at):
				p.lead(&d, "/dev/stdout")
			case d.name() == "error_log" && isSystem(at):
				p.lead(&d, "stderr")
			case slices.Contains(tempPaths, d.name()) && isSystem(at):
				p.lead(&d, "/tmp")
			}
		}
		made = append(made, d)
	}
	return made
}

func (p *adapting) lead(d *directive, to string) {
	p.changed = append(p.changed, fmt.Sprintf("%s %s is %s", d.name(), bare(d.words[1]), to))
	d.words[1] = to
}

// isSystem tells whether a path is one of those that only root may write to.
func isSystem(at string) bool {
	return slices.ContainsFunc([]string{"/var/", "/run/", "/etc/", "/usr/"}, func(top string) bool { return strings.HasPrefix(at, top) })
}

// Find returns the configuration in an app's folder, by the names that people give it.
func Find(files fs.FS) (string, error) {
	for _, name := range []string{"nginx.conf", "conf/nginx.conf", "config/nginx.conf", "nginx/nginx.conf", "etc/nginx/nginx.conf", "nginx.conf.erb", "config/nginx.conf.erb"} {
		info, err := fs.Stat(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || info.Mode().IsRegular() {
			return name, err
		}
	}
	return "", nil
}

var (
	loads    = regexp.MustCompile(`\{\{\s*module\s+"([a-z0-9_]+)"\s*\}\}`)
	braces   = regexp.MustCompile(`\{\{\s*(?:(port)|(tempDir)|(nameservers)|env\s+"([A-Z][A-Z0-9_]*)")\s*\}\}`)
	erb      = regexp.MustCompile(`<%=\s*ENV(?:\[|\.fetch\()["']([A-Z][A-Z0-9_]*)["'](?:\]|\)|,[^%]*\))(?:\s*\|\|[^%]*)?\s*%>`)
	variable = regexp.MustCompile(`\$([A-Z][A-Z0-9_]*)\b`)
)

// templates writes the variables of templates as ${NAME}.
func templates(text string) string {
	text = loads.ReplaceAllString(text, "load_module modules/${1}.so;")
	text = braces.ReplaceAllStringFunc(text, func(s string) string {
		switch m := braces.FindStringSubmatch(s); {
		case m[1] != "":
			return "${PORT}"
		case m[2] != "":
			return "/tmp"
		case m[3] != "":
			return "${NAMESERVERS}"
		default:
			return "${" + ofTemplate + m[4] + "}"
		}
	})
	text = erb.ReplaceAllString(text, "${"+ofTemplate+"${1}}")
	return variable.ReplaceAllString(text, "${${1}}")
}

// bare is a word without its quotes.
func bare(word string) string {
	if len(word) > 1 && (word[0] == '"' || word[0] == '\'') && word[len(word)-1] == word[0] {
		word = word[1 : len(word)-1]
	}
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`).Replace(word)
}

// quote writes a path as one word, between quotes where it needs them.
func quote(s string) string {
	if !strings.ContainsAny(s, " \t;{}\"'\\$#") {
		return s
	}
	return Quote(s)
}
