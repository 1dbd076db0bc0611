package pages

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/internal/document"
)

// staticJSON is the file static.json of Heroku's static buildpack. clean_urls is what nginx does here for all sites, and
// logging and encoding are not told apart.
type staticJSON struct {
	Root      string                       `json:"root"`
	ErrorPage string                       `json:"error_page"`
	HTTPS     bool                         `json:"https_only"`
	Routes    ordered                      `json:"routes"`
	Redirects map[string]staticRedirect    `json:"redirects"`
	Headers   map[string]map[string]string `json:"headers"`
	Proxies   map[string]staticProxy       `json:"proxies"`
	BasicAuth bool                         `json:"basic_auth"`
}

type staticRedirect struct {
	URL    string `json:"url"`
	Status int    `json:"status"`
}

type staticProxy struct {
	Origin string `json:"origin"`
}

// htpasswdName is the file of those who may come in where static.json asks for them (basic_auth).
const htpasswdName = ".htpasswd"

// publicHTML is the folder that is served where static.json names none.
const publicHTML = "public_html"

// readStaticJSON reads the static.json of Heroku's buildpack for pages.
func readStaticJSON(text string) (*Site, error) {
	p := &Site{By: StaticJSON}
	var file staticJSON
	if err := document.JSON([]byte(text), &file); err != nil {
		return nil, &language.Problem{What: "cannot read " + StaticJSON, Evidence: []string{language.Clip(err.Error())}, Next: "Correct it.", Err: err}
	}
	p.Folder, p.HTTPS = file.Root, file.HTTPS
	if file.ErrorPage != "" {
		p.Errors = map[int]string{404: "/" + strings.TrimPrefix(file.ErrorPage, "/")}
	}
	for _, r := range file.Routes {
		p.Routes = append(p.Routes, nginx.Route{Pattern: r[0], File: r[1]})
	}
	for _, from := range slices.Sorted(maps.Keys(file.Redirects)) {
		to := file.Redirects[from]
		p.Redirects = append(p.Redirects, nginx.Redirect{From: from, To: to.URL, Status: to.Status})
	}
	for _, path := range slices.Sorted(maps.Keys(file.Proxies)) {
		p.Proxies = append(p.Proxies, nginx.Proxy{Path: path, Origin: file.Proxies[path].Origin})
	}
	p.asks = file.BasicAuth
	for _, pattern := range slices.Sorted(maps.Keys(file.Headers)) {
		for _, name := range slices.Sorted(maps.Keys(file.Headers[pattern])) {
			p.Headers = append(p.Headers, nginx.Header{Pattern: pattern, Name: name, Value: file.Headers[pattern][name]})
		}
	}
	return p, p.check()
}

// check refuses what nginx's configuration would take as more than words.
func (p *Site) check() error {
	problem := func(key, value string) error {
		return &language.Problem{What: "cannot serve the pages as " + p.By + " says", Evidence: []string{key + ": " + language.Clip(fmt.Sprintf("%q", value))}, Next: "Correct it: paths begin with a slash, and values have no $ and no ends of lines."}
	}
	for _, proxy := range p.Proxies {
		if !isPath(proxy.Path) {
			return problem("proxies", proxy.Path)
		}
		if !origins.MatchString(proxy.Origin) {
			return &language.Problem{
				What: "cannot serve the pages as " + p.By + " says", Evidence: []string{"proxies: " + language.Clip(proxy.Path) + ": origin: " + language.Clip(fmt.Sprintf("%q", proxy.Origin))},
				Next: "Give it an address such as https://api.example/v1, or name variables of the environment, in capital letters: ${API_URL}/v1.",
			}
		}
	}
	if page := p.Errors[404]; page != "" && !isPath(page) {
		return problem("error_page", page)
	}
	for _, r := range p.Routes {
		if !isPath(r.Pattern) || !words.MatchString(r.File) {
			return problem("routes", r.Pattern+" "+r.File)
		}
	}
	for _, r := range p.Redirects {
		if !isPath(r.From) || !words.MatchString(r.To) || r.To == "" || r.Status != 0 && (r.Status < 300 || r.Status > 399) {
			return problem("redirects", fmt.Sprintf("%s %s %d", r.From, r.To, r.Status))
		}
	}
	for _, h := range p.Headers {
		if !isPath(h.Pattern) || !isWord(h.Name) || !words.MatchString(h.Value) {
			return problem("headers", h.Pattern+" "+h.Name+": "+h.Value)
		}
	}
	return nil
}

// origins are addresses that requests are passed on to. Variables of the environment stand for any part of them.
var origins = regexp.MustCompile(`^(?:https?://|\$\{[A-Z][A-Z0-9_]*\})(?:[A-Za-z0-9._~:/@%+,=&!*()\[\]-]|\$\{[A-Z][A-Z0-9_]*\})*$`)

// ordered are the pairs of an object in the order of the file: the first route that matches counts.
type ordered [][2]string

// UnmarshalJSON implements [json.Unmarshaler].
func (o *ordered) UnmarshalJSON(data []byte) error {
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	for {
		t, err := d.Token()
		if err != nil {
			return nil // the end
		}
		if key, ok := t.(string); ok {
			if _, err := d.Token(); err != nil {
				return err
			}
			*o = append(*o, [2]string{key, all[key]})
		}
	}
}
