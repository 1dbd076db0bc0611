package golang

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// legacy is what a tool of the time before modules recorded of an app.
type legacy struct {
	File string   // "Gopkg.lock"
	Path string   // the app's own import path
	Own  string   // the same, by which the app's files import its packages; empty where Path is known or nothing tells
	Pins []string // what it pinned, as go get takes it: "example.com/dep@v1.2.0"
}

// records are the files of such tools, and how each is read. One that cannot be read records nothing.
var records = []struct {
	file string
	read func(text string) (legacy, error)
}{
	{"vendor/vendor.json", func(text string) (l legacy, err error) { // govendor
		var r struct{ RootPath string }
		err = document.JSON([]byte(text), &r)
		return legacy{Path: r.RootPath}, err
	}},
	{"Godeps/Godeps.json", func(text string) (l legacy, err error) {
		var r struct {
			ImportPath string
			Deps       []struct{ ImportPath, Rev string }
		}
		err = document.JSON([]byte(text), &r)
		for _, d := range r.Deps {
			l.pin(d.ImportPath, d.Rev)
		}
		l.Path = r.ImportPath
		return l, err
	}},
	{"glide.lock", func(text string) (l legacy, err error) {
		imports, _, _ := strings.Cut(text, "\ntestImports:")
		for _, d := range glideImport.FindAllStringSubmatch(imports, -1) {
			l.pin(d[1], d[2])
		}
		return l, nil
	}},
	{"glide.yaml", func(text string) (l legacy, err error) {
		if found := glidePackage.FindStringSubmatch(text); found != nil {
			l.Path = found[1]
		}
		return l, nil
	}},
	{"Gopkg.lock", func(text string) (l legacy, err error) { // dep
		var r struct {
			Projects []struct{ Name, Version, Revision string }
		}
		_, err = document.TOML(text, &r)
		for _, d := range r.Projects {
			version := d.Version
			if !strings.HasPrefix(version, "v") {
				version = d.Revision
			}
			l.pin(d.Name, version)
		}
		return l, err
	}},
	{".godir", func(text string) (legacy, error) { // Heroku's
		return legacy{Path: strings.TrimSpace(text)}, nil
	}},
}

// Glide writes its YAML in one form.
var (
	glideImport  = regexp.MustCompile(`(?m)^- name: (\S+)\n  version: (\S+)$`)
	glidePackage = regexp.MustCompile(`(?m)^package: (\S+)$`)
)

// pin adds a version, unless it would be something else to go get than a path and a version.
func (l *legacy) pin(name, version string) {
	if module.CheckImportPath(name) == nil && version != "" && !strings.ContainsFunc(version, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+", r)
	}) {
		l.Pins = append(l.Pins, name+"@"+version)
	}
}

// readLegacy reads what such tools recorded: the first path, and the first pins.
func readLegacy(dir fs.FS) legacy {
	all := legacy{}
	for _, r := range records {
		text, ok, err := language.ReadText(dir, r.file)
		if err != nil || !ok {
			continue
		}
		one, err := r.read(text)
		if err != nil {
			continue
		}
		if all.Path == "" && module.CheckImportPath(one.Path) == nil && !slices.Contains([]string{".", "..", "main"}, path.Clean(one.Path)) {
			all.Path = path.Clean(one.Path)
		}
		if all.Pins == nil && len(one.Pins) > 0 {
			all.Pins, all.File = one.Pins, r.file
		}
	}
	if all.Path == "" {
		all.Own = ownPath(dir)
	}
	return all
}

// importPath is the app's own import path, which tools of the time before modules recorded or the app's files use; "app" where
// nothing tells.
func (l legacy) importPath() string { return cmp.Or(l.Path, l.Own, "app") }
