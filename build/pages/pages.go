// Package pages serves apps that are nothing but pages when they run: the app's own file or settings say how, and Debian's nginx does
// it. Languages whose tools make pages (node, python) share it.
package pages

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/slicer"
)

// Site is a folder of pages and how they are served.
type Site struct {
	nginx.Site
	// Folder is that which the app's own file names for the pages, below the app's folder; empty where it names none.
	Folder string
	By     string // the app's own file that says how they are served: "Staticfile"; empty for none
	Why    string // for the log: what makes the pages
	// pushState is what the file says about paths that are not there; nil where it says nothing.
	pushState *bool
	asks      bool   // only users come in: those of auth, or where that is empty the one of the environment
	auth      string // the file of those who may come in, below the app's folder; empty for none
	users     string // its text
}

// Settle decides what only pages that are there can tell, and takes what settings and bindings say, which go before what a file says.
// Pages of a single one, which asks for all others by itself, answer with it for a path that is not there.
func (p *Site) Settle(s language.Site, root string, single bool) error {
	p.Root = root
	lost := language.Exists(filepath.Join(root, "404.html"))
	if lost && p.Errors[404] == "" {
		if p.Errors == nil {
			p.Errors = map[int]string{}
		}
		p.Errors[404] = "/404.html"
	}
	switch {
	case p.pushState != nil:
		p.Fallback = *p.pushState
	case len(p.Routes) == 0:
		p.Fallback = single && !lost
	}
	if err := p.settings(s); err != nil {
		return err
	}
	if err := p.restrict(s); err != nil || p.auth == "" {
		return err
	}
	var err error
	p.users, _, err = language.ReadText(s.Files, p.auth)
	return err
}

// settings are those of how pages are served.
func (p *Site) settings(s language.Site) error {
	for name, value := range map[string]*bool{"BP_WEB_SERVER_ENABLE_PUSH_STATE": &p.Fallback, "BP_WEB_SERVER_FORCE_HTTPS": &p.HTTPS} {
		var err error
		if *value, err = s.Truth(name, *value); err != nil {
			return err
		}
	}
	const include = "BP_WEB_SERVER_INCLUDE_FILE_PATH"
	name := s.Setting(include)
	if name == "" {
		return nil
	}
	if rel, err := filepath.Rel(s.Dir, name); filepath.IsAbs(name) && err == nil {
		name = rel
	}
	var err error
	p.Server, err = included(s.Files, filepath.ToSlash(filepath.Clean(name)), include)
	return err
}

// restrict asks for the passwords that a file of the app or a binding of type htpasswd names: pages that were meant for some must
// not be there for all. Those of a binding stay there: the platform gives it to the running app, too.
func (p *Site) restrict(s language.Site) error {
	bound := s.Bindings("htpasswd")
	if len(bound) == 0 {
		return nil
	}
	if len(bound) > 1 {
		return &language.Problem{What: "several bindings say who may see the pages", Evidence: []string{bound[0].Name + " and " + bound[1].Name + " have type htpasswd"}, Next: "Give the build one of them."}
	}
	if _, ok := bound[0].File(".htpasswd"); !ok {
		return &language.Problem{What: "the binding " + language.Clip(bound[0].Name) + " lacks the file .htpasswd", Next: "Put there what htpasswd writes, a line a user."}
	}
	if !isWord(bound[0].Name) {
		return &language.Problem{What: "cannot use the binding " + language.Clip(bound[0].Name) + ": its name is no word", Next: "Give it a name of letters, digits, dots and dashes."}
	}
	p.auth, p.asks = "", false
	p.Passwords = "${SERVICE_BINDING_ROOT:-/platform/bindings}/" + bound[0].Name + "/.htpasswd"
	return nil
}

// Layer is the name of the layer that has the configuration of the web server.
const Layer = "site"

// Serve writes nginx's configuration into the layer of the site, and returns what the image needs to serve the pages. The layer was
// reset; what is in it stays. The pages are those that the image will have.
func (p *Site) Serve(s language.Site, layer language.Layer) (language.Artifacts, error) {
	shown, of := "pages", ""
	if folder, err := filepath.Rel(s.Dir, p.Root); err == nil && filepath.IsLocal(folder) {
		shown, of = folder, " of "+folder
	}
	s.Log.Line("static files%s, served by nginx; a path that is not there is %s", of, p.missing())
	before, err := p.writePasswords(s, layer.Path)
	if err != nil {
		return language.Artifacts{}, err
	}
	for _, proxy := range p.Proxies {
		s.Log.Line("%s is passed on to %s", language.Clip(proxy.Path), language.Clip(proxy.Origin))
	}
	if err := errors.Join(p.unpack(s.Log), p.warnOfScripts(s.Log)); err != nil {
		return language.Artifacts{}, err
	}
	if p.Version, err = nginx.VersionOf(p.Root); err != nil {
		return language.Artifacts{}, err
	}
	file := filepath.Join(layer.Path, "nginx.conf")
	if err := os.WriteFile(file, []byte(p.String()), 0o644); err != nil {
		return language.Artifacts{}, fmt.Errorf("cannot write nginx's configuration: %w", err)
	}
	layer.Launch = true
	s.Keep(layer, "site")
	return language.Artifacts{
		Slices:    Slices(),
		Processes: []language.Process{{Type: "web", Line: before + nginx.Prepare(file) + " && " + nginx.Alone, Why: cmp.Or(p.By, p.Why, shown)}},
	}, nil
}

// Slices are what of Debian's packages serves pages.
func Slices() []slicer.Named { return nginx.Slices("static files") }

// user is the one user of the pages that Heroku's static buildpack knows. The password is as htpasswd or openssl passwd writes it.
const user = "${BASIC_AUTH_USERNAME}:${BASIC_AUTH_PASSWORD}\n"

// writePasswords puts the passwords of the pages into the layer, and returns what the start command does with them first.
func (p *Site) writePasswords(s language.Site, layer string) (before string, err error) {
	file := filepath.Join(layer, "passwords")
	text := user
	switch {
	case p.auth != "":
		text, p.Passwords = p.users, file
		s.Log.Line("only for users of %s", p.auth)
	case p.Passwords != "":
		s.Log.Line("only for users of the binding of type htpasswd, which the running app needs, too")
		return "", nil
	case p.asks:
		p.Passwords = "${PASSWORDS}"
		s.Log.Line("only for the user of BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD, which the running app needs")
		before = "render -l PASSWORDS " + file + " && "
	default:
		return "", nil
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("cannot write nginx's passwords: %w", err)
	}
	return before, nil
}

// missing says what is answered to a path that is not there.
func (p *Site) missing() string {
	switch {
	case p.Fallback:
		return "index.html (BP_WEB_SERVER_ENABLE_PUSH_STATE=false makes it 404)"
	case len(p.Routes) > 0:
		return "as " + p.By + " says"
	}
	return "404"
}
