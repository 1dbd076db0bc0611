package maintscript

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/slicer/internal/plan"
)

// texLanguage is a line of a package's list of languages: see update-language(8).
type texLanguage struct {
	name, file, left, right, synonyms, patterns, exceptions, special string
}

// texWord is a field of such a line.
var texWord = regexp.MustCompile(`(\w+)=("[^"]*"|\S*)`)

func readTeXLanguages(text string, into map[string]texLanguage) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "%") {
			continue
		}
		l := texLanguage{left: "2", right: "3"}
		for _, found := range texWord.FindAllStringSubmatch(line, -1) {
			value := strings.Trim(found[2], `"`)
			switch found[1] {
			case "name":
				l.name = value
			case "file":
				l.file = value
			case "lefthyphenmin":
				l.left = number(value, l.left)
			case "righthyphenmin":
				l.right = number(value, l.right)
			case "synonyms":
				l.synonyms = value
			case "file_patterns":
				l.patterns = value
			case "file_exceptions":
				l.exceptions = value
			case "luaspecial":
				l.special = value
			}
		}
		if l.name != "" && l.file != "" {
			into[l.name] = l
		}
	}
}

func number(text, otherwise string) string {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return strconv.Itoa(n)
	}
	return otherwise
}

// texForms are the forms in which LaTeX, e-TeX and LuaTeX read the languages, each after a beginning that TeX Live has.
var texForms = []struct {
	head, list, end string
	line            func(texLanguage) string
}{
	{"language.us", "language.dat", "", texLanguage.dat},
	{"language.us.def", "language.def", "\n\\uselanguage {USenglish}  %%% This MUST be the last line of the file.\n", texLanguage.def},
	{"language.us.lua", "language.dat.lua", "}\n", texLanguage.lua},
}

func (m maker) texLanguages() error {
	languages := map[string]texLanguage{}
	var from []*plan.File
	for _, c := range texComponents {
		some, files, err := m.files(path.Join(texParts, "hyphen-cnf", c.name), ".cnf")
		if err != nil {
			return err
		}
		from = append(from, some...)
		for _, f := range files {
			readTeXLanguages(string(f.Data), languages)
		}
	}
	for _, form := range texForms {
		head := m.follow(m.ByPath[texTree+"/tex/generic/config/"+form.head])
		if head == nil {
			continue
		}
		text, err := head.Read(maxSource)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(languages)) {
			text = append(text, form.line(languages[name])...)
		}
		m.put(texVar+"/tex/generic/config/"+form.list, append(text, form.end...), append([]*plan.File{head}, from...)...)
	}
	return nil
}

func (l texLanguage) dat() string {
	text := l.name + " " + l.file + "\n"
	for s := range strings.SplitSeq(l.synonyms, ",") {
		if s != "" {
			text += "=" + s + "\n"
		}
	}
	return text
}

func (l texLanguage) def() string {
	return fmt.Sprintf("\\addlanguage{%s}{%s}{}{%s}{%s}\n", l.name, l.file, l.left, l.right)
}

func (l texLanguage) lua() string {
	var synonyms []string
	for s := range strings.SplitSeq(l.synonyms, ",") {
		if s != "" {
			synonyms = append(synonyms, "'"+s+"'")
		}
	}
	text := fmt.Sprintf("  ['%s'] = {\n    loader = '%s',\n    lefthyphenmin = %s,\n    righthyphenmin = %s,\n    synonyms = { %s },\n",
		l.name, l.file, l.left, l.right, strings.Join(synonyms, ", "))
	for _, field := range []struct{ name, value string }{{"patterns", l.patterns}, {"hyphenation", l.exceptions}, {"special", l.special}} {
		if field.value != "" {
			text += fmt.Sprintf("    %s = '%s',\n", field.name, field.value)
		}
	}
	return text + "  },\n"
}
