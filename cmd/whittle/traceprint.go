package main

import (
	"context"
	"fmt"
	"path"
	"strings"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
)

// relock adds what was seen to the lock's cut, and selects it anew.
func (c *traceCommand) relock(ctx context.Context, locked *lock.Lock, r *traced) error {
	name := c.lock
	w, err := c.want()
	if err != nil {
		return err
	}
	w.Progress = c.progress().say
	w.Arch = machineArch()
	w.Names = wanted(locked, w.Arch, nil)
	if locked, ok := locked.ForArch(w.Arch); ok {
		for _, soname := range locked.Sonames {
			w.Sonames = append(w.Sonames, slicer.Named{Name: soname, By: name, Kind: manifest.Listed})
		}
	}
	for _, a := range r.Additions {
		for i, file := range a.Files {
			if i == shownFiles {
				break
			}
			w.Names = append(w.Names, slicer.Named{Name: a.Name, By: file.String(), Kind: manifest.Traced})
		}
	}
	c.lock = "" // the selection differs from what is locked on purpose
	s, from, err := c.selection(ctx, w)
	c.lock = name
	if err != nil {
		return err
	}
	if err := closeAll(nil, from); err != nil {
		return err
	}
	return replaceLock(name, locked.With(lock.New(w, s)))
}

// shownFiles is how many files of an addition are printed and locked as evidence; --json has all.
const shownFiles = 3

// String says what was seen: "/usr/bin/python3.13 opened /usr/share/x".
func (u useSeen) String() string {
	verb := " opened "
	if u.Missing {
		verb = " looked for "
	}
	return u.By[0] + verb + u.Path
}

func (c *traceCommand) printTrace(r *traced) error {
	if c.json {
		if err := c.printJSON(r); err != nil {
			return err
		}
		return r.verdict()
	}
	if r.Exit != 0 {
		terminal.Fprintf(c.stderr, "%s ended with exit code %d\n", path.Base(strings.Fields(r.Command)[0]), r.Exit)
	}
	if r.Foreign > 0 {
		terminal.Fprintf(c.stderr, "programs of another architecture ran: what they opened was not seen (%d system calls)\n", r.Foreign)
	}
	if r.Unsearched != "" {
		terminal.Fprintln(c.stderr, "whittle:", r.Unsearched)
	}
	var names []string
	for _, a := range r.Additions {
		names = append(names, a.Name)
		terminal.Fprintln(c.stdout, a.Name)
		for i, file := range a.Files {
			if i == shownFiles {
				terminal.Fprintf(c.stdout, "  and %d more files\n", len(a.Files)-i)
				break
			}
			terminal.Fprintln(c.stdout, " ", file)
		}
	}
	_, err := terminal.Fprintln(c.stdout, r.sum(names))
	if err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return r.verdict()
}

// sum is the last line: what to do.
func (r *traced) sum(names []string) string {
	switch {
	case len(names) == 0 && r.Unsearched != "":
		return "nothing to add was found, but not everything could be looked up"
	case len(names) == 0:
		return "nothing to add: the cut has what was used"
	case r.Lock != "":
		return "added to " + r.Lock + ", which is renewed"
	default:
		return "cut it with: whittle cut --root DIR NAME… " + strings.Join(names, " ")
	}
}

// verdict is the exit code: 1 where something is to be added, and nobody has done it.
func (r *traced) verdict() error {
	if len(r.Additions) > 0 && r.Lock == "" {
		return verdict(exitFindings)
	}
	return nil
}
