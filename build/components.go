package build

import (
	"bufio"
	"debug/buildinfo"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/sbom"
)

// pythonComponents lists the installed distributions by their metadata (PEP 566), sorted by name.
func pythonComponents(sitePackages string) ([]sbom.Component, error) {
	found, err := filepath.Glob(filepath.Join(sitePackages, "*.dist-info", "METADATA"))
	if err != nil {
		return nil, fmt.Errorf("cannot list installed packages: %w", err)
	}
	var all []sbom.Component
	for _, name := range found {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		// What follows the header is the description; a header that ends early has what counts.
		h, _ := textproto.NewReader(bufio.NewReader(f)).ReadMIMEHeader()
		_ = f.Close() // it was only read
		c := sbom.Component{Name: h.Get("Name"), Version: h.Get("Version"), License: h.Get("License-Expression")}
		if c.Name == "" {
			return nil, fmt.Errorf("cannot read %s: it names no package", name)
		}
		c.PURL = "pkg:pypi/" + strings.ToLower(strings.ReplaceAll(c.Name, "_", "-")) + "@" + c.Version
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b sbom.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// goComponents lists the modules of Go programs by what the linker recorded in them, sorted, each once.
func goComponents(programs []string) ([]sbom.Component, error) {
	byPURL := map[string]sbom.Component{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, fmt.Errorf("cannot read the modules of %s: %w", program, err)
		}
		add := func(path, version string) {
			purl := "pkg:golang/" + path + "@" + version
			byPURL[purl] = sbom.Component{Name: path, Version: version, PURL: purl}
		}
		add("stdlib", strings.TrimPrefix(info.GoVersion, "go"))
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			add(m.Path, m.Version)
		}
	}
	all := make([]sbom.Component, 0, len(byPURL))
	for _, c := range byPURL {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b sbom.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}
