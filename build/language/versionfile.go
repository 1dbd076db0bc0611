package language

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/document"
)

// VersionFile reads a file that holds nothing but a version and comments, such as .ruby-version, .go-version and .nvmrc:
// its first line that says something is a wish. A file that is missing or says nothing has none.
func VersionFile(files fs.FS, name string) ([]Wish, error) {
	lines, err := plainLines(files, name)
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		if line = strings.TrimSpace(line); line == "system" { // of a tool manager: the one that is there
			return nil, nil
		}
		if line != "" {
			from := name
			if i > 0 {
				from = fmt.Sprintf("%s line %d", name, i+1)
			}
			return []Wish{{Spec: line, From: from, Pin: true}}, nil
		}
	}
	return nil, nil
}

// FileWishes reads VersionFile, and then ToolVersions: the strongest first. "latest" is left out, for languages whose newest version of a
// line is the one that the build has.
func FileWishes(files fs.FS, name string, tools ...string) ([]Wish, error) {
	own, err := VersionFile(files, name)
	if err != nil {
		return nil, err
	}
	managed, err := ToolVersions(files, tools...)
	return slices.DeleteFunc(append(own, managed...), func(w Wish) bool { return w.Spec == "latest" }), err
}

// plainLines are the lines of a file that people write by hand, less what follows a #; none of a file that is missing.
func plainLines(files fs.FS, name string) ([]string, error) {
	text, _, err := ReadText(files, name)
	if err != nil {
		return nil, err
	}
	if err := PlainText(name, text); err != nil {
		return nil, err
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, "#")
	}
	return lines, nil
}

// ToolVersions reads what the files of tool managers say about the version of a tool, by all names that it has there
// (node, nodejs): [tools] of mise.toml, then .tool-versions, which asdf and mise share, the strongest first. Of several
// versions of one tool the first counts. Spec may be "latest"; what names no version (system, path:…) is no wish.
func ToolVersions(files fs.FS, names ...string) ([]Wish, error) {
	var all []Wish
	for _, read := range []func(fs.FS, []string) ([]Wish, error){miseFiles, asdfFile} {
		found, err := read(files, names)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// asdfFile reads .tool-versions: "nodejs 22.1.0 system # ours" is a tool, and versions in the order that they are tried.
func asdfFile(files fs.FS, names []string) ([]Wish, error) {
	const name = ".tool-versions"
	lines, err := plainLines(files, name)
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		if words := strings.Fields(line); len(words) > 1 && slices.Contains(names, words[0]) {
			return toolWish(words[1], fmt.Sprintf("%s line %d", name, i+1)), nil
		}
	}
	return nil, nil
}

// miseFiles reads [tools] of mise's files: a version, a list of them, or a table with a version. "core:node" is node.
func miseFiles(files fs.FS, names []string) ([]Wish, error) {
	var all []Wish
	for _, name := range []string{"mise.toml", ".mise.toml"} {
		text, _, err := ReadText(files, name)
		if err != nil {
			return nil, err
		}
		var mise struct {
			Tools map[string]any `toml:"tools"`
		}
		if _, err := document.TOML(text, &mise); err != nil {
			return nil, TOMLError(name, err)
		}
		for _, tool := range names {
			for _, key := range []string{tool, "core:" + tool} {
				spec, err := miseVersion(mise.Tools[key])
				if err != nil {
					return nil, &Problem{What: fmt.Sprintf("cannot read the version of %s in %s", tool, name), Evidence: []string{err.Error()}, Next: "Write it in quotes."}
				}
				all = append(all, toolWish(spec, name)...)
			}
		}
	}
	return all, nil
}

// miseVersion reads "22", ["22", "20"] and { version = "22" }; it is empty where there is none.
func miseVersion(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case []any:
		if len(v) > 0 {
			return miseVersion(v[0])
		}
		return "", nil
	case map[string]any:
		return miseVersion(v["version"])
	}
	return "", fmt.Errorf("%v is no text", v) // 3.10 would be 3.1
}

// toolWish makes a wish of a version as tool managers write it. prefix:3.13 and latest:3.13 are the newest of 3.13.
func toolWish(spec, from string) []Wish {
	kind, rest, ok := strings.Cut(spec, ":")
	if ok && (kind == "prefix" || kind == "latest") {
		spec, ok = rest, false
	}
	if ok && kind == "path" || spec == "system" || spec == "" {
		return nil
	}
	return []Wish{{Spec: spec, From: from, Pin: true}}
}
