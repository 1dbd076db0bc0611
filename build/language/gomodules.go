package language

import (
	"debug/buildinfo"
	"fmt"
	"path"
	"slices"
	"strings"
)

// GoModules tells what the linker recorded in Go programs: their modules, sorted, each once, and whether all were built
// without cgo. A program that is not Go's is an error.
func GoModules(programs []string) (all []Component, static bool, err error) {
	static = true
	byPURL := map[string]Component{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, false, fmt.Errorf("cannot read the modules of %s: %w", program, err)
		}
		add := func(name, version string) {
			folder, base := path.Split(name)
			purl := PURL("golang", strings.TrimSuffix(folder, "/"), base, version)
			c := byPURL[purl]
			byPURL[purl] = Component{Name: name, Version: version, PURL: purl, Paths: append(c.Paths, program)}
		}
		add("stdlib", strings.TrimPrefix(info.GoVersion, "go"))
		for _, s := range info.Settings {
			static = static && (s.Key != "CGO_ENABLED" || s.Value == "0")
		}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			add(m.Path, m.Version)
		}
	}
	for _, c := range byPURL {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, static, nil
}
