package manifest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
)

// shownFiles is how many changed files Write lists at most, unless it is asked for all.
const shownFiles = 20

// Write prints the differences as text: a line for each package, then for each file, then the totals. "+" is added, "-"
// removed, "~" changed. Many files are counted by package only, unless all are asked for.
func (d Diff) Write(w io.Writer, all bool) error {
	var b, table bytes.Buffer
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, p := range d.Packages {
		terminal.Fprintf(t, "%s package %s\t%s\t%s\n", p.Change.sign(), p.Name, p.versions(), p.weight())
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("cannot write differences: %w", err)
	}
	for line := range strings.Lines(table.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n") // an empty cell is no reason for blanks
	}
	if all || len(d.Files) <= shownFiles {
		for _, f := range d.Files {
			terminal.Fprintf(&b, "%s %s:%s %s\n", f.Change.sign(), f.Layer, f.Path, f.details())
		}
	} else {
		terminal.Fprintf(&b, "%s (--files lists them)\n", d.counts())
	}
	terminal.Fprintf(&b, "packages %d -> %d, files %d -> %d, size %s -> %s (%s)\n", d.Before.Packages, d.After.Packages,
		d.Before.Files, d.After.Files, text.Bytes(d.Before.Bytes), text.Bytes(d.After.Bytes), text.SignedBytes(d.After.Bytes-d.Before.Bytes))
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("cannot write differences: %w", err)
	}
	return nil
}

// counts says how many files came, went and changed.
func (d Diff) counts() string {
	n := map[Change]int{}
	for _, f := range d.Files {
		n[f.Change]++
	}
	return fmt.Sprintf("files: %d added, %d removed, %d changed", n[Added], n[Removed], n[Changed])
}

// weight says how the package's size changed, and in how many files.
func (p PackageChange) weight() string {
	s := ""
	if p.BeforeBytes != p.AfterBytes {
		s = text.SignedBytes(p.AfterBytes - p.BeforeBytes)
	}
	switch {
	case p.Files == 0:
		return s
	case s != "":
		s += " "
	}
	if p.Files == 1 {
		return s + "in 1 file"
	}
	return fmt.Sprintf("%sin %s", s, text.Count(p.Files, "file"))
}

// sign stands before a line: those of diff -u, and one for a change in place.
func (c Change) sign() string {
	switch c {
	case Added:
		return "+"
	case Removed:
		return "-"
	default:
		return "~"
	}
}

func (p PackageChange) versions() string {
	switch {
	case p.Change == Added:
		return p.After
	case p.Change == Removed:
		return p.Before
	case p.Rebuilt:
		return p.After + " (another build of it)"
	case p.Before == p.After:
		return p.After
	default:
		return p.Before + " -> " + p.After
	}
}

func (f FileChange) details() string {
	switch f.Change {
	case Added:
		return text.Bytes(f.After)
	case Removed:
		return text.Bytes(f.Before)
	}
	s := strings.Join(f.What, ", ")
	if f.Before != f.After {
		s += fmt.Sprintf(" %s -> %s", text.Bytes(f.Before), text.Bytes(f.After))
	}
	return s
}
