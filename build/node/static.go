package node

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
)

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
	return language.FirstFile(a.own.files, pages.Staticfile, pages.StaticJSON) != "" || language.FirstFile(a.own.files, firstPages()...) != "" && !a.hasServer()
}

// listens matches what a program says that listens for connections, and most scripts of pages do not.
var listens = regexp.MustCompile(`\.listen\(|\bcreateServer\(|\bserve\(|\b(?:Bun|Deno)\.serve\(|\bprocess\.env\.PORT\b`)

// hasServer tells whether the file by which the app would start is a server, by its name or by what it does: app.js may as well be
// a script of its pages.
func (a *app) hasServer() bool {
	file := a.startFile()
	if file == "" || a.isPageScript(file) {
		return false
	}
	text, _, err := language.ReadText(a.own.files, file)
	return strings.HasPrefix(path.Base(file), "server.") || err == nil && listens.MatchString(text)
}

// isPageScript tells whether the app's page loads a file. What browsers run may listen as well: to events, or to the address, as
// bundles with a router do.
func (a *app) isPageScript(file string) bool {
	page := language.FirstFile(a.own.files, firstPages()...)
	rel, err := filepath.Rel(path.Dir(page), file)
	if page == "" || err != nil || !filepath.IsLocal(rel) {
		return false
	}
	text, _, err := language.ReadText(a.own.files, page)
	loads := regexp.MustCompile(`[="'](?:\./|/)?` + regexp.QuoteMeta(filepath.ToSlash(rel)) + `["'?\s>]`)
	return err == nil && loads.MatchString(text)
}

// hasBuild tells whether a build makes the pages.
func (a *app) hasBuild() bool {
	_, framed := a.framework()
	return len(a.buildScripts()) > 0 || framed || a.isDeno() && len(a.denoBuilds()) > 0
}

// findSite finds the folder of pages to serve, and how; nil where there is none.
func (a *app) findSite(f framework) (*pages.Site, error) {
	s, err := pages.Read(a.Site)
	if err != nil {
		return nil, err
	}
	if s.Folder, err = a.siteFolder(f, s); err != nil || s.Folder == "" {
		return nil, err
	}
	s.Why = f.name
	if s.Why == "" && !a.hasBuild() {
		s.Why = path.Join(s.Folder, "index.html")
	}
	return s, s.Settle(a.Site, a.at(s.Folder), a.hasBuild() && !f.multiPage)
}

// siteFolder is the folder of the pages: that which a build leaves, else the one that a setting or a file names, else one that has
// an index.html. Empty: there is none.
func (a *app) siteFolder(f framework, s *pages.Site) (string, error) {
	if a.hasBuild() {
		if built := a.staticOutput(f); built != "" || s.Folder == "" {
			return built, nil
		}
	}
	root, by := s.Folder, s.By+": root: "
	if v := a.Setting("BP_WEB_SERVER_ROOT"); v != "" {
		root, by = v, "BP_WEB_SERVER_ROOT: "
	}
	if root == "" {
		if page := language.FirstFile(a.own.files, firstPages()...); page != "" {
			return path.Dir(page), nil
		}
		if s.By != "" {
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

// serve removes everything but the site's folder from the app, and returns what the image needs to serve it.
func (a *app) serve(s *pages.Site) (language.Artifacts, error) {
	layer, err := a.Layer(pages.Layer)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err == nil {
		err = a.keepOnly(s.Folder)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	made, err := s.Serve(a.Site, layer)
	made.Notes = a.notes
	return made, err
}

// keepOnly removes from the app's folder all but one folder of it.
func (a *app) keepOnly(keep string) error {
	if keep == "." {
		for _, name := range append(slices.Clone(pages.Files), "package.json", "package-lock.json", "node_modules") {
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
