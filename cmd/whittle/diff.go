package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/slicer"
)

const diffHelp = `diff says what changed from one image or root that whittle has made to another: packages and their versions, files that
came, went or changed, and the sizes. It reads what whittle has recorded in them.

Exit codes: 0 no difference; 1 there are differences; 2 an error.

A and B are images as for ` + "`whittle explain`" + `.`

const diffExample = `  whittle diff registry.example.com/shop:1 registry.example.com/shop:2
  whittle diff out-monday out-tuesday --json`

func diffCommand(t *tool) *cobra.Command {
	arch := machineArch()
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Say what changed between two images or roots", Long: diffHelp, Example: diffExample,
		Args: arguments(2, 2, "two images or directories"),
		RunE: func(cmd *cobra.Command, args []string) error { return t.diff(cmd.Context(), arch, args[0], args[1]) },
	}
	cmd.Flags().StringVar(&arch, "arch", arch, "which image of a multi-architecture one")
	return cmd
}

func (t *tool) diff(ctx context.Context, arch, a, b string) error {
	before, err := recorded(ctx, arch, a)
	if err != nil {
		return err
	}
	after, err := recorded(ctx, arch, b)
	if err != nil {
		return err
	}
	all := []slicer.Diff{}
	for i := range before {
		if before[i] == nil && after[i] == nil {
			continue
		}
		all = append(all, slicer.DiffManifests(orEmpty(before[i]), orEmpty(after[i])))
	}
	return t.printDiffs(all)
}

// recorded reads the manifests of an image: that of the root or run image, and that of the layers on it; nil for
// one that the image does not have.
func recorded(ctx context.Context, arch, ref string) ([2]*slicer.Manifest, error) {
	var kinds [2]*slicer.Manifest
	p, err := places(arch)
	if err != nil {
		return kinds, err
	}
	o, err := p.Open(ctx, ref)
	if err != nil {
		return kinds, err
	}
	found, err := o.Manifests()
	for _, m := range found {
		i := 0
		if m.RunImage != nil {
			i = 1
		}
		if kinds[i] != nil {
			err = fmt.Errorf("cannot compare %s: it has several manifests of one kind", ref)
		}
		kinds[i] = m
	}
	return kinds, closeAll(err, o)
}

func orEmpty(m *slicer.Manifest) *slicer.Manifest {
	if m == nil {
		return &slicer.Manifest{}
	}
	return m
}

func (t *tool) printDiffs(all []slicer.Diff) error {
	differs := false
	for _, d := range all {
		differs = differs || !d.Empty()
		if t.json {
			continue
		}
		if err := d.Write(t.stdout); err != nil {
			return err
		}
	}
	if t.json {
		if err := t.printJSON(all); err != nil {
			return err
		}
	}
	if differs {
		return verdict(exitFindings)
	}
	return nil
}
