package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/text"
)

// directory explains a directory that has files: by the packages that they are of, and why these are there. Names without a slash are those of
// packages and libraries.
func (x explainer) directory(query string) (Explanation, bool) {
	if !strings.Contains(query, "/") {
		return Explanation{}, false
	}
	below := strings.TrimSuffix(path.Clean("/"+query), "/") + "/"
	var reasons []Reason
	var size int64
	files, of := 0, map[string]int{}
	for _, f := range x.m.Files {
		if strings.HasPrefix("/"+f.Path, below) || strings.HasPrefix(x.m.Place(f), below) {
			reasons = append(reasons, x.reasonsOfFile(f)...)
			files, size = files+1, size+f.Weight()
			of[f.Package]++
		}
	}
	if files == 0 {
		return Explanation{}, false
	}
	e := Explanation{Subject: below, About: []string{fmt.Sprintf("a directory: %s, %s", text.Count(files, "file"), text.Bytes(size))}}
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		if i == whyWidth && len(names) > whyWidth+1 {
			e.About = append(e.About, fmt.Sprintf("and of %d more packages", len(names)-i))
			break
		}
		if name != "" {
			e.About = append(e.About, fmt.Sprintf("%s %s", text.Count(of[name], "file"), x.ofPackage(name)))
		}
	}
	e.Why = x.why(x.distinct(reasons), map[string]bool{}, 0)
	return e, true
}
