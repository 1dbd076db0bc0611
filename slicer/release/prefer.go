package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// preferProblems checks the preferences of one path: they must order all packages that list it in one chain.
func (r *Release) preferProblems(path string, entries []entry) []string {
	lists := map[string]entry{}  // by package: one slice that lists the path
	chain := map[string]string{} // by package: the one it prefers
	var problems []string
	for _, e := range entries {
		lists[e.slice.Package] = e
		target := e.info.Prefer
		if target == "" {
			continue
		}
		if first, twice := chain[e.slice.Package]; twice && first != target {
			problems = append(problems, fmt.Sprintf("package %s prefers both %s and %s on %s (%s)",
				e.slice.Package, first, target, path, e.at()))
		}
		chain[e.slice.Package] = target
	}
	wanted := map[string]string{} // by target: the package that prefers it
	for _, name := range slices.Sorted(maps.Keys(chain)) {
		target, at := chain[name], lists[name].at()
		if first, twice := wanted[target]; twice {
			problems = append(problems, fmt.Sprintf("packages %s and %s both prefer %s on %s (%s, %s)",
				first, name, target, path, lists[first].at(), at))
		}
		wanted[target] = name
		if _, ok := lists[target]; ok {
			continue
		}
		if r.Package(target) == nil {
			problems = append(problems, fmt.Sprintf("slice %s prefers package %s on %s, but the package is missing (%s)",
				lists[name].slice, target, path, at))
			continue
		}
		problems = append(problems, fmt.Sprintf("slice %s prefers package %s on %s, but the package does not list it (%s)",
			lists[name].slice, target, path, at))
	}
	if len(problems) > 0 {
		return problems
	}
	return chainProblems(path, lists, chain)
}

// chainProblems finds loops, and packages that the chain does not reach.
func chainProblems(path string, lists map[string]entry, chain map[string]string) []string {
	names := slices.Sorted(maps.Keys(lists))
	longest := []string{}
	for _, name := range names {
		walked := []string{name}
		for next, ok := chain[name]; ok; next, ok = chain[next] {
			if slices.Contains(walked, next) {
				loop := walked[slices.Index(walked, next):]
				slices.Sort(loop)
				return []string{fmt.Sprintf("prefer loop detected on %s: %s (%s)", path, strings.Join(loop, ", "), lists[loop[0]].at())}
			}
			walked = append(walked, next)
		}
		if len(walked) > len(longest) {
			longest = walked
		}
	}
	var problems []string
	for _, name := range names {
		if !slices.Contains(longest, name) {
			a, b := lists[longest[0]], lists[name]
			problems = append(problems, fmt.Sprintf("slices %s and %s conflict on %s: no prefer orders them (%s, %s)",
				a.slice, b.slice, path, a.at(), b.at()))
		}
	}
	return problems
}
