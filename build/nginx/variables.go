package nginx

import (
	"regexp"
	"slices"
	"strings"
)

// A variable in capital letters is one of the environment, but for those to which the configuration itself gives a value. nginx knows names in any
// case for the same: its own are written in small letters, and are not filled in when the process starts.

// ofTemplate marks a variable that a template of another platform takes from the environment: a variable of nginx may have its name.
const ofTemplate = "env:"

// lastNamed are the directives that give a value to the variable in their last word; others do to that in their first.
var lastNamed = []string{"map", "geo", "split_clients"}

var (
	// capture matches a part of a regular expression that has a name, and so becomes a variable.
	capture = regexp.MustCompile(`\(\?P?[<']([A-Z][A-Z0-9_]*)[>']`)
	whole   = regexp.MustCompile(`^\$\{([A-Z][A-Z0-9_]*)\}$`)
)

// ownVariables are those in capital letters that directives set.
func ownVariables(all []directive) []string {
	var names []string
	for _, d := range all {
		at := -1
		switch name := d.name(); {
		case slices.Contains(lastNamed, name):
			at = len(d.words) - 1
		case strings.HasPrefix(name, "set") || strings.HasSuffix(name, "_set") || name == "js_var":
			at = min(1, len(d.words)-1)
		}
		if at > 0 {
			if m := whole.FindStringSubmatch(bare(d.words[at])); m != nil {
				names = append(names, m[1])
			}
		}
		for _, w := range d.words {
			for _, m := range capture.FindAllStringSubmatch(w, -1) {
				names = append(names, m[1])
			}
		}
		names = append(names, ownVariables(d.block)...)
	}
	return names
}

// withOwn writes the variables of the configuration's own as nginx reads them, and those of templates as they are filled in.
func withOwn(all []directive, own []string) []directive {
	made := []directive{}
	for _, d := range all {
		d.words = slices.Clone(d.words)
		for i, w := range d.words {
			if m := whole.FindStringSubmatch(w); m != nil && slices.Contains(own, m[1]) {
				d.words[i] = "$" + strings.ToLower(m[1]) // a directive that sets it takes no braces
				continue
			}
			w = filledIn.ReplaceAllStringFunc(w, func(s string) string {
				if name := s[2 : len(s)-1]; slices.Contains(own, name) {
					return "${" + strings.ToLower(name) + "}"
				}
				return s
			})
			d.words[i] = strings.ReplaceAll(w, "${"+ofTemplate, "${")
		}
		if d.block != nil {
			d.block = withOwn(d.block, own)
		}
		made = append(made, d)
	}
	return made
}
