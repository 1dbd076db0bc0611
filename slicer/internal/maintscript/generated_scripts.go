package maintscript

import (
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/compiled"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/internal/plan"
)

// called is a command of a maintainer script, and a file of its package.
type called struct {
	shell.Command
	by *plan.File
}

// calls lists what the scripts of the plan's packages would call by a name, in the order of packages, without commands
// that are computed or that may not be run.
func (m maker) calls(programs ...string) []called {
	return slices.DeleteFunc(m.registrations(programs...), func(c called) bool { return c.Maybe })
}

// registrations is calls with the commands over which a condition decides that cannot be judged: to register something once more
// than necessary does no harm.
func (m maker) registrations(programs ...string) []called {
	first := map[string]*plan.File{}
	for _, f := range m.Sorted() {
		if f.Package != "" && first[f.Package] == nil {
			first[f.Package] = f
		}
	}
	var all []called
	for _, name := range slices.Sorted(maps.Keys(first)) {
		pkg := m.Packages[name]
		if pkg == nil {
			continue // a definition makes a file in its name, and takes none of it
		}
		for _, r := range m.scriptsOf(pkg) {
			for _, c := range r.commands {
				if slices.Contains(programs, c.Name()) && !c.Computed {
					all = append(all, called{c, first[name]})
				}
			}
		}
	}
	return all
}

// flags reads the long options of a command that have values, and those that have none.
func flags(words []string, valued ...string) map[string]string {
	got := map[string]string{}
	for i := 1; i < len(words); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
		if !joined && slices.Contains(valued, name) && i+1 < len(words) {
			i++
			value = words[i]
		}
		got[name] = value
	}
	return got
}

const catalogDir = "etc/xml"

// xmlCatalogs makes the XML catalogs that packages register with update-xmlcatalog of xml-core, by which libxml2 and
// others find document types and style sheets instead of loading them from the network.
func (m maker) xmlCatalogs() error {
	catalogs := map[string][]compiled.Delegate{}
	from := map[string][]*plan.File{}
	for _, c := range m.calls("update-xmlcatalog") {
		f := flags(c.Words, "id", "type", "package", "local", "file")
		_, add := f["add"]
		_, root := f["root"]
		at, to := path.Join(catalogDir, f["package"]+".xml"), f["local"]
		if root {
			at, to = path.Join(catalogDir, "catalog"), "/"+at
		}
		there := root || m.ByPath[strings.TrimPrefix(to, "/")] != nil
		if !add || f["package"] == "" || strings.Contains(f["package"], "/") || !there {
			m.Omit(c.String(), "the catalog that it is about is not made", c.by.Package)
			continue
		}
		catalogs[at] = append(catalogs[at], compiled.Delegate{Kind: f["type"], Start: f["id"], Catalog: to})
		from[at] = append(from[at], c.by)
	}
	for _, at := range slices.Sorted(maps.Keys(catalogs)) {
		m.put(at, compiled.XMLCatalog(catalogs[at]), from[at]...)
	}
	return nil
}

// saxFeatures are what Perl's SAX parsers of Debian support, as they say when they are loaded.
var saxFeatures = map[string][]string{
	"XML::SAX::PurePerl": {"namespaces"}, "XML::LibXML::SAX": {"namespaces"}, "XML::LibXML::SAX::Parser": {"namespaces"},
	"XML::SAX::Expat": {"external-general-entities", "external-parameter-entities", "namespaces"},
}

// saxParsers makes the list of SAX parsers that update-perl-sax-parsers would make; without it XML::SAX finds none.
func (m maker) saxParsers() error {
	texts := map[string]string{}
	var from []*plan.File
	for _, c := range m.calls("update-perl-sax-parsers") {
		f := flags(c.Words, "add", "priority", "remove")
		name := f["add"]
		if name == "" {
			continue
		}
		features, ok := saxFeatures[name]
		if !ok {
			m.Omit(c.String(), "whittle does not know what this parser supports", c.by.Package)
			continue
		}
		text := "[" + name + "]\n"
		for _, feature := range features {
			text += "http://xml.org/sax/features/" + feature + " = 1\n"
		}
		priority := f["priority"]
		if priority == "" {
			priority = "50"
		}
		texts[priority+"-"+name] = text + "\n\n" // parsers of a higher priority are later in the file
		from = append(from, c.by)
	}
	var all strings.Builder
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		all.WriteString(texts[key])
	}
	m.put("etc/perl/XML/SAX/ParserDetails.ini", []byte(all.String()), from...)
	return nil
}
