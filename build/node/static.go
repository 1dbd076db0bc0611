package node

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
)

// site is a folder of files that a web server serves.
type site struct {
	folder string     // below the app's
	serves nginx.Site // without its root
	auth   string     // the file of those who may come in, below the app's folder; empty for none
	asks   bool       // where auth is empty: only the user comes in whom the environment of the running app names
	why    string
}

// pageFolders are the folders in which apps that nothing builds have their pages, in the order they are looked for.
var pageFolders = []string{".", "public", "public_html", "htdocs", "www", "html", "dist", "site", "_site", "build"}

// firstPages are the first pages of these folders.
func firstPages() []string {
	var all []string
	for _, folder := range pageFolders {
		all = append(all, path.Join(folder, "index.html"))
	}
	return all
}

// isStatic tells whether the app is nothing but pages: a file that says how pages are served, or an index.html without a server
// beside it, and no package.json with a build.
func (a *app) isStatic() bool {
	if a.hasBuild() {
		return false
	}
	return firstFile(a.own.files, staticfileName, staticJSONName) != "" || firstFile(a.own.files, firstPages()...) != "" && !a.hasServer()
}

// listens matches what a program says that listens for connections, and a script of a page does not.
var listens = regexp.MustCompile(`\.listen\(|\bcreateServer\(|\b(?:Bun|Deno)\.serve\(|\bprocess\.env\.PORT\b`)

// hasServer tells whether the file by which the app would start is a server: app.js may as well be a script of its pages.
func (a *app) hasServer() bool {
	file := a.startFile()
	if file == "" {
		return false
	}
	text, _, err := language.ReadText(a.own.files, file)
	return err == nil && listens.MatchString(text)
}

// hasBuild tells whether a build makes the pages.
func (a *app) hasBuild() bool {
	_, framed := a.framework()
	return len(a.buildScripts()) > 0 || framed
}

// findSite finds the folder of pages to serve, and how; nil where there is none.
func (a *app) findSite(f framework) (*site, error) {
	wish, err := a.siteWish()
	if err != nil {
		return nil, err
	}
	s := &site{serves: wish.Site, auth: wish.auth, asks: wish.asks, why: cmp.Or(wish.by, f.name)}
	if s.folder, err = a.siteFolder(f, wish); err != nil || s.folder == "" {
		return nil, err
	}
	lost := a.has(path.Join(s.folder, "404.html"))
	if lost && s.serves.Errors[404] == "" {
		s.serves.Errors = map[int]string{404: "/404.html"}
	}
	switch {
	case wish.fallback != nil:
		s.serves.Fallback = *wish.fallback
	case len(s.serves.Routes) == 0:
		s.serves.Fallback = a.hasBuild() && !f.multiPage && !lost
	}
	if err := a.siteSettings(&s.serves); err != nil {
		return nil, err
	}
	if s.why == "" && !a.hasBuild() {
		s.why = path.Join(s.folder, "index.html")
	}
	return s, a.restrict(s)
}

// siteSettings are the settings of how pages are served. They go before what a file says.
func (a *app) siteSettings(s *nginx.Site) error {
	for name, value := range map[string]*bool{"BP_WEB_SERVER_ENABLE_PUSH_STATE": &s.Fallback, "BP_WEB_SERVER_FORCE_HTTPS": &s.HTTPS} {
		var err error
		if *value, err = a.Truth(name, *value); err != nil {
			return err
		}
	}
	name := a.Setting("BP_WEB_SERVER_INCLUDE_FILE_PATH")
	if name == "" {
		return nil
	}
	var err error
	s.Server, err = a.included(strings.TrimPrefix(path.Clean(name), a.Dir+"/"), "BP_WEB_SERVER_INCLUDE_FILE_PATH")
	return err
}

// siteFolder is the folder of the pages: that which a build leaves, else the one that a setting or a file names, else one that has
// an index.html. Empty: there is none.
func (a *app) siteFolder(f framework, wish siteWish) (string, error) {
	if a.hasBuild() {
		if built := a.staticOutput(f); built != "" || wish.root == "" {
			return built, nil
		}
	}
	root, by := wish.root, wish.by+": root: "
	if v := a.Setting("BP_WEB_SERVER_ROOT"); v != "" {
		root, by = v, "BP_WEB_SERVER_ROOT: "
	}
	if root == "" {
		if page := firstFile(a.own.files, firstPages()...); page != "" {
			return path.Dir(page), nil
		}
		if wish.by != "" {
			return ".", nil
		}
		return "", nil
	}
	folder := path.Clean("./" + strings.TrimPrefix(root, a.Dir+"/"))
	if !fs.ValidPath(folder) || !a.has(folder) {
		return "", &language.Problem{What: "there is no folder " + language.Clip(root), Evidence: []string{by + language.Clip(root)}, Next: "Name a folder of the app."}
	}
	return folder, nil
}

