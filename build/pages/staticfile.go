package pages

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/internal/document"
)

// The files by which apps of pages say how they are served: those of Cloud Foundry, Railpack and Nixpacks, which name who may come
// in by a second one, and that of Heroku's static buildpack.
const (
	Staticfile    = "Staticfile"
	StaticJSON    = "static.json"
	passwordsName = "Staticfile.auth"
)

// Files are those that say how pages are served, and who may come in. They are no pages.
var Files = []string{Staticfile, passwordsName, StaticJSON, htpasswdName}

// Read is how the app's own file says that its pages are served, where it has one.
func Read(s language.Site) (*Site, error) {
	text, ok, err := language.ReadText(s.Files, Staticfile)
	if err != nil {
		return nil, err
	}
	if ok {
		return readStaticfile(s, text)
	}
	if text, ok, err = language.ReadText(s.Files, StaticJSON); err != nil || !ok {
		return &Site{}, err
	}
	p, err := readStaticJSON(text)
	if err != nil {
		return nil, err
	}
	if p.Folder == "" && isThere(s.Files, publicHTML) {
		p.Folder = publicHTML
	}
	if p.asks && isThere(s.Files, htpasswdName) {
		p.auth = htpasswdName
	}
	return p, nil
}

func isThere(files fs.FS, name string) bool {
	_, err := fs.Stat(files, name)
	return err == nil
}

// staticfile is the file Staticfile.
type staticfile struct {
	Root          string         `yaml:"root"`
	IndexFallback *bool          `yaml:"index_fallback"`
	PushState     string         `yaml:"pushstate"`
	Directory     string         `yaml:"directory"`
	SSI           string         `yaml:"ssi"`
	Dotfiles      bool           `yaml:"host_dot_files"`
	HTTPS         bool           `yaml:"force_https"`
	HSTS          bool           `yaml:"http_strict_transport_security"`
	HSTSBelow     bool           `yaml:"http_strict_transport_security_include_subdomains"`
	HSTSPreload   bool           `yaml:"http_strict_transport_security_preload"`
	Statuses      map[int]string `yaml:"status_codes"`
	Include       string         `yaml:"location_include"`
	Rest          map[string]any `yaml:",inline"`
}

// without are keys that change nothing here: nginx always packs what it sends, and a platform in front of it speaks HTTP/2.
var without = []string{"enable_http2", "gzip"}

// readStaticfile reads the Staticfile of Cloud Foundry's buildpack.
func readStaticfile(s language.Site, text string) (*Site, error) {
	var file staticfile
	if err := document.YAML(text, &file); err != nil {
		return nil, &language.Problem{What: "cannot read " + Staticfile, Evidence: []string{language.Clip(err.Error())}, Next: "Correct it: a line a key, such as `root: public`.", Err: err}
	}
	for _, key := range slices.Sorted(maps.Keys(file.Rest)) {
		if !slices.Contains(without, key) {
			s.Log.Warn("%s: %s is not read", Staticfile, language.Clip(key))
		}
	}
	if isThere(s.Files, "nginx.conf") {
		s.Log.Warn("nginx.conf is not read: %s says how the pages are served", Staticfile)
	}
	p := &Site{Folder: file.Root, pushState: file.IndexFallback, By: Staticfile}
	if file.PushState == "enabled" {
		p.pushState = new(true)
	}
	p.Listing, p.Includes = file.Directory == "visible", file.SSI == "enabled"
	p.Dotfiles, p.HTTPS = file.Dotfiles, file.HTTPS
	if file.HSTS {
		p.Headers = []nginx.Header{{Pattern: "/**", Name: "Strict-Transport-Security", Value: file.hsts()}}
	}
	if isThere(s.Files, passwordsName) {
		p.auth = passwordsName
	}
	for _, status := range slices.Sorted(maps.Keys(file.Statuses)) {
		page := file.Statuses[status]
		if status < 300 || status > 599 || !isPath(page) {
			return nil, &language.Problem{What: fmt.Sprintf("cannot use the page %s for status %d", language.Clip(page), status), Evidence: []string{Staticfile + ": status_codes"}, Next: "Name a path below the pages for a status from 300 to 599, such as `404: /404.html`."}
		}
	}
	p.Errors = file.Statuses
	var err error
	p.More, err = included(s.Files, file.Include, Staticfile+": location_include")
	return p, err
}

// hsts is the header that keeps a browser to HTTPS (RFC 6797), for a year.
func (f staticfile) hsts() string {
	value := "max-age=31536000"
	if f.HSTSBelow || f.HSTSPreload {
		value += "; includeSubDomains"
	}
	if f.HSTSPreload {
		value += "; preload"
	}
	return value
}

// included are the directives of the files of nginx's configuration that a setting names: in the app's folder, or in nginx/conf
// there.
func included(files fs.FS, name, by string) (string, error) {
	if name == "" {
		return "", nil
	}
	var found []string
	search := language.NewSearch(files)
	for _, dir := range []string{"nginx/conf", "."} {
		if all, err := search.Glob(path.Join(dir, name)); err == nil && len(found) == 0 {
			found = all
		}
	}
	var all []string
	for _, file := range found {
		text, err := nginx.Directives(files, file)
		if err != nil {
			return "", &language.Problem{What: err.Error(), Evidence: []string{by + ": " + language.Clip(name)}, Next: "Correct the file.", Err: err}
		}
		all = append(all, text)
	}
	if len(found) == 0 {
		return "", &language.Problem{What: "there is no file " + language.Clip(name), Evidence: []string{by + ": " + language.Clip(name)}, Next: "Put it into the app's folder or into nginx/conf there, or leave this out."}
	}
	return strings.Join(all, ""), nil
}

// words are values that nginx's configuration takes as they are, between quotes: no variables, no ends of lines.
var words = regexp.MustCompile(`^[^$\x00-\x1f\x7f]*$`)

// isPath tells whether text is an absolute path of a site.
func isPath(s string) bool { return strings.HasPrefix(s, "/") && words.MatchString(s) }

// isWord tells whether text is a name that means the same everywhere.
func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.", c)
	})
}
