package node

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
)

// site is a folder of files that a web server serves.
type site struct {
	folder   string // below the app's
	fallback bool   // a path that is not there is the app's first page (push-state)
	listing  bool   // folders without a page are listed
	notFound bool   // it has a page 404.html
	why      string
}

// staticfile is the file Staticfile of buildpacks for static sites.
type staticfile struct {
	Root          string `yaml:"root"`
	IndexFallback *bool  `yaml:"index_fallback"`
	PushState     string `yaml:"pushstate"`
	Directory     string `yaml:"directory"`
}

// isStatic tells whether the app is nothing but pages: an index.html or a Staticfile, and no package.json.
func (a *app) isStatic() bool {
	return firstFile(a.own.files, "Staticfile", "index.html", "public/index.html") != "" && !a.hasBuild()
}

// hasBuild tells whether a build makes the pages.
func (a *app) hasBuild() bool {
	_, framed := a.framework()
	return len(a.buildScripts()) > 0 || framed
}

// findSite finds the folder of pages to serve; nil where there is none.
func (a *app) findSite(f framework) (*site, error) {
	text, _, err := language.ReadText(a.own.files, "Staticfile")
	if err != nil {
		return nil, err
	}
	var file staticfile
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		return nil, fmt.Errorf("cannot read Staticfile: %w", err)
	}
	s := &site{why: f.name, listing: file.Directory == "visible"}
	switch {
	case a.hasBuild():
		s.folder = a.staticOutput(f)
		s.fallback = !f.multiPage && !a.has(path.Join(s.folder, "404.html"))
	case a.has("index.html") || text != "":
		s.folder, s.why = ".", "index.html"
	case a.has("public/index.html"):
		s.folder, s.why = "public", "public/index.html"
	}
	if s.folder == "" && file.Root == "" {
		return nil, nil
	}
	if text != "" {
		s.why = "Staticfile"
	}
	defer func() { s.notFound = a.has(path.Join(s.folder, "404.html")) }()
	if root := path.Clean("./" + file.Root); file.Root != "" && !a.hasBuild() {
		if !fs.ValidPath(root) || !a.has(root) {
			return nil, &language.Problem{What: "there is no folder " + clip(file.Root), Evidence: []string{"Staticfile: root: " + clip(file.Root)}, Next: "Name a folder of the app."}
		}
		s.folder = root
	}
	if file.IndexFallback != nil {
		s.fallback = *file.IndexFallback
	}
	s.fallback = s.fallback || file.PushState == "enabled"
	if v := a.Setting("BP_WEB_SERVER_ENABLE_PUSH_STATE"); v != "" {
		if s.fallback, err = strconv.ParseBool(v); err != nil {
			return nil, &language.Problem{What: "BP_WEB_SERVER_ENABLE_PUSH_STATE=" + clip(v) + " is neither true nor false", Next: "Set it to true or false."}
		}
	}
	return s, nil
}

// layerSite holds the configuration of the web server.
const layerSite = "site"

// serve writes nginx's configuration and returns what the image needs to serve a site. Everything but the site's folder
// is removed from the app.
func (a *app) serve(s *site) (language.Artifacts, error) {
	a.Log.Line("static files of %s, served by nginx; a path that is not there is %s", s.folder, map[bool]string{true: "index.html (BP_WEB_SERVER_ENABLE_PUSH_STATE=false makes it 404)", false: "404"}[s.fallback])
	root := a.at(s.folder)
	if err := a.keepOnly(s.folder); err != nil {
		return language.Artifacts{}, err
	}
	layer, err := a.Layer(layerSite)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	file := filepath.Join(layer.Path, "nginx.conf")
	if err := os.WriteFile(file, []byte(nginx.Site{Root: root, Fallback: s.fallback, Listing: s.listing, NotFound: s.notFound}.String()), 0o644); err != nil {
		return language.Artifacts{}, fmt.Errorf("cannot write nginx's configuration: %w", err)
	}
	layer.Launch = true
	a.Keep(layer, "site")
	why := s.why
	if why == "" {
		why = s.folder
	}
	return language.Artifacts{
		Slices:    nginx.Slices("static files"),
		Processes: []language.Process{{Type: "web", Line: nginx.Prepare(file) + " && " + nginx.Alone, Why: why}},
		Notes:     a.notes,
	}, nil
}

// keepOnly removes from the app's folder all but one folder of it.
func (a *app) keepOnly(keep string) error {
	if keep == "." {
		for _, name := range []string{"Staticfile", "package.json", "package-lock.json", "node_modules"} {
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
