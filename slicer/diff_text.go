package slicer

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Write prints the differences as text, a line each: packages, then files, then the totals. "+" is added, "-" removed,
// "~" changed.
func (d Diff) Write(w io.Writer) error {
	var b bytes.Buffer
	for _, p := range d.Packages {
		fmt.Fprintf(&b, "%s package %s %s\n", p.Change.sign(), p.Name, p.versions())
	}
	for _, f := range d.Files {
		fmt.Fprintf(&b, "%s %s:%s %s\n", f.Change.sign(), f.Layer, f.Path, f.details())
	}
	fmt.Fprintf(&b, "packages %d -> %d, files %d -> %d, size %s -> %s (%s)\n", d.Before.Packages, d.After.Packages,
		d.Before.Files, d.After.Files, Bytes(d.Before.Bytes), Bytes(d.After.Bytes), signedBytes(d.After.Bytes-d.Before.Bytes))
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("cannot write differences: %w", err)
	}
	return nil
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
	case p.Before == p.After:
		return p.After + " (another build of it)"
	default:
		return p.Before + " -> " + p.After
	}
}

func (f FileChange) details() string {
	switch f.Change {
	case Added:
		return Bytes(f.After)
	case Removed:
		return Bytes(f.Before)
	}
	s := strings.Join(f.What, ", ")
	if f.Before != f.After {
		s += fmt.Sprintf(" %s -> %s", Bytes(f.Before), Bytes(f.After))
	}
	return s
}

func signedBytes(n int64) string {
	if n < 0 {
		return "-" + Bytes(-n)
	}
	return "+" + Bytes(n)
}
