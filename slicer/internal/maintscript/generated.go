package maintscript

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/compiled"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// rule makes files that programs fail without, and that a trigger or a maintainer script would have made. It looks at
// the plan alone and runs nothing, so its result is the same for every architecture and wherever it is made.
type rule struct {
	name    string   // of the reason in the manifest
	does    []string // the programs of maintainer scripts that it stands for, by base name
	follows []string // those whose calls it follows, where they are not computed and not in doubt
	tells   []string // those whose calls it follows, where they are not computed: see registrations
	make    func(maker) error
}

// rules are all of them. What else scripts do is listed by AddUndone.
var rules = []rule{
	{name: "ca-bundle", does: []string{"update-ca-certificates"}, make: maker.caBundle},
	{name: "ca-links", make: maker.certificateLinks},
	{name: "java-cacerts", make: maker.javaCacerts},
	{name: "glib-schemas", does: []string{"glib-compile-schemas"}, make: maker.schemas},
	{name: "gio-modules", does: []string{"gio-querymodules"}, make: maker.gioModules},
	{name: "gdk-pixbuf-loaders", does: []string{"gdk-pixbuf-query-loaders"}, make: maker.pixbufLoaders},
	{name: "graphviz-plugins", does: []string{"libgvc6-config-update"}, make: maker.graphviz},
	{name: "mime-database", does: []string{"update-mime-database"}, make: maker.mime},
	{name: "xml-catalogs", follows: []string{"update-xmlcatalog"}, make: maker.xmlCatalogs},
	{name: "perl-sax-parsers", follows: []string{"update-perl-sax-parsers"}, make: maker.saxParsers},
	{name: "odbc-drivers", tells: []string{"odbcinst"}, make: maker.odbcDrivers},
	{name: "pam-stacks", does: []string{"pam-auth-update"}, make: maker.pam},
	{name: "apache-enabled", tells: apachePrograms, make: maker.apache},
	{name: "login-shells", does: []string{"update-shells"}, follows: []string{"add-shell"}, make: maker.loginShells},
	{name: "inetd-services", tells: []string{"update-inetd"}, make: maker.inetServices},
	{name: "mailcap", does: []string{"update-mime"}, make: maker.mailcap},
	{name: "script", make: maker.scriptFiles},
	{name: "php-modules", follows: []string{"php_invoke"}, make: maker.phpModules}, // of files that scripts make
	{name: "tex-files", does: []string{"mktexlsr"}, make: maker.tex},               // the names of all files
}

// AddGenerated makes the files that programs fail without and that a trigger or a maintainer script would have made: the
// bundle of certificates, GLib's schemas, the MIME database and their like, one rule each. An error means that a planned file
// cannot be read; what a rule cannot use is omitted, with the reason.
func (p *Pass) AddGenerated() error {
	in := map[string][]*plan.File{}
	for _, at := range slices.Sorted(maps.Keys(p.ByPath)) {
		in[path.Dir(at)] = append(in[path.Dir(at)], p.ByPath[at])
	}
	for _, r := range rules {
		if err := r.make(maker{p, r.name, in}); err != nil {
			return err
		}
	}
	return nil
}

// maker is what a rule sees: the plan, and its files by directory, sorted by name.
type maker struct {
	*Pass
	rule string
	in   map[string][]*plan.File
}

// maxSource bounds the files that caches are made from, in bytes.
const maxSource = 64 << 20

// files returns the regular files of a directory that have one of the endings, with their bytes; links count as what
// they lead to, if that is in the plan.
func (m maker) files(dir string, endings ...string) ([]*plan.File, []compiled.File, error) {
	var from []*plan.File
	var files []compiled.File
	for _, f := range m.in[dir] {
		if !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(f.Path, e) }) {
			continue
		}
		body := m.follow(f)
		if body == nil {
			continue
		}
		data, err := body.Read(maxSource)
		if err != nil {
			return nil, nil, err
		}
		from = append(from, f)
		files = append(files, compiled.File{Name: path.Base(f.Path), Data: data})
	}
	return from, files, nil
}

// follow goes from links to the file that they lead to; nil if that is not in the plan.
func (m maker) follow(f *plan.File) *plan.File {
	for hops := 0; f != nil && f.Kind == tree.Symlink; hops++ {
		if hops == 16 {
			return nil
		}
		f = m.ByPath[debian.LinkTarget(f.Path, f.Link)]
	}
	if f == nil || f.Kind != tree.File {
		return nil
	}
	return f
}

// put plans a file that was made from others, unless something is at its path already. It lands in the layer of the
// first of them, and belongs to their package if they have the same one.
func (m maker) put(at string, body []byte, from ...*plan.File) {
	if m.Here(at) || len(from) == 0 {
		return
	}
	f := m.Generate(m.Layer(at, from[0].Layer), at, from[0].Package, body)
	f.Slice, f.Why, f.Unlisted = from[0].Slice, nil, m.Defined[from[0].Slice]
	for _, source := range from {
		if source.Package != from[0].Package {
			f.Package, f.Slice, f.Unlisted = "", "", false
		}
		if why := (manifest.Reason{Kind: manifest.Generated, By: source.Package, Name: m.rule}); !slices.Contains(f.Why, why) {
			f.Why = append(f.Why, why)
		}
	}
	m.ByPath[at] = f
}

// leave notes what a cache does not have, and why.
func (m maker) leave(cache string, ignored []compiled.Ignored) {
	for _, i := range ignored {
		m.Omit(fmt.Sprintf("%s in /%s", i.Name, cache), i.Err.Error(), m.rule)
	}
}
