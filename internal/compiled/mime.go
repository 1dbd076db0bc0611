package compiled

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MIME makes the shared MIME database from the packages' descriptions of types, which are documents of the
// specification "Shared MIME-info Database": what update-mime-database of shared-mime-info 2.4 writes beside them, by
// path below usr/share/mime. Comments in other languages are left out, as translations are everywhere. A type of which
// one element cannot be read keeps the elements before it, and a file that is no such document is left out. Without any
// file nil is returned.
func MIME(files []File) (map[string][]byte, []Ignored) {
	db := mimeDatabase{
		types: map[string]*mimeType{}, globs: map[string][]mimeGlob{}, namespaces: map[string]string{},
		parents: map[string][]string{}, aliases: map[string]string{}, icons: map[string]string{}, genericIcons: map[string]string{},
	}
	for _, f := range overrideLast(files) {
		if err := db.addFile(f); err != nil {
			db.ignored = append(db.ignored, Ignored{f.Name, err})
		}
	}
	if len(db.types) == 0 {
		return nil, db.ignored
	}
	db.sort()
	out := map[string][]byte{
		"XMLnamespaces": lines(db.namespaces, " "), "aliases": lines(db.aliases, " "), "icons": lines(db.icons, ":"),
		"generic-icons": lines(db.genericIcons, ":"), "subclasses": db.subclassLines(), "types": db.typeLines(),
		"magic": db.magicText(), "treemagic": db.treeMagicText(), "mime.cache": db.cache(), "version": []byte("2.4\n"),
	}
	out["globs"], out["globs2"] = db.globLines()
	for _, name := range slices.Sorted(maps.Keys(db.types)) {
		out[asciiLower(name)+".xml"] = db.types[name].document(name)
	}
	return out, db.ignored
}

// overrideLast sorts files by name; Override.xml is read after all others.
func overrideLast(files []File) []File {
	last := func(f File) int {
		if f.Name == "Override.xml" {
			return 1
		}
		return 0
	}
	return slices.SortedFunc(slices.Values(files), func(a, b File) int {
		return cmp.Or(last(a)-last(b), strings.Compare(a.Name, b.Name))
	})
}

