package node

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
)

// The files by which apps of pages say how they are served: those of Cloud Foundry, Railpack and Nixpacks, which name who may come
// in by a second one, and that of Heroku's static buildpack.
const (
	staticfileName = "Staticfile"
	passwordsName  = "Staticfile.auth"
	staticJSONName = "static.json"
)

// siteWish is how the app's own file says that its pages are served.
type siteWish struct {
	nginx.Site
	root     string
	fallback *bool  // nil where the file says nothing
	auth     string // the file of passwords, below the app's folder
	asks     bool   // only users come in: those of auth, or where that is empty the one of the environment
	by       string // the file; empty for none
}

// siteWish reads the app's file, where it has one.
func (a *app) siteWish() (siteWish, error) {
	text, ok, err := language.ReadText(a.own.files, staticfileName)
	if err != nil {
		return siteWish{}, err
	}
	if ok {
		return a.staticfile(text)
	}
	if text, ok, err = language.ReadText(a.own.files, staticJSONName); err != nil || !ok {
		return siteWish{}, err
	}
	wish, err := readStaticJSON(text)
	if wish.root == "" && a.has(publicHTML) {
		wish.root = publicHTML
	}
	if wish.asks && a.has(htpasswdName) {
		wish.auth = htpasswdName
	}
	return wish, err
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

func (a *app) staticfile(text string) (siteWish, error) {
	var file staticfile
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		return siteWish{}, &language.Problem{What: "cannot read " + staticfileName, Evidence: []string{language.Clip(err.Error())}, Next: "Correct it: a line a key, such as `root: public`.", Err: err}
	}
	for _, key := range slices.Sorted(maps.Keys(file.Rest)) {
		if !slices.Contains(without, key) {
			a.Log.Warn("%s: %s is not read", staticfileName, language.Clip(key))
		}
	}
	if a.has("nginx.conf") {
		a.Log.Warn("nginx.conf is not read: %s says how the pages are served", staticfileName)
	}
	wish := siteWish{root: file.Root, fallback: file.IndexFallback, by: staticfileName}
	if file.PushState == "enabled" {
		wish.fallback = new(true)
	}
	wish.Listing, wish.Includes = file.Directory == "visible", file.SSI == "enabled"
	wish.Dotfiles, wish.HTTPS = file.Dotfiles, file.HTTPS
	if file.HSTS {
		wish.Headers = []nginx.Header{{Pattern: "/**", Name: "Strict-Transport-Security", Value: file.hsts()}}
	}
	if _, err := fs.Stat(a.own.files, passwordsName); err == nil {
		wish.auth = passwordsName
	}
	for status, page := range file.Statuses {
		if status < 300 || status > 599 || !isPath(page) {
			return wish, &language.Problem{What: fmt.Sprintf("cannot use the page %s for status %d", language.Clip(page), status), Evidence: []string{staticfileName + ": status_codes"}, Next: "Name a path below the pages for a status from 300 to 599, such as `404: /404.html`."}
		}
	}
	wish.Errors = file.Statuses
	var err error
	wish.More, err = a.included(file.Include, staticfileName+": location_include")
	return wish, err
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
func (a *app) included(name, by string) (string, error) {
	if name == "" {
		return "", nil
	}
	var found []string
	search := language.NewSearch(a.own.files)
	for _, dir := range []string{"nginx/conf", "."} {
		if all, err := search.Glob(path.Join(dir, name)); err == nil && len(found) == 0 {
			found = all
		}
	}
	var all []string
	for _, file := range found {
		text, err := nginx.Directives(a.own.files, file)
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