// restrict asks for the passwords that a file of the app or a binding of type htpasswd names: pages that were meant for some must
// not be there for all. Those of a binding stay there: the platform gives it to the running app, too.
func (a *app) restrict(s *site) error {
	bound := a.Bindings("htpasswd")
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
	s.auth, s.asks = "", false
	s.serves.Passwords = "${SERVICE_BINDING_ROOT:-/platform/bindings}/" + bound[0].Name + "/.htpasswd"
	return nil
}

// layerSite holds the configuration of the web server.
const layerSite = "site"

// serve writes nginx's configuration and returns what the image needs to serve a site. Everything but the site's folder
// is removed from the app.
func (a *app) serve(s *site) (language.Artifacts, error) {
	a.Log.Line("static files of %s, served by nginx; a path that is not there is %s", s.folder, s.missing())
	layer, err := a.Layer(layerSite)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	before, err := a.servePasswords(s, layer.Path)
	if err != nil {
		return language.Artifacts{}, err
	}
	for _, p := range s.serves.Proxies {
		a.Log.Line("%s is passed on to %s", language.Clip(p.Path), language.Clip(p.Origin))
	}
	if err := a.keepOnly(s.folder); err != nil {
		return language.Artifacts{}, err
	}
	s.serves.Root = a.at(s.folder)
	if s.serves.Version, err = nginx.VersionOf(s.serves.Root); err != nil {
		return language.Artifacts{}, err
	}
	file := filepath.Join(layer.Path, "nginx.conf")
	if err := os.WriteFile(file, []byte(s.serves.String()), 0o644); err != nil {
		return language.Artifacts{}, fmt.Errorf("cannot write nginx's configuration: %w", err)
	}
	layer.Launch = true
	a.Keep(layer, "site")
	return language.Artifacts{
		Slices:    nginx.Slices("static files"),
		Processes: []language.Process{{Type: "web", Line: before + nginx.Prepare(file) + " && " + nginx.Alone, Why: cmp.Or(s.why, s.folder)}},
		Notes:     a.notes,
	}, nil
}

// user is the one user of the pages that Heroku's static buildpack knows. The password is as htpasswd or openssl passwd writes it.
const user = "${BASIC_AUTH_USERNAME}:${BASIC_AUTH_PASSWORD}\n"

// servePasswords puts the passwords of the pages into a layer, and returns what the start command does with them first.
func (a *app) servePasswords(s *site, layer string) (before string, err error) {
	file := filepath.Join(layer, "passwords")
	text := user
	switch {
	case s.auth != "":
		if text, _, err = language.ReadText(a.own.files, s.auth); err != nil {
			return "", err
		}
		s.serves.Passwords = file
		a.Log.Line("only for users of %s", s.auth)
	case s.serves.Passwords != "":
		a.Log.Line("only for users of the binding of type htpasswd, which the running app needs, too")
		return "", nil
	case s.asks:
		s.serves.Passwords = "${PASSWORDS}"
		a.Log.Line("only for the user of BASIC_AUTH_USERNAME and BASIC_AUTH_PASSWORD, which the running app needs")
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
func (s *site) missing() string {
	switch {
	case s.serves.Fallback:
		return "index.html (BP_WEB_SERVER_ENABLE_PUSH_STATE=false makes it 404)"
	case len(s.serves.Routes) > 0:
		return "as " + s.why + " says"
	}
	return "404"
}

// keepOnly removes from the app's folder all but one folder of it.
func (a *app) keepOnly(keep string) error {
	if keep == "." {
		for _, name := range []string{staticfileName, passwordsName, staticJSONName, htpasswdName, "package.json", "package-lock.json", "node_modules"} {
			if err := os.RemoveAll(a.at(name)); err != nil {
				return fmt.Errorf("cannot remove %s: %w", name, err)
			}
		}
		return a.clean()
	}
	dir := a.Dir
	for _, part := range strings.Split(keep, "/") {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("cannot list %s: %w", dir, err)
		}
		for _, e := range entries {
			if e.Name() == part {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("cannot remove %s: %w", e.Name(), err)
			}
		}
		dir = filepath.Join(dir, part)
	}
	return nil
}
