package slicer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

// addRecords writes what scanners and lawyers look for beside the files of each layer: dpkg's status and md5sums in
// the form that distroless images made known (var/lib/dpkg/status.d), and each package's copyright file.
func (p *selecting) addRecords() error {
	byLayer := map[plan.Place][]*plan.File{} // by layer and package
	for _, f := range p.Sorted() {
		if f.Package != "" {
			key := plan.Place{Layer: f.Layer, Path: f.Package}
			byLayer[key] = append(byLayer[key], f)
		}
	}
	keys := slices.SortedFunc(maps.Keys(byLayer), func(a, b plan.Place) int {
		return strings.Compare(a.Layer+"\x00"+a.Path, b.Layer+"\x00"+b.Path)
	})
	for _, key := range keys {
		pkg, err := p.Open(key.Path)
		if err != nil {
			return err
		}
		if err := p.record(key.Layer, pkg, byLayer[key]); err != nil {
			return err
		}
	}
	return nil
}

func (p *selecting) record(layer string, pkg *plan.Package, files []*plan.File) error {
	var status, sums bytes.Buffer
	if err := statusOf(pkg.Package).Encode(&status); err != nil {
		return fmt.Errorf("cannot record package %s: %w", pkg.Name, err)
	}
	for _, f := range files {
		if f.Kind != tree.File {
			continue
		}
		if err := f.Sum(); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", f.MD5, f.Path)
	}
	p.Generate(layer, "var/lib/dpkg/status.d/"+pkg.Name, pkg.Name, status.Bytes())
	p.Generate(layer, "var/lib/dpkg/status.d/"+pkg.Name+".md5sums", pkg.Name, sums.Bytes())
	text, err := p.copyright(pkg, 0)
	if err != nil {
		return err
	}
	at := p.copyrightPath(layer, pkg.Name)
	if text != nil && p.Files[plan.Place{Layer: layer, Path: at}] == nil {
		p.Generate(layer, at, pkg.Name, text)
	}
	return nil
}

func statusOf(pkg *packages.Package) deb.Paragraph {
	source := pkg.Source
	if pkg.SourceVersion != pkg.Version {
		source += " (" + pkg.SourceVersion + ")"
	}
	all := deb.Paragraph{
		{Name: "Package", Value: pkg.Name},
		{Name: "Status", Value: "install ok installed"},
		{Name: "Priority", Value: pkg.Priority},
		{Name: "Section", Value: pkg.Section},
		{Name: "Maintainer", Value: pkg.Maintainer},
		{Name: "Architecture", Value: pkg.Architecture},
		{Name: "Source", Value: source},
		{Name: "Version", Value: pkg.Version},
		{Name: "Depends", Value: pkg.Depends},
		{Name: "Description", Value: firstLine(pkg.Description)},
		{Name: "Homepage", Value: pkg.Homepage},
	}
	return slices.DeleteFunc(all, func(f deb.Field) bool { return f.Value == "" || (f.Name == "Source" && f.Value == pkg.Name) })
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// copyrightPath is where a package's copyright file lands in a layer: behind the link, where usr/share/doc/NAME is taken as one.
func (p *selecting) copyrightPath(layer, name string) string {
	dir := "usr/share/doc/" + name
	link := p.Files[plan.Place{Layer: layer, Path: dir}]
	if link == nil && !p.Want.Floor.Layered() {
		link = p.ByPath[dir]
	}
	if link != nil && link.Kind == tree.Symlink {
		dir = debian.LinkTarget(dir, link.Link)
	}
	return dir + "/copyright"
}

// copyright returns the text of a package's copyright file, which may be another package's: then usr/share/doc/NAME
// is a link to it.
func (p *selecting) copyright(pkg *plan.Package, hops int) ([]byte, error) {
	dir := "usr/share/doc/" + pkg.Name
	e, ok := pkg.Entry(dir + "/copyright")
	for ok && e.Kind == tree.Symlink && hops < 4 {
		hops++
		to := debian.LinkTarget(e.Path, e.Link)
		if e, ok = pkg.Entry(to); !ok {
			return p.copyrightOf(path.Base(path.Dir(to)), hops)
		}
	}
	if ok && e.Kind == tree.File {
		r, err := pkg.Open(e)
		if err != nil {
			return nil, fmt.Errorf("cannot read copyright file of %s: %w", pkg.Name, err)
		}
		defer r.Close()
		return io.ReadAll(io.LimitReader(r, 16<<20))
	}
	if e, ok = pkg.Entry(dir); ok && e.Kind == tree.Symlink && hops < 4 {
		return p.copyrightOf(path.Base(debian.LinkTarget(e.Path, e.Link)), hops+1)
	}
	return nil, nil
}

// copyrightOf returns the copyright text of another package; the package counts as read, not as taken. One that no source has
// is told.
func (p *selecting) copyrightOf(name string, hops int) ([]byte, error) {
	other, err := p.Peek(name)
	if errors.Is(err, packages.ErrNoPackage) {
		p.Omit(name+"_copyright", "the archive lacks the package that others' copyright files are links to", "")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.copyright(other, hops)
}

// licenses reads the short names of a machine-readable copyright file (DEP-5); nil when it is free text.
func licenses(text []byte) []string {
	if !bytes.HasPrefix(text, []byte("Format:")) {
		return nil
	}
	var names []string
	for line := range bytes.Lines(text) {
		value, ok := bytes.CutPrefix(line, []byte("License:"))
		if !ok {
			continue
		}
		if words := bytes.Fields(value); len(words) == 1 {
			names = append(names, string(words[0]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
