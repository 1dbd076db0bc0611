package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/manifest"
)

// shownOmissions is how many names stand behind a reason for leaving things out; whittle why has all.
const shownOmissions = 8

// printLeftOut writes in a few lines what was left out, and why. The root is where whittle why can be asked; empty where there is none.
func printLeftOut(w io.Writer, m *manifest.Manifest, root string) error {
	if len(m.Omitted) == 0 {
		return nil
	}
	var lines []string
	classes, packages := map[string]map[string]bool{}, map[string]map[string]bool{} // by reason
	names := map[string][]string{}                                                  // by reason
	for _, o := range m.Omitted {
		if pkg, class, ok := o.OfClass(); ok {
			if classes[o.Reason] == nil {
				classes[o.Reason], packages[o.Reason] = map[string]bool{}, map[string]bool{}
			}
			classes[o.Reason][class.Title()], packages[o.Reason][pkg] = true, true
			continue
		}
		reason, _, _ := strings.Cut(o.Reason, ": ")
		if o.Slice != "" {
			reason += ", name " + o.Slice + " for the rest"
		}
		if !slices.Contains(names[reason], o.Name) {
			names[reason] = append(names[reason], o.Name)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(classes)) {
		lines = append(lines, fmt.Sprintf("%s: %s of %s", reason, strings.Join(slices.Sorted(maps.Keys(classes[reason])), ", "), text.Count(len(packages[reason]), "package")))
	}
	for _, reason := range slices.Sorted(maps.Keys(names)) {
		all := names[reason]
		more := ""
		if len(all) > shownOmissions {
			more = fmt.Sprintf(" and %d more", len(all)-shownOmissions)
			all = all[:shownOmissions]
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s", reason, strings.Join(all, ", "), more))
	}
	for i, line := range lines {
		lines[i] = terminal.Line(line)
	}
	hint := ""
	if root != "" {
		hint = fmt.Sprintf(" (`whittle why %s NAME` says more)", root)
	}
	_, err := fmt.Fprintf(w, "left out%s:\n  %s\n", hint, strings.Join(lines, "\n  "))
	if err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}

// printUndone writes what maintainer scripts would do and the cut does not, a line a package: what matters for a program of it, or
// everything. Advice is what is said where data was not compiled because nobody let it.
func printUndone(w io.Writer, m *manifest.Manifest, all bool, advice string) error {
	lines := manifest.UndoneLines(m.NotDone, all)
	if len(lines) == 0 {
		return nil
	}
	for i, line := range lines {
		lines[i] = terminal.Line(line)
	}
	hint := " (--all says more)"
	if all {
		hint = ""
	}
	if slices.ContainsFunc(m.NotDone, func(u manifest.Undone) bool { return u.Reason == manifest.NotCompiled }) {
		lines = append(lines, terminal.Line(advice))
	}
	if _, err := fmt.Fprintf(w, "not done of maintainer scripts%s:\n  %s\n", hint, strings.Join(lines, "\n  ")); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
