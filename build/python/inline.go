package python

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
	people "whittle.dev/whittle/internal/text"
)

// metadata matches the block of a script's metadata (PEP 723), which stands in comments.
var metadata = regexp.MustCompile(`(?m)^# /// script[ \t]*\r?\n((?:#(?: [^\n]*)?\r?\n)+?)# ///[ \t]*\r?$`)

// planScript installs what a script in the app's folder says that it requires, in the newest versions that fit: the first in the
// order in which files are looked for to start. It returns nil where none says anything.
func planScript(dir fs.FS, m *manifest) (*plan, error) {
	names, err := fs.Glob(dir, "*.py")
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(names, func(a, b string) int { return module{Path: a}.rank() - module{Path: b}.rank() })
	for _, name := range names {
		text, _, err := language.ReadText(dir, name)
		if err != nil {
			return nil, err
		}
		found := metadata.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		var said struct {
			Dependencies []string `toml:"dependencies"`
		}
		if _, err := document.TOML(uncommented(found[1]), &said); err != nil {
			return nil, language.TOMLError(name+" (the metadata in its comments)", err)
		}
		requires, err := requirements(said.Dependencies)
		if err != nil {
			return nil, err
		}
		return scriptPlan(name, m, requires), nil
	}
	return nil, nil
}

func scriptPlan(name string, m *manifest, requires []Requirement) *plan {
	p := newPlan(name, m)
	var lines []string
	for _, r := range requires {
		p.expect(r, name+": "+r.String())
		lines = append(lines, r.String())
	}
	if len(lines) > 0 {
		p.Steps = []step{{What: people.Count(len(lines), "requirement") + " of " + name, Lines: lines}}
		p.Warnings = append(p.Warnings, "no lock file: each build takes the newest versions that "+name+" allows")
	}
	return p
}

// uncommented are lines without the "# " in front of each.
func uncommented(block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		b.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
	}
	return b.String()
}
