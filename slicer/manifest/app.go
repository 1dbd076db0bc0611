package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/text"
)

// App is what a build made of the app's source: no part of a cut, and told beside it, so that one record answers for the
// whole image.
type App struct {
	Language   string      `json:"language"`
	Folder     string      `json:"folder"`           // of the app's own files, absolute: /workspace
	Layers     []Layer     `json:"layers,omitempty"` // of the image, that the build of the language made
	Components []Component `json:"components,omitempty"`
}

// Layer is a layer of the image by its name and its absolute path.
type Layer struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Component is a module of the app's language: what its package manager installed, or its compiler linked in.
type Component struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	PURL    string   `json:"purl"` // Package URL
	License string   `json:"license,omitempty"`
	From    string   `json:"from,omitempty"`  // the line of the project's files that asks for it or pins it
	By      []string `json:"by,omitempty"`    // the components that require it, by name
	Paths   []string `json:"paths,omitempty"` // its files and folders, absolute
}

// String is the component as a sentence names it.
func (c Component) String() string { return strings.TrimSpace("module " + c.Name + " " + c.Version) }

// called tells whether a query is the component's name: its own, its Package URL, or the last part of a name that is a
// path (gin of github.com/gin-gonic/gin, which may end in a major version). Case and the separators of Python's names do
// not count.
func (c Component) called(query string) bool {
	if query == c.PURL {
		return true
	}
	name, asked := plainName(c.Name), plainName(query)
	last := path.Base(name)
	if isMajorVersion(last) {
		last = path.Base(path.Dir(name))
	}
	return name == asked || last == asked
}

func plainName(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
}

func isMajorVersion(part string) bool {
	return len(part) > 1 && part[0] == 'v' && strings.Trim(part[1:], "0123456789") == ""
}

// at is the length of the component's longest path that a file is at or below, or 0: of modules that lie in each other,
// the file is the innermost's.
func (c Component) at(file string) int {
	longest := 0
	for _, p := range c.Paths {
		if file == p || strings.HasPrefix(file, p+"/") {
			longest = max(longest, len(p))
		}
	}
	return longest
}

// ofApp explains what the build of the app brought: a module by its name, a file by its absolute path. Whether there is
// such a file the record does not know.
func (x explainer) ofApp(query string) []Explanation {
	all := x.inApp(query)
	for i := range all {
		all[i].OfApp = strings.HasPrefix(query, "/")
	}
	return all
}

func (x explainer) inApp(query string) []Explanation {
	a := x.m.App
	if a == nil {
		return nil
	}
	if !strings.HasPrefix(query, "/") {
		var found []Explanation
		for _, c := range a.Components {
			if c.called(query) {
				found = append(found, x.component(c))
			}
		}
		return found
	}
	file := path.Clean(query)
	var owners []Component
	nearest := 1
	for _, c := range a.Components {
		n := c.at(file)
		if n > nearest {
			owners, nearest = nil, n
		}
		if n == nearest {
			owners = append(owners, c)
		}
	}
	switch {
	case len(owners) == 1:
		e := x.component(owners[0])
		e.About = append([]string{"of " + e.Subject}, e.About...)
		e.Subject = file
		return []Explanation{e}
	case len(owners) > 1:
		return []Explanation{a.compiled(file, owners)}
	}
	for _, l := range a.Layers {
		if file == l.Path || strings.HasPrefix(file, l.Path+"/") {
			return []Explanation{{Subject: file, Why: madeBy(a), About: []string{"in layer " + l.Name}}}
		}
	}
	if file == a.Folder || strings.HasPrefix(file, a.Folder+"/") {
		return []Explanation{{Subject: file, Why: because(Reason{Kind: Source, By: a.Folder})}}
	}
	return nil
}

// compiled explains a file that several modules went into: a program.
func (a *App) compiled(file string, modules []Component) Explanation {
	var names []string
	for _, c := range modules {
		names = append(names, c.Name)
	}
	about := fmt.Sprintf("made of %s: %s", text.Count(len(names), "module"), strings.Join(names[:min(len(names), 8)], ", "))
	if len(names) > 8 {
		about += ", …"
	}
	return Explanation{Subject: file, About: []string{about}, Why: madeBy(a)}
}

func madeBy(a *App) []Why { return because(Reason{Kind: Built, By: a.Language}) }

func because(r Reason) []Why { return []Why{{Reason: r, Text: r.String()}} }

func (x explainer) component(c Component) Explanation {
	e := Explanation{Subject: c.String(), About: []string{c.PURL}}
	if c.License != "" {
		e.About = append(e.About, "licence "+c.License)
	}
	for i, p := range c.Paths {
		if i == whyWidth {
			e.About = append(e.About, fmt.Sprintf("and %d more places", len(c.Paths)-i))
			break
		}
		e.About = append(e.About, "in "+p)
	}
	e.Why = x.whyComponent(c, map[string]bool{c.Name: true}, 0)
	return e
}

// whyComponent is the tree of reasons of a module: the line of the project's files, and the modules that require it.
func (x explainer) whyComponent(c Component, seen map[string]bool, depth int) []Why {
	all := []Why{}
	if c.From != "" {
		all = because(Reason{Kind: Declared, By: c.From})
	}
	for i, name := range c.By {
		if i == whyWidth && len(c.By) > whyWidth+1 {
			all[len(all)-1].More = len(c.By) - i
			break
		}
		r := Reason{Kind: Required, By: name}
		w := Why{Reason: r, Text: r.String()}
		at := slices.IndexFunc(x.m.App.Components, func(o Component) bool { return o.Name == name })
		switch {
		case at < 0 || depth == whyDepth:
		case seen[name]:
			w.Seen = true
		default:
			seen[name] = true
			w.Why = x.whyComponent(x.m.App.Components[at], seen, depth+1)
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return madeBy(x.m.App)
	}
	return all
}
