package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
)

const bundleHelp = `bundle selects as cut does, and writes all that the selection was made from into one file: the signed state of the
archives, their indexes and keys, the packages, and a lock. With it, ` + "`whittle cut --bundle`" + ` makes the same cut without a
network, also after the archive has deleted the packages and its Valid-Until has passed.

Cut with the same names, --app and --floor, or with fewer. A bundle is trusted as a sources file is that has keys in it.`

const bundleExample = `  whittle bundle --output curl.bundle.tar --arch amd64,arm64 curl
  whittle cut --bundle curl.bundle.tar --root out          the same cut, from the bundle alone
  whittle cut --bundle curl.bundle.tar --root out libcurl4t64
  whittle bundle --lock whittle.lock --output app.bundle.tar`

func bundleCommand(t *tool) *cobra.Command {
	c := &cut{tool: t}
	cmd := &cobra.Command{
		Use: "bundle --output TAR NAME…", Short: "Gather all that a cut is made from into one file", Long: bundleHelp, Example: bundleExample,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := c.checkBundle(names); err != nil {
				return usageError{err, cmd, nil}
			}
			return c.writeBundle(cmd.Context(), names)
		},
	}
	c.selectionFlags(cmd)
	cmd.Flags().StringVarP(&c.output, "output", "o", "", "write this tar `file`")
	cmd.Flags().StringVar(&c.lock, "lock", "", "keep to this lock `file`, and fail where the selection differs from it")
	return cmd
}

func (c *cut) checkBundle(names []string) error {
	switch {
	case len(names) == 0 && c.app == "" && c.lock == "":
		return errors.New("cannot bundle nothing: name packages or slices, an --app or a --lock")
	case c.output == "":
		return errors.New("cannot tell where to write: give --output")
	}
	return c.origin.check()
}

func (c *cut) writeBundle(ctx context.Context, names []string) error {
	given, err := c.givenLock()
	if err != nil {
		return err
	}
	w, err := c.want()
	if err != nil {
		return err
	}
	p := c.progress()
	w.Progress = p.say
	locked := &lock.Lock{Schema: lock.Schema}
	var archives []*packages.Archive
	for _, arch := range c.arches {
		w.Arch, w.Names = arch, wanted(given, arch, names)
		s, from, err := c.selection(ctx, w)
		if err != nil {
			return err
		}
		defer from.Close()
		locked = locked.With(lock.New(w, s))
		archives = append(archives, from.Archive)
	}
	p.say("writing " + c.output)
	var text bytes.Buffer
	if err := locked.Encode(&text); err != nil {
		return err
	}
	err = writeFile(c.output, func(to io.Writer) error { return packages.WriteBundle(ctx, to, text.Bytes(), archives...) })
	p.done()
	if err != nil {
		return err
	}
	return c.printBundled(locked)
}

func (c *cut) printBundled(lock *lock.Lock) error {
	if c.json {
		return c.printJSON(lock)
	}
	info, err := os.Stat(c.output)
	if err != nil {
		return fmt.Errorf("cannot see the bundle: %w", err)
	}
	for _, locked := range lock.Cuts {
		if _, err := terminal.Fprintf(c.stdout, "%s (%s): %s, %s\n", c.output, locked.Arch, text.Count(len(locked.Packages), "package"), text.Bytes(info.Size())); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
	}
	return nil
}
