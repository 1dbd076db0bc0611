package python

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// A function that a platform calls (def handler(event, context)) is no program: Python reads the file, and ends.

var (
	// harmless matches a line at the left margin that runs nothing: it imports, defines, is a value, or ends one.
	harmless = regexp.MustCompile(`^(?:$|\s|[)}\]]+,?$|["']{1,3}|import\s+[\w.]+(?:\s+as\s+\w+)?\s*$|from\s+\w[\w.]*\s+import\s|(?:async\s+)?def\s|class\s|\w+\s*(?::[^=]+)?=\s*(?:$|["'\d\[{-]|None\b|True\b|False\b|os\.(?:environ|getenv)\b|logging\.getLogger\())`)
	defined  = regexp.MustCompile(`(?m)^(?:async\s+)?def\s+(\w+)`)
)

// idle are the functions of a file that defines functions and does nothing else when it is run; none where a line may do more, such as
// the import of another file of the app.
func (m module) idle(all []module) []string {
	for line := range strings.Lines(m.Code) {
		if !harmless.MatchString(strings.TrimRight(line, "\r\n")) {
			return nil
		}
	}
	for _, found := range importLine.FindAllStringSubmatch(m.Code, -1) {
		name, _, _ := strings.Cut(found[1]+found[2], ".")
		if name == "" || slices.ContainsFunc(all, func(o module) bool {
			return o.Path == path.Join(path.Dir(m.Path), name+".py") || o.Path == name+".py" || strings.HasPrefix(o.Path, name+"/") || strings.HasPrefix(o.Path, path.Join(path.Dir(m.Path), name)+"/")
		}) {
			return nil
		}
	}
	var names []string
	for _, found := range defined.FindAllStringSubmatch(m.Code, -1) {
		names = append(names, found[1])
	}
	return names
}

// unserved is the problem of an app whose file defines functions alone. One that takes a request may be Google's.
func (s start) unserved() error {
	const program = "rite a Procfile with a line for the program that calls them."
	next := "W" + program
	if s.Answers != "" {
		next = "Name the function that Google's Functions Framework is to serve: GOOGLE_FUNCTION_TARGET=" + s.Answers + "; or w" + program
	}
	return &language.Problem{
		What:     "the app would end as soon as it is started: " + s.Why + " defines functions, and nothing calls them",
		Evidence: []string{language.Some(s.Idle)},
		Next:     next,
	}
}
