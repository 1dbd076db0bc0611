package python

import (
	"bufio"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components lists the installed distributions by their metadata (PEP 566), sorted by name.
func (p *python) components() ([]language.Component, error) {
	found, err := filepath.Glob(filepath.Join(p.sitePackages(), "*.dist-info", "METADATA"))
	if err != nil {
		return nil, fmt.Errorf("cannot list installed packages: %w", err)
	}
	var all []language.Component
	for _, name := range found {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		// What follows the header is the description; a header that ends early has what counts.
		h, _ := textproto.NewReader(bufio.NewReader(f)).ReadMIMEHeader()
		_ = f.Close() // it was only read
		c := language.Component{Name: h.Get("Name"), Version: h.Get("Version"), License: h.Get("License-Expression")}
		if c.Name == "" {
			return nil, fmt.Errorf("cannot read %s: it names no package", name)
		}
		c.PURL = "pkg:pypi/" + normalize(c.Name) + "@" + c.Version
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}
