package release

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// definition is one definition file while it is read.
type definition struct {
	document
	format string
	pkg    *Package
}

// readDefinition reads the text of slices/**/<package>.yaml.
func (r *Release) readDefinition(file string, text []byte) (*Package, error) {
	d := &definition{document: document{file: file}, format: r.Format}
	d.pkg = &Package{Path: file, Slices: map[string]*Slice{}}
	root, err := d.parse(text)
	if err != nil {
		return nil, err
	}
	if err := d.readPackage(root); err != nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, d.warnings...)
	return d.pkg, nil
}

func (d *definition) readPackage(root *yaml.Node) error {
	fields, err := d.fields(root, "the definition")
	if err != nil {
		return err
	}
	var common []required
	var body field
	line := 1
	for _, f := range fields {
		switch f.name {
		case "package":
			line = f.line
			err = d.decode(f, &d.pkg.Name)
		case "archive":
			d.pkg.line = f.line
			err = d.decode(f, &d.pkg.Archive)
		case "essential", "v3-essential":
			var more []required
			more, err = d.readEssential(f)
			common = append(common, more...)
		case "slices":
			body = f
		default:
			d.warnf(f.line, "unknown field %q", f.name)
		}
		if err != nil {
			return err
		}
	}
	if want := strings.TrimSuffix(path.Base(d.file), ".yaml"); d.pkg.Name != want {
		return d.errorf(line, "package is %q, but the file is named for %q", d.pkg.Name, want)
	}
	return d.readSlices(body, common)
}

func (d *definition) readSlices(body field, common []required) error {
	fields, err := d.fields(body.value, "slices")
	if err != nil {
		return err
	}
	for _, f := range fields {
		if !slicePattern.MatchString(f.name) {
			return d.errorf(f.line, "%q is not a slice name: want three or more lower-case letters, digits and inner dashes", f.name)
		}
		s := &Slice{
			Package: d.pkg.Name, Name: f.name, File: d.file, Line: f.line,
			Essential: map[Key]Essential{}, Contents: map[string]PathInfo{},
		}
		if err := d.readSlice(s, f, common); err != nil {
			return err
		}
		d.pkg.Slices[f.name] = s
	}
	return nil
}

func (d *definition) readSlice(s *Slice, body field, common []required) error {
	fields, err := d.fields(body.value, "slice "+s.Name)
	if err != nil {
		return err
	}
	own := slices.DeleteFunc(slices.Clone(common), func(e required) bool { return e.key == s.Key() })
	for _, f := range fields {
		switch f.name {
		case "hint":
			if err = d.decode(f, &s.Hint); err == nil {
				err = d.checkHint(f.line, s.Hint)
			}
		case "essential", "v3-essential":
			var more []required
			more, err = d.readEssential(f)
			own = append(own, more...)
		case "contents":
			err = d.readContents(s, f)
		case "mutate":
			err = d.decode(f, &s.Mutate)
		default:
			d.warnf(f.line, "unknown field %q", f.name)
		}
		if err != nil {
			return err
		}
	}
	for _, e := range own {
		if e.key == s.Key() {
			return d.errorf(e.Line, "slice %s requires itself", s)
		}
		if first, twice := s.Essential[e.key]; twice {
			return d.errorf(e.Line, "slice %s requires %s twice, first in line %d", s, e.key, first.Line)
		}
		s.Essential[e.key] = e.Essential
	}
	return nil
}

func (d *definition) checkHint(line int, hint string) error {
	if len(hint) > 40 {
		return d.errorf(line, "hint has %d bytes, at most 40 are allowed", len(hint))
	}
	for _, c := range hint {
		if !unicode.IsPrint(c) {
			return d.errorf(line, "hint has the unprintable character %q", c)
		}
	}
	return nil
}

// required is one entry of an essential list or map.
type required struct {
	key Key
	Essential
}

// readEssential reads "essential", a list before v3 and a map since, or "v3-essential", which brings the map to v1
// and v2.
func (d *definition) readEssential(f field) ([]required, error) {
	asMap := d.format == "v3"
	if f.name == "v3-essential" {
		if asMap {
			return nil, d.errorf(f.line, "v3-essential is for the formats v1 and v2; use essential")
		}
		asMap = true
	}
	if isNull(f.value) {
		return nil, nil
	}
	if asMap {
		return d.essentialMap(f)
	}
	if f.value.Kind != yaml.SequenceNode {
		return nil, d.errorf(f.line, "essential must be a list in format %s", d.format)
	}
	var list []required
	for _, item := range f.value.Content {
		item = resolve(item)
		key, err := ParseKey(item.Value)
		if err != nil {
			return nil, d.errorf(item.Line, "%v", err)
		}
		list = append(list, required{key, Essential{Line: item.Line}})
	}
	return list, nil
}

func (d *definition) essentialMap(f field) ([]required, error) {
	entries, err := d.fields(f.value, f.name)
	if err != nil {
		return nil, err
	}
	var list []required
	for _, e := range entries {
		key, err := ParseKey(e.name)
		if err != nil {
			return nil, d.errorf(e.line, "%v", err)
		}
		options, err := d.fields(e.value, "the options of "+e.name)
		if err != nil {
			return nil, err
		}
		one := required{key, Essential{Line: e.line}}
		for _, o := range options {
			if o.name != "arch" {
				d.warnf(o.line, "unknown field %q", o.name)
			} else if one.Arch, err = d.words(o); err != nil {
				return nil, err
			}
		}
		list = append(list, one)
	}
	return list, nil
}

// position is the place of a slice's path, for messages.
func position(s *Slice, p PathInfo) string { return fmt.Sprintf("%s:%d", s.File, p.Line) }
