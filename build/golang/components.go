package golang

import (
	"debug/buildinfo"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components lists the modules of Go programs by what the linker recorded in them, sorted, each once.
func components(programs []string) ([]language.Component, error) {
	byPURL := map[string]language.Component{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, fmt.Errorf("cannot read the modules of %s: %w", program, err)
		}
		add := func(path, version string) {
			purl := "pkg:golang/" + path + "@" + version
			byPURL[purl] = language.Component{Name: path, Version: version, PURL: purl}
		}
		add("stdlib", strings.TrimPrefix(info.GoVersion, "go"))
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			add(m.Path, m.Version)
		}
	}
	all := make([]language.Component, 0, len(byPURL))
	for _, c := range byPURL {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}
