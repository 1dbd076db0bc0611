package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
)

const lockHelp = `lock selects as cut does, and writes the versions and digests of all packages and files into a lock instead of cutting.
With it, ` + "`whittle cut --locked`" + ` makes the same cut again from any archive that still has the packages, or says what differs.
A lock that exists keeps its cuts for other architectures.`

const lockExample = `  whittle lock curl                                writes whittle.lock
  whittle cut --locked --root out                  cuts what is locked, and nothing else`

// lockName is the file that is meant where no other is named.
const lockName = "whittle.lock"

func lockCommand(t *tool) *cobra.Command {
	c := &cut{tool: t}
	cmd := &cobra.Command{
		Use: "lock NAME…", Short: "Pin a cut: the versions and digests of all it is made of", Long: lockHelp, Example: lockExample, ValidArgsFunction: c.completeNames(t),
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 && c.app == "" {
				return usageError{errors.New("cannot lock nothing: name packages or slices, or an --app"), cmd, nil}
			}
			return c.writeLock(cmd.Context(), names)
		},
	}
	c.selectionFlags(cmd)
	cmd.Flags().StringVarP(&c.output, "output", "o", lockName, "write this `file`")
	return cmd
}

func (c *cut) writeLock(ctx context.Context, names []string) error {
	locked, err := readLock(c.output)
	if errors.Is(err, fs.ErrNotExist) {
		locked, err = &lock.Lock{Schema: lock.Schema}, nil
	}
	if err != nil {
		return err
	}
	w, err := c.want()
	if err != nil {
		return err
	}
	p := c.progress()
	w.Progress = p.say
	for _, arch := range c.arches {
		w.Arch, w.Names = arch, wanted(locked, arch, names)
		s, from, err := c.selection(ctx, w)
		if err != nil {
			return err
		}
		locked = locked.With(lock.New(w, s))
		if err := from.Close(); err != nil {
			return err
		}
	}
	p.done()
	if err := replaceLock(c.output, locked); err != nil {
		return err
	}
	return c.printLocked(locked)
}

// givenLock is the lock of --lock, or that of the bundle if it is to be kept, or nil.
func (c *cut) givenLock() (*lock.Lock, error) {
	switch {
	case c.lock != "":
		return readLock(c.lock)
	case c.locked && c.bundle != "":
		return lock.ReadBundled(c.bundle)
	default:
		return nil, nil
	}
}

// readLock reads a lock from a file.
func readLock(name string) (*lock.Lock, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, about(givenLock, fmt.Errorf("cannot read lock: %w", err))
	}
	l, err := readNamed(f, name, lock.Read)
	return l, about(givenLock, err)
}

// replaceLock writes a lock in the place of the old one.
func replaceLock(name string, lock *lock.Lock) error {
	var text bytes.Buffer
	if err := lock.Encode(&text); err != nil {
		return err
	}
	return writeBytes(name, text.Bytes())
}

func (c *cut) printLocked(lock *lock.Lock) error {
	if c.json {
		return c.printJSON(lock)
	}
	for _, arch := range c.arches {
		locked, ok := lock.ForArch(arch)
		if !ok {
			continue
		}
		if _, err := terminal.Fprintf(c.stdout, "%s (%s): %s, %s\n", c.output, arch, text.Count(len(locked.Packages), "package"), text.Count(len(locked.Files), "file")); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
	}
	return nil
}

// wanted are the names of the command line, or else those of the lock; and what was traced for the lock in either case.
func wanted(lock *lock.Lock, arch string, names []string) []slicer.Named {
	named := asked(names)
	if lock == nil {
		return named
	}
	locked, ok := lock.ForArch(arch)
	if !ok {
		return named
	}
	for _, n := range locked.Wanted(commandLine) {
		if n.Kind == manifest.Traced || len(names) == 0 {
			named = append(named, n)
		}
	}
	return named
}
