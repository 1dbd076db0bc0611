package maintscript

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer/internal/plan"
)

// Where Debian's TeX looks: texTree is what it consists of, texVar has what tex-common makes of the packages' parts in texParts.
const (
	texTree   = "usr/share/texlive/texmf-dist"
	texDebian = "usr/share/texmf"
	texVar    = "var/lib/texmf"
	texParts  = "var/lib/tex-common"
)

// texLists are the lists that tex-common joins from parts of packages: of formats, by which TeX makes the one that it lacks, and of
// fonts.
var texLists = []struct{ parts, ending, list string }{
	{"fmtutil-cnf", ".cnf", "fmtutil.cnf"},
	{"fontmap-cfg", ".cfg", "updmap.cfg"},
}

// texComponents are the parts of a list, each of which has a list of its own.
var texComponents = []struct{ name, ending string }{{"texlive", "-TEXLIVEDIST"}, {"texmf", "-DEBIAN"}}

// tex makes what TeX finds files by: the lists of formats and fonts, the languages that it hyphenates, the fonts by their names, and the
// names of all files in its trees, without which it looks into none of them. A format is not made: TeX makes the one that it lacks
// when it starts.
func (m maker) tex() error {
	if len(m.calls("update-texmf-config")) == 0 || m.ByPath[texTree+"/web2c/texmf.cnf"] == nil {
		return nil
	}
	for _, l := range texLists {
		for _, c := range texComponents {
			from, files, err := m.files(path.Join(texParts, l.parts, c.name), l.ending)
			if err != nil {
				return err
			}
			if len(from) == 0 { // TeX reads one of each component
				from = []*plan.File{m.ByPath[texTree+"/web2c/texmf.cnf"]}
			}
			var text []byte
			for _, f := range files {
				text = append(text, f.Data...)
			}
			m.put(texVar+"/"+l.list+c.ending, text, from...)
		}
	}
	if err := m.texLanguages(); err != nil {
		return err
	}
	if err := m.texFonts(); err != nil {
		return err
	}
	m.texNames(texTree, texVar+"/ls-R-TEXLIVEDIST")
	m.texNames(texDebian, texDebian+"/ls-R")
	m.texNames(texVar, texVar+"/ls-R")
	return nil
}

// texMap is a line of a list of fonts: those with outlines, and those with a bitmap form besides. texQuotes and texSpaces are
// what updmap(1) writes in one way.
var (
	texMap    = regexp.MustCompile(`(?m)^(Mixed)?Map[ \t]+(\S+)`)
	texQuotes = regexp.MustCompile(`\s*"\s*([^"]*?)\s*"\s*`)
	texSpaces = regexp.MustCompile(`\s+`)
)

// texFontMaps are where dvips and pdfTeX read which file has a font: without them a PDF has no letters.
var texFontMaps = []string{texVar + "/fonts/map/dvips/updmap/psfonts.map", texVar + "/fonts/map/pdftex/updmap/pdftex.map"}

// texFonts joins the lists of fonts that packages name into one, as updmap does: those of PostScript first, then those that are also
// bitmaps.
func (m maker) texFonts() error {
	var mixed, outlines []string
	for _, c := range texComponents {
		list := m.ByPath[texVar+"/updmap.cfg"+c.ending]
		if list == nil {
			continue
		}
		text, err := list.Read(maxSource)
		if err != nil {
			return err
		}
		for _, found := range texMap.FindAllStringSubmatch(string(text), -1) {
			if found[1] != "" {
				mixed = append(mixed, found[2])
			} else {
				outlines = append(outlines, found[2])
			}
		}
	}
	lists := m.texMapFiles()
	var from []*plan.File
	var all strings.Builder
	written := map[string]bool{}
	for _, name := range slices.Concat([]string{"ps2pk35.map"}, slices.Sorted(slices.Values(mixed)), slices.Sorted(slices.Values(outlines))) {
		f := m.follow(lists[name])
		if f == nil {
			m.Omit("fonts of "+name+" of TeX", "the cut does not have this list", m.rule)
			continue
		}
		from = append(from, f)
		text, err := f.Read(maxSource)
		if err != nil {
			return err
		}
		all.WriteString("% " + name + "\n")
		for _, line := range texLines(string(text)) {
			if !written[line] {
				written[line] = true
				all.WriteString(line + "\n")
			}
		}
	}
	for _, at := range texFontMaps {
		m.put(at, []byte(all.String()), from...)
	}
	return nil
}

// texLines are the lines of a list of fonts as updmap writes them: sorted, and without comments.
func texLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(texSpaces.ReplaceAllString(line, " "), " ")
		if line != "" && !strings.ContainsAny(line[:1], "*#;%") {
			lines = append(lines, strings.TrimSpace(texQuotes.ReplaceAllString(line, ` " $1 " `)))
		}
	}
	slices.Sort(lines)
	return lines
}

// texMapFiles are the lists of fonts of packages by their names: for dvips before those for others.
func (m maker) texMapFiles() map[string]*plan.File {
	lists := map[string]*plan.File{}
	for _, f := range m.Sorted() {
		if !strings.HasSuffix(f.Path, ".map") || !paths.IsBelow(f.Path, texTree+"/fonts/map", texDebian+"/fonts/map") {
			continue
		}
		if name := path.Base(f.Path); lists[name] == nil || strings.Contains(f.Path, "/fonts/map/dvips/") && !strings.Contains(lists[name].Path, "/fonts/map/dvips/") {
			lists[name] = f
		}
	}
	return lists
}

// texNames lists the files of a tree, in the form of "ls -R" that kpathsea reads: its own directory is "./".
func (m maker) texNames(root, list string) {
	below := map[string]map[string]bool{"": {}} // names by directory of the tree
	note := func(at string) {
		for at != "" {
			dir := paths.Parent(at)
			if below[dir] == nil {
				below[dir] = map[string]bool{}
			}
			below[dir][path.Base(at)] = true
			at = dir
		}
	}
	var first *plan.File
	for _, at := range slices.Sorted(maps.Keys(m.ByPath)) {
		if rest, ok := strings.CutPrefix(at, root+"/"); ok {
			note(rest)
			first = cmp.Or(first, m.ByPath[at])
		}
	}
	if first == nil {
		return
	}
	var text strings.Builder
	text.WriteString("% ls-R -- filename database for kpathsea; do not change this line.\n")
	for _, dir := range slices.Sorted(maps.Keys(below)) {
		fmt.Fprintf(&text, "./%s:\n", dir)
		for _, name := range slices.Sorted(maps.Keys(below[dir])) {
			text.WriteString(name + "\n")
		}
		text.WriteString("\n")
	}
	m.put(list, []byte(text.String()), first)
}
