package main

import (
	"fmt"
	"text/tabwriter"

	"whittle.dev/whittle/internal/terminal"
)

// shownHits is how many hits are printed without --all.
const shownHits = 20

// print writes the hits as a table, and how to cut the best.
func (f *find) print(hits []hit) error {
	shown := hits
	if len(hits) > shownHits && !f.all {
		shown = hits[:shownHits]
	}
	t := tabwriter.NewWriter(f.stdout, 0, 0, 2, ' ', 0)
	for _, h := range shown {
		name := h.Package
		if h.Kind == "package" || h.Kind == "slice" {
			name = ""
		}
		terminal.Fprintf(t, "%s\t%s\t%s\n", h.Kind, h.Name, joinFields("  ", name, h.Version, h.Note))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	if more := len(hits) - len(shown); more > 0 {
		terminal.Fprintf(f.stdout, "and %d more (--all)\n", more)
	}
	if len(hits) > 0 {
		terminal.Fprintln(f.stdout, howToCut(hits[0]))
	}
	return nil
}

// howToCut says what to do with a hit.
func howToCut(h hit) string {
	if h.Cut == "" {
		return fmt.Sprintf("for compiling: apt-get install %s, or packages = [%q] under [dev.whittle.build] in project.toml", h.Package, h.Package)
	}
	return "cut it with: whittle cut --root DIR " + h.Cut
}

// joinFields joins what is not empty.
func joinFields(between string, fields ...string) string {
	s := ""
	for _, f := range fields {
		if f != "" && s != "" {
			s += between
		}
		s += f
	}
	return s
}