// mimeName is how a type may be named (RFC 6838, section 4.2), which is a safe path, too.
var mimeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$`)

const mimeNamespace = "http://www.freedesktop.org/standards/shared-mime-info"

// mimeNode is any element of a description.
type mimeNode struct {
	XMLName xml.Name
	Attrs   []xml.Attr
	Text    string // its own, without that of elements in it
	Nodes   []mimeNode
}

// maxMIMEDepth bounds how deep elements lie in each other; those of Debian's packages lie six deep.
const maxMIMEDepth = 100

// UnmarshalXML reads an element token by token. Package xml would fill in the same by reflection, which takes twice as long.
func (n *mimeNode) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	return n.read(d, start, maxMIMEDepth)
}

func (n *mimeNode) read(d *xml.Decoder, start xml.StartElement, deeper int) error {
	if deeper == 0 {
		return fmt.Errorf("its elements lie more than %d deep in each other", maxMIMEDepth)
	}
	n.XMLName, n.Attrs = start.Name, start.Copy().Attr
	var text []byte
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			var child mimeNode
			if err := child.read(d, t, deeper-1); err != nil {
				return err
			}
			n.Nodes = append(n.Nodes, child)
		case xml.CharData:
			text = append(text, t...)
		case xml.EndElement:
			n.Text = string(text)
			return nil
		}
	}
}

func (n mimeNode) is(name string) bool {
	return n.XMLName == xml.Name{Space: mimeNamespace, Local: name}
}

// attr returns an attribute without a namespace; "" for none.
func (n mimeNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// level reads a priority or weight, from 0 to 100.
func (n mimeNode) level(name string) (int, error) {
	text := n.attr(name)
	if text == "" {
		return 50, nil
	}
	l, err := strconv.Atoi(text)
	if err != nil || l < 0 || l > 100 {
		return 0, fmt.Errorf("its %s is %q", name, text)
	}
	return l, nil
}

type mimeDatabase struct {
	types        map[string]*mimeType
	globs        map[string][]mimeGlob // by pattern
	magic        []mimeMagic
	treeMagic    []mimeTreeMagic
	namespaces   map[string]string // "namespace name" to type
	parents      map[string][]string
	aliases      map[string]string
	icons        map[string]string
	genericIcons map[string]string
	ignored      []Ignored
}

// mimeType holds the elements that are copied to the type's own document.
type mimeType struct{ copied []mimeNode }

type mimeGlob struct {
	pattern, of   string
	weight        int
	caseSensitive bool
	none          bool // no pattern of less specific databases counts
}

const (
	noGlobs = "__NOGLOBS__"
	noMagic = "__NOMAGIC__"
)

func (db *mimeDatabase) addFile(f File) error {
	var root mimeNode
	f.Data = withoutTranslations(f.Data)
	if err := decodeXML(f, &root); err != nil {
		return err
	}
	if !root.is("mime-info") {
		return fmt.Errorf("cannot read %s: it is no shared-mime-info document", f.Name)
	}
	for _, n := range root.Nodes {
		name := n.attr("type")
		if !n.is("mime-type") || !mimeName.MatchString(name) {
			db.ignored = append(db.ignored, Ignored{f.Name, fmt.Errorf("element %s with type %q is no MIME type", n.XMLName.Local, name)})
			continue
		}
		if db.types[name] == nil {
			db.types[name] = &mimeType{}
		}
		for _, field := range n.Nodes {
			if err := db.addField(name, field); err != nil {
				db.ignored = append(db.ignored, Ignored{f.Name, fmt.Errorf("type %s, element %s: %w", name, field.XMLName.Local, err)})
				break
			}
		}
	}
	return nil
}

// addField takes one element of a type. Those that tell of the type itself are copied into its own file as well, without translations.
func (db *mimeDatabase) addField(of string, n mimeNode) error {
	if n.XMLName.Space != mimeNamespace {
		return nil // an extension of somebody else's
	}
	switch n.XMLName.Local {
	case "glob":
		if err := db.addGlob(of, n); err != nil {
			return err
		}
	case "glob-deleteall":
		db.globs[noGlobs] = append(db.globs[noGlobs], mimeGlob{pattern: noGlobs, of: of, none: true})
	case "magic":
		return db.addMagic(of, n)
	case "magic-deleteall":
		db.magic = append(db.magic, mimeMagic{of: of, none: true, matches: []mimeMatch{{length: 1, wordSize: 1, data: []byte(noMagic)}}})
		return nil
	case "treemagic":
		return db.addTreeMagic(of, n)
	case "root-XML":
		return db.addNamespace(of, n)
	case "alias", "sub-class-of":
		if err := db.addRelation(of, n); err != nil {
			return err
		}
	case "icon":
		addIcon(db.icons, of, n)
	case "generic-icon":
		addIcon(db.genericIcons, of, n)
	case "comment":
		t := db.types[of]
		t.copied = slices.DeleteFunc(t.copied, func(old mimeNode) bool { return old.is("comment") && old.lang() == n.lang() })
	case "acronym", "expanded-acronym":
	default:
		return nil
	}
	if n.lang() == "" {
		db.types[of].copied = append(db.types[of].copied, n)
	}
	return nil
}

// addNamespace takes the name space and the name of an XML document's first element.
func (db *mimeDatabase) addNamespace(of string, n mimeNode) error {
	ns, name := n.attr("namespaceURI"), n.attr("localName")
	if ns+name == "" || strings.ContainsAny(ns+name, " \n") {
		return errors.New("it has no namespace and name")
	}
	db.namespaces[ns+" "+name] = of
	return nil
}

// addRelation takes another name of a type, or a type that it is one of.
func (db *mimeDatabase) addRelation(of string, n mimeNode) error {
	other := n.attr("type")
	if !strings.Contains(other, "/") || strings.Contains(other, "\n") {
		return errors.New("it has no type")
	}
	if n.XMLName.Local == "alias" {
		db.aliases[other] = of
	} else {
		db.parents[of] = append(db.parents[of], other)
	}
	return nil
}

func addIcon(icons map[string]string, of string, n mimeNode) {
	if name := n.attr("name"); name != "" {
		icons[of] = strings.ReplaceAll(name, "\n", " ")
	}
}

func (db *mimeDatabase) addGlob(of string, n mimeNode) error {
	weight, err := n.level("weight")
	if err != nil {
		return err
	}
	g := mimeGlob{pattern: n.attr("pattern"), of: of, weight: weight, caseSensitive: n.attr("case-sensitive") == "true"}
	if g.pattern == "" || strings.Contains(g.pattern, "\n") {
		return errors.New("it has no pattern of one line")
	}
	if !g.caseSensitive {
		g.pattern = asciiLower(g.pattern)
	}
	db.globs[g.pattern] = append(db.globs[g.pattern], g)
	return nil
}

func (n mimeNode) lang() string {
	for _, a := range n.Attrs {
		if a.Name.Local == "lang" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// document is the description of one type, in the form that libxml2 gives it.
func (t *mimeType) document(name string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<mime-type xmlns=\"%s\" type=\"%s\">\n", mimeNamespace, escapeXML(name))
	b.WriteString("  <!--Created automatically by update-mime-database. DO NOT EDIT!-->\n")
	for _, n := range t.copied {
		fmt.Fprintf(&b, "  <%s", n.XMLName.Local)
		for _, a := range n.Attrs {
			if a.Name.Space == "" && a.Name.Local != "xmlns" {
				fmt.Fprintf(&b, " %s=\"%s\"", a.Name.Local, escapeXML(a.Value))
			}
		}
		if n.Text == "" {
			b.WriteString("/>\n")
			continue
		}
		fmt.Fprintf(&b, ">%s</%s>\n", escapeXML(n.Text), n.XMLName.Local)
	}
	b.WriteString("</mime-type>\n")
	return b.Bytes()
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;")

func escapeXML(s string) string { return xmlEscapes.Replace(s) }

// asciiLower makes the letters A to Z small, and no others.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func lines(m map[string]string, between string) []byte {
	var b bytes.Buffer
	for _, k := range slices.Sorted(maps.Keys(m)) {
		b.WriteString(k + between + m[k] + "\n")
	}
	return b.Bytes()
}

func (db *mimeDatabase) typeLines() []byte {
	return []byte(strings.Join(slices.Sorted(maps.Keys(db.types)), "\n") + "\n")
}

func (db *mimeDatabase) subclassLines() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(db.parents)) {
		for _, parent := range db.parents[name] {
			b.WriteString(name + " " + parent + "\n")
		}
	}
	return b.Bytes()
}

// globLines are the patterns, those of most weight first, without and with weights.
func (db *mimeDatabase) globLines() (globs, globs2 []byte) {
	const head = "# This file was automatically generated by the\n# update-mime-database command. DO NOT EDIT!\n"
	a, b := bytes.NewBufferString(head), bytes.NewBufferString(head)
	var all []mimeGlob
	for _, pattern := range slices.Sorted(maps.Keys(db.globs)) {
		all = append(all, db.globs[pattern]...)
	}
	rank := func(g mimeGlob) int {
		if g.none {
			return -101
		}
		return -g.weight
	}
	slices.SortStableFunc(all, func(x, y mimeGlob) int { return cmp.Compare(rank(x), rank(y)) })
	for _, g := range all {
		fmt.Fprintf(a, "%s:%s\n", g.of, g.pattern)
		if g.caseSensitive {
			fmt.Fprintf(b, "%d:%s:%s:cs\n", g.weight, g.of, g.pattern)
		}
		fmt.Fprintf(b, "%d:%s:%s\n", g.weight, g.of, g.pattern) // for readers that know no flags
	}
	return a.Bytes(), b.Bytes()
}
