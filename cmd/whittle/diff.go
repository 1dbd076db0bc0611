package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/rootfs"
)

const diffHelp = `diff says what changed from one cut to another: packages with their versions and sizes, files that came, went or changed, and
the sums. It reads what whittle or chisel has recorded; A and B may be of different kinds.

` + recordedRefs + ` So will a lock (whittle.lock),
which does not know of which package a file is.`

const diffExample = `  whittle diff registry.example.com/shop:1 registry.example.com/shop:2
  whittle diff whittle.lock out                 does the root have what is locked?
  whittle diff --files monday tuesday           each file
  git show HEAD~1:whittle.lock >old.lock; whittle diff old.lock whittle.lock`

type diff struct {
	*tool
	arch  string
	files bool
}

func diffCommand(t *tool) *cobra.Command {
	d := &diff{tool: t}
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Say what changed between two images, roots or locks", Long: diffHelp, Example: diffExample,
		Args: arguments(2, 2, "two images, directories or locks"),
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args[0], args[1]) },
	}
	cmd.Flags().StringVar(&d.arch, "arch", machineArch(), "which image of a multi-architecture one, or which cut of a lock")
	cmd.Flags().BoolVar(&d.files, "files", false, "list every file, however many there are")
	return cmd
}

func (d *diff) run(ctx context.Context, a, b string) error {
	before, err := d.read(ctx, a)
	if err != nil {
		return err
	}
	after, err := d.read(ctx, b)
	if err != nil {
		return err
	}
	if before.locked != after.locked {
		dropBasics(before)
		dropBasics(after)
	}
	return d.print(before.byKind(), after.byKind())
}

func (d *diff) read(ctx context.Context, ref string) (*record, error) {
	r, err := d.record(ctx, d.arch, ref)
	if err != nil {
		return nil, err
	}
	return r, closeAll(nil, r)
}

// dropBasics takes away what a root gets when it is written: no selection has it, so no lock.
func dropBasics(r *record) {
	for _, m := range r.manifests {
		m.Files = slices.DeleteFunc(m.Files, rootfs.IsBasic)
	}
}

// byKind tells apart the manifest of a root or run image and that of the layers on one, to compare like with like.
func (r *record) byKind() (kinds [2]*manifest.Manifest) {
	for _, m := range r.manifests {
		i := 0
		if m.RunImage != nil {
			i = 1
		}
		if kinds[i] == nil {
			kinds[i] = m
		} else {
			kinds[i] = manifest.Merge(kinds[i], m)
		}
	}
	return kinds
}

func (d *diff) print(before, after [2]*manifest.Manifest) error {
	all := []manifest.Diff{}
	for i := range before {
		if before[i] != nil || after[i] != nil {
			all = append(all, manifest.Compare(orEmpty(before[i]), orEmpty(after[i])))
		}
	}
	return d.printDiffs(all)
}

func orEmpty(m *manifest.Manifest) *manifest.Manifest {
	if m == nil {
		return &manifest.Manifest{}
	}
	return m
}

func (d *diff) printDiffs(all []manifest.Diff) error {
	differs := false
	for _, one := range all {
		differs = differs || !one.Empty()
		if d.json {
			continue
		}
		if err := one.Write(d.stdout, d.files); err != nil {
			return err
		}
	}
	if d.json {
		if err := d.printJSON(all); err != nil {
			return err
		}
	}
	if differs {
		return verdict(exitFindings)
	}
	return nil
}
