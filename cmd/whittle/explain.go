package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
)

const explainHelp = `explain says why something is in an image or root that whittle has made: the chain from the file up to the app, or to the
setting that named it. The query is a path in the image, a library's soname, a package or a slice. Without a query, it
lists the packages by weight.

IMAGE is a name (looked up in the daemon, then in the registry), daemon:NAME, registry:NAME, oci:DIR, the tar of docker save, or
a directory.`

const explainExample = `  whittle explain registry.example.com/shop            what is in it, the heaviest first
  whittle why registry.example.com/shop libgmp.so.10   who needs this library?
  whittle why out /usr/lib/x86_64-linux-gnu/libz.so.1`

func explainCommand(t *tool) *cobra.Command {
	arch := machineArch()
	cmd := &cobra.Command{
		Use: "explain IMAGE|DIR [PATH|SONAME|PACKAGE|SLICE]", Aliases: []string{"why"}, Short: "Say why a file is in an image",
		Long: explainHelp, Example: explainExample, Args: arguments(1, 2, "an image, and perhaps what to explain"),
		RunE: func(cmd *cobra.Command, args []string) error { return t.explain(cmd.Context(), arch, args) },
	}
	cmd.Flags().StringVar(&arch, "arch", arch, "which image of a multi-architecture one")
	return cmd
}

func (t *tool) explain(ctx context.Context, arch string, args []string) error {
	p, err := places(arch)
	if err != nil {
		return err
	}
	o, err := p.Open(ctx, args[0])
	if err != nil {
		return err
	}
	found, err := o.Manifests()
	if err != nil {
		return closeAll(err, o)
	}
	if len(args) == 1 {
		return closeAll(t.overview(o, args[0], found), o)
	}
	return closeAll(t.why(o, found, args[1]), o)
}

// overview lists what the image's manifests hold: the run image's packages and the layers'.
func (t *tool) overview(o *image.Opened, title string, found []*slicer.Manifest) error {
	if t.json {
		return t.printJSON(found)
	}
	for _, m := range found {
		name := title
		switch {
		case m.RunImage != nil:
			name += ", layers"
		case o.Config != nil && o.Config.Config.Labels[image.BaseLabel] != "":
			name += ", run image " + o.Config.Config.Labels[image.BaseLabel]
		}
		if err := printSummary(t.stdout, name, m); err != nil {
			return err
		}
	}
	return nil
}

// why asks every manifest. A query that only one of them knows is answered by that one.
func (t *tool) why(o *image.Opened, found []*slicer.Manifest, query string) error {
	var all []slicer.Explanation
	var first error
	for _, m := range found {
		answers, err := explainIn(o, m, query)
		if err != nil && first == nil {
			first = err
		}
		all = append(all, answers...)
	}
	if len(all) == 0 {
		return first
	}
	if t.json {
		return t.printJSON(all)
	}
	for _, e := range all {
		if err := e.Write(t.stdout); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
	}
	return nil
}

// explainIn answers for a path as the image shows it: a link, or a door, stands for what it leads to.
func explainIn(o *image.Opened, m *slicer.Manifest, query string) ([]slicer.Explanation, error) {
	answers, err := slicer.Explain(m, query)
	if err == nil || !strings.HasPrefix(query, "/") {
		return answers, err
	}
	real, rerr := o.FS.Resolve(query)
	if rerr != nil {
		return nil, errors.Join(err, rerr)
	}
	answers, again := slicer.Explain(m, "/"+real)
	if again != nil {
		return nil, err
	}
	for i := range answers {
		answers[i].Lines = slices.Insert(answers[i].Lines, 0, "seen as "+query)
	}
	return answers, nil
}
