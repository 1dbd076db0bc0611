package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image/rebase"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
)

const rebaseCheckHelp = `rebase-check says whether an app's image can be rebased onto another run image: pack rebase and kpack exchange the run image
below an app without a look at what the app needs of it.

An image that whittle built says what that is in its label dev.whittle.needs, as the proof of its build found it: libraries, their
symbol versions, files that are opened by path, doors, and the upstream versions that data and modules were made with. Then only
the config of APP is read. Without the label, or with --whole, the layers of APP are proved on RUN as whittle verify does, and
what APP lacks on its own run image, too, does not count.

What a rebase itself would refuse, or break on without a word, is looked at as well: another architecture, distribution or stack, an image
without a history.

APP and RUN are images, and nothing is written.

` + imageRefs

const rebaseCheckExample = `  whittle rebase-check registry:registry.example.com/shop registry:registry.example.com/run:base
  whittle rebase-check shop whittle/run:debian-13-base && pack rebase shop`

type rebaseCheck struct {
	*tool
	arch       string
	whole, all bool
}

func rebaseCheckCommand(t *tool) *cobra.Command {
	r := &rebaseCheck{tool: t}
	cmd := &cobra.Command{
		Use: "rebase-check APP RUN", Short: "Prove that an app's image can be rebased onto a run image", Long: rebaseCheckHelp, Example: rebaseCheckExample,
		Args: arguments(2, 2, "an app's image and a run image"),
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&r.arch, "arch", machineArch(), "which image of a multi-architecture APP; RUN follows it")
	f.BoolVar(&r.whole, "whole", false, "prove the layers of APP anew, whatever its label says")
	f.BoolVar(&r.all, "all", false, "list all reasons why not, a line each")
	return cmd
}

func (r *rebaseCheck) run(ctx context.Context, app, run string) error {
	p, err := places(r.arch)
	if err != nil {
		return err
	}
	found, err := rebase.Check(ctx, p, app, run, r.whole)
	if err != nil {
		return err
	}
	if err := r.print(found); err != nil {
		return err
	}
	if len(found.Reasons) > 0 {
		return verdict(exitFindings)
	}
	return nil
}

func (r *rebaseCheck) print(found *rebase.Report) error {
	if r.json {
		return r.printJSON(found)
	}
	var err error
	switch reasons := found.Reasons; {
	case len(reasons) == 0:
		_, err = terminal.Fprintf(r.stdout, "%s can be rebased onto %s (%s, proved by its %s)\n", found.App, found.Run, found.Arch, found.Proof)
	case len(reasons) == 1 || r.all:
		for _, reason := range reasons {
			if _, err = terminal.Fprintf(r.stdout, "%s cannot be rebased onto %s: %s\n", found.App, found.Run, reason); err != nil {
				break
			}
		}
	default:
		_, err = terminal.Fprintf(r.stdout, "%s cannot be rebased onto %s: %s; and %s (--all lists them)\n", found.App, found.Run, reasons[0], text.Count(len(reasons)-1, "more reason"))
	}
	if err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
