package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/verify"
)

const checkHelp = `check reads a release of slice definitions: a directory with chisel.yaml and slices/ (format v1, v2 or v3), or one that
whittle brings. It tells what cannot be read, what conflicts, and what is required and missing, each with file and line.
Unknown fields are shown too, but are no faults.

With --archive, every slice is held against the real packages of each architecture: the packages exist, every path and
glob has content, and the slice cut alone into an empty root has all that its ELF files need. Without, no network is used.`

const checkExample = `  whittle definitions check ./my-release
  whittle definitions check --archive --arch amd64,arm64 debian-13`

func definitionsCommand(t *tool) *cobra.Command {
	cmd := &cobra.Command{Use: "definitions", Short: "Work with slice definitions"}
	runsCommands(cmd)
	cmd.AddCommand(checkCommand(t))
	return cmd
}

type check struct {
	*tool
	origin
	arches  []string
	archive bool
}

// checked is the result for programs.
type checked struct {
	Release       string          `json:"release"`
	Packages      int             `json:"packages"`
	Slices        int             `json:"slices"`
	Architectures []string        `json:"architectures,omitempty"` // whose packages were looked at
	Warnings      []string        `json:"warnings,omitempty"`
	Faults        []release.Fault `json:"faults"`
}

func checkCommand(t *tool) *cobra.Command {
	c := &check{tool: t}
	cmd := &cobra.Command{
		Use: "check [DIR|RELEASE]", Short: "Check slice definitions", Long: checkHelp, Example: checkExample,
		Args: arguments(0, 1, "at most one release"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				c.release = args[0]
			}
			return c.run(cmd.Context())
		},
	}
	c.flags(cmd, t)
	cmd.Flags().BoolVar(&c.archive, "archive", false, "hold every slice against the packages of the archive")
	cmd.Flags().StringSliceVar(&c.arches, "arch", []string{machineArch()}, "Debian's `names` of the architectures, with --archive")
	return cmd
}

func (c *check) run(ctx context.Context) error {
	result, err := c.check(ctx)
	if err != nil {
		return err
	}
	if err := c.print(result); err != nil {
		return err
	}
	if len(result.Faults) > 0 {
		return verdict(exitFindings)
	}
	return nil
}

func (c *check) check(ctx context.Context) (*checked, error) {
	fsys, err := c.files()
	if err != nil {
		return nil, err
	}
	result := &checked{Release: c.release, Faults: []release.Fault{}}
	rel, err := release.Open(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err // no release at all
	}
	if err != nil {
		result.Faults = release.FaultsOf(err)
		return result, nil
	}
	own := release.CheckOnce(rel, c.origin.cache)
	result.Packages, result.Slices, result.Warnings = own.Packages, own.Slices, own.Warnings
	result.Faults = append(result.Faults, own.Faults...)
	if len(result.Faults) > 0 || !c.archive {
		return result, nil
	}
	p := c.progress()
	defer p.done()
	if err := c.noteDistribution(p); err != nil {
		return nil, err
	}
	for _, arch := range c.arches {
		faults, err := c.inArchive(ctx, rel, arch, p)
		if err != nil {
			return nil, err
		}
		result.Architectures = append(result.Architectures, arch)
		result.Faults = append(result.Faults, faults...)
	}
	return result, nil
}

func (c *check) inArchive(ctx context.Context, r *release.Release, arch string, p *progress) ([]release.Fault, error) {
	archive, err := c.origin.archive(ctx, arch, p)
	if err != nil {
		return nil, err
	}
	faults, err := verify.Definitions(ctx, r, arch, archive, p.say)
	return faults, closeAll(err, archive)
}

func (c *check) print(r *checked) error {
	if c.json {
		return c.printJSON(r)
	}
	for _, w := range r.Warnings {
		terminal.Fprintln(c.stdout, w)
	}
	for _, f := range r.Faults {
		terminal.Fprintln(c.stdout, f)
	}
	found := "no faults"
	if n := len(r.Faults); n > 0 {
		found = text.Count(n, "fault")
	}
	if _, err := terminal.Fprintf(c.stdout, "%s: %s, %s, %s\n", r.Release, text.Count(r.Packages, "package"), text.Count(r.Slices, "slice"), found); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
