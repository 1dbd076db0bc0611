package maintscript

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/internal/plan"
)

const apacheDir = "etc/apache2"

// apachePrograms are those by which packages enable modules, configurations and sites of Apache. The last two are functions of
// apache2's helper for maintainer scripts.
var apachePrograms = []string{"a2enmod", "a2dismod", "a2enconf", "a2disconf", "a2ensite", "a2dissite", "apache2_invoke", "apache2_switch_mpm"}

// apacheChange is one thing that is enabled or disabled: its kind (mod, conf, site) and name.
type apacheChange struct {
	enable     bool
	kind, name string
}

// apache enables what the scripts of apache2 and of its modules would: links in mods-enabled, conf-enabled and sites-enabled to what
// stands in the directories beside them, with the modules that a module depends on. A condition may decide over it: it asks what was
// enabled before, and before an image there is nothing.
func (m maker) apache() error {
	enabled, by := []apacheChange{}, map[apacheChange]*plan.File{}
	for _, c := range m.registrations(apachePrograms...) {
		for _, change := range apacheChanges(c) {
			if change.enable {
				more, err := m.apacheNeeds(change, nil)
				if err != nil {
					return err
				}
				enabled = append(enabled, more...)
				for _, e := range more {
					by[e] = c.by
				}
				continue
			}
			enabled = slices.DeleteFunc(enabled, func(e apacheChange) bool {
				return (!c.Maybe || c.Name() == "apache2_switch_mpm") && e.kind == change.kind && (e.name == change.name || change.name == "mpm_*" && strings.HasPrefix(e.name, "mpm_"))
			})
		}
	}
	for _, e := range enabled {
		for _, ending := range []string{".load", ".conf"} {
			from := path.Join(apacheDir, plural(e.kind)+"-available", e.name+ending)
			if m.ByPath[from] == nil {
				continue
			}
			link := madeFile{path: path.Join(apacheDir, plural(e.kind)+"-enabled", e.name+ending), link: "../" + strings.TrimPrefix(from, apacheDir+"/")}
			if err := m.linkOnce(by[e], link); err != nil {
				return err
			}
		}
	}
	return nil
}

func plural(kind string) string {
	if kind == "conf" {
		return kind
	}
	return kind + "s"
}

// apacheChanges reads what a call enables and disables.
func apacheChanges(c called) []apacheChange {
	words := slices.DeleteFunc(slices.Clone(c.Words[1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
	action := c.Name()
	if action == "apache2_switch_mpm" && len(words) == 1 {
		return []apacheChange{{false, "mod", "mpm_*"}, {true, "mod", "mpm_" + words[0]}}
	}
	if action == "apache2_invoke" && len(words) > 1 {
		action, words = words[0], words[1:2]
	}
	action = strings.TrimPrefix(action, "a2")
	var all []apacheChange
	for _, kind := range []string{"mod", "conf", "site"} {
		for _, name := range words {
			name = strings.TrimSuffix(name, ".conf")
			switch action {
			case "en" + kind:
				all = append(all, apacheChange{true, kind, name})
			case "dis" + kind:
				all = append(all, apacheChange{false, kind, name})
			}
		}
	}
	return all
}

// apacheNeeds are a module and those that its file says it depends on. What is not in the plan is omitted.
func (m maker) apacheNeeds(e apacheChange, seen []string) ([]apacheChange, error) {
	ending := ".conf"
	if e.kind == "mod" {
		ending = ".load"
	}
	at := path.Join(apacheDir, plural(e.kind)+"-available", e.name+ending)
	f := m.follow(m.ByPath[at])
	if f == nil || slices.Contains(seen, e.name) {
		if f == nil {
			m.Omit(fmt.Sprintf("%s %s of Apache", e.kind, e.name), "there is no /"+at, m.rule)
		}
		return nil, nil
	}
	all := []apacheChange{e}
	text, err := f.Read(maxSource)
	if err != nil || e.kind != "mod" {
		return all, err
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "# Depends:")
		if !ok {
			continue
		}
		for name := range strings.FieldsSeq(strings.ReplaceAll(rest, ",", " ")) {
			more, err := m.apacheNeeds(apacheChange{true, "mod", name}, append(seen, e.name))
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	return all, nil
}
