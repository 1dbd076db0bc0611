package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// packageSum is what one package weighs in a cut.
type packageSum struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"`
	Origin  string `json:"origin"`
}

// sumPackages adds up a manifest's packages, the heaviest first.
func sumPackages(m *manifest.Manifest) []packageSum {
	files := map[string][]manifest.File{}
	for _, f := range m.Files {
		files[f.Package] = append(files[f.Package], f)
	}
	var sums []packageSum
	for _, p := range m.Packages {
		s := packageSum{Name: p.Name, Version: p.Version, Origin: p.Origin}
		s.Files, s.Size = countFiles(files[p.Name])
		sums = append(sums, s)
	}
	slices.SortFunc(sums, func(a, b packageSum) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name))
	})
	return sums
}

// printSummary writes a table of packages, and what was left out or cannot be seen.
func printSummary(w io.Writer, title string, m *manifest.Manifest) error {
	n, size := countFiles(m.Files)
	terminal.Fprintf(w, "%s (%s): %s, %s, %s\n", title, m.Arch, text.Count(len(m.Packages), "package"), text.Count(n, "file"), text.Bytes(size))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	why := manifest.PackageReasons(m)
	for _, p := range sumPackages(m) {
		terminal.Fprintf(t, "  %s\t%s\t%s\t%s\n", p.Name, p.Version, text.Bytes(p.Size), why[p.Name])
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	for _, u := range m.Unseen {
		layer, path, _ := strings.Cut(u, ":")
		terminal.Fprintf(w, "not seen at its own path: /%s (in layer %s)\n", path, layer)
	}
	return nil
}

func regular(f manifest.File) bool { return f.Kind == tree.File }

func countFiles(files []manifest.File) (n int, size int64) {
	for f := range slices.Values(files) {
		if regular(f) {
			n++
			size += f.Weight()
		}
	}
	return n, size
}
