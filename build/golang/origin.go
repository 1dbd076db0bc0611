package golang

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/language"
)

// origins tells which line of the project's files asks for a module, or pins it: by path, "go.mod:5" or "go.sum:12".
type origins map[string]string

// findOrigins reads the module files of a project: those of its workspace's members, too. They are removed from the image,
// and so are read before. A file that cannot be read was told of by go itself.
func findOrigins(files fs.FS) origins {
	where := origins{}
	var sums []string
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir
		case e.IsDir() && name != "." && slices.Contains([]string{"vendor", "testdata", "node_modules", ".git"}, e.Name()):
			return fs.SkipDir
		case e.Name() == "go.mod":
			where.addMod(files, name)
		case e.Name() == "go.sum" || e.Name() == "go.work.sum":
			sums = append(sums, name)
		}
		return nil
	})
	for _, name := range sums {
		where.addSums(files, name)
	}
	return where
}

// addMod adds the lines of a go.mod that ask for modules, or replace them, and the one that asks for Go.
func (o origins) addMod(files fs.FS, name string) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return
	}
	mod, err := modfile.Parse(name, text, nil)
	if err != nil {
		if mod, err = modfile.ParseLax(name, text, nil); err != nil { // a directive that is newer than this parser
			return
		}
	}
	for _, r := range mod.Require {
		o.add(r.Mod.Path, name, r.Syntax.Start.Line)
	}
	for _, r := range mod.Replace {
		o.add(r.New.Path, name, r.Syntax.Start.Line)
	}
	if mod.Toolchain != nil {
		o.add("stdlib", name, mod.Toolchain.Syntax.Start.Line)
	} else if mod.Go != nil {
		o.add("stdlib", name, mod.Go.Syntax.Start.Line)
	}
}

func (o origins) addSums(files fs.FS, name string) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return
	}
	for n, line := range language.Lines(string(text)) {
		if module, _, ok := strings.Cut(line, " "); ok {
			o.add(module, name, n)
		}
	}
}

// add remembers the first line that names a module.
func (o origins) add(module, file string, line int) {
	if _, known := o[module]; !known {
		o[module] = fmt.Sprintf("%s:%d", path.Clean(file), line)
	}
}

// of tells the components what brought them.
func (o origins) of(components []language.Component) {
	for i, c := range components {
		components[i].From = o[c.Name]
	}
}
