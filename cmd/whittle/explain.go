package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/slicer/manifest"
)

const explainHelp = `explain says why something is in an image or root: the chain from the file, library, package or slice up to the app, or to
the setting that named it; or why it was left out. A directory stands for all files below it. In an image that the buildpack made it knows the app, too: its modules by name, with
the line of the project's files that brought them, and its files. Without a query, it lists the packages by weight, and counts what was
left out.

` + recordedRefs

const explainExample = `  whittle explain registry.example.com/shop            what is in it, the heaviest first
  whittle why registry.example.com/shop libgmp.so.10   who needs this library?
  whittle why registry.example.com/shop flask          which line brought this module of the app?
  whittle why out dpkg                                 why was it left out?
  whittle why out /usr/lib/x86_64-linux-gnu/libz.so.1`

func explainCommand(t *tool) *cobra.Command {
	arch := machineArch()
	cmd := &cobra.Command{
		Use: "explain IMAGE|DIR [PATH|SONAME|PACKAGE|SLICE|MODULE]", Aliases: []string{"why"}, Short: "Say why a file is in an image, or is not",
		Long: explainHelp, Example: explainExample, Args: arguments(1, 2, "an image, and perhaps what to explain"),
		ValidArgsFunction: t.completeRecorded,
		RunE:              func(cmd *cobra.Command, args []string) error { return t.explain(cmd.Context(), arch, args) },
	}
	cmd.Flags().StringVar(&arch, "arch", arch, "which image of a multi-architecture one")
	return cmd
}

func (t *tool) explain(ctx context.Context, arch string, args []string) error {
	r, err := t.record(ctx, arch, args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return closeAll(t.overview(r), r)
	}
	return closeAll(t.why(r, args[1]), r)
}

// overview lists what the manifests hold: the run image's packages and the layers'.
func (t *tool) overview(r *record) error {
	if t.json {
		return t.printJSON(r.manifests)
	}
	for _, m := range r.manifests {
		name := r.ref
		switch {
		case m.RunImage != nil:
			name += ", layers"
		case r.runImage() != "":
			name += ", run image " + r.runImage()
		}
		if err := printSummary(t.stdout, name, m); err != nil {
			return err
		}
	}
	return nil
}

// runImage is the ID of the run image's contract; empty for what is none.
func (r *record) runImage() string {
	if r.image == nil || r.image.Config == nil {
		return ""
	}
	return r.image.Config.Config.Labels[lifecycle.BaseID]
}

// why asks every manifest. A query that only one of them knows is answered by that one.
func (t *tool) why(r *record, query string) error {
	all := []manifest.Explanation{}
	var first error
	for _, m := range r.manifests {
		answers, err := r.explain(m, query)
		if err != nil && first == nil {
			first = err
		}
		all = append(all, answers...)
	}
	if t.json {
		if err := t.printJSON(all); err != nil {
			return err
		}
	}
	switch {
	case len(all) == 0 && errors.Is(first, manifest.ErrAbsent):
		terminal.Fprintln(t.stderr, "whittle:", first)
		return verdict(exitFindings)
	case len(all) == 0:
		return first
	case t.json:
		return nil
	}
	for _, e := range all {
		if err := e.Write(t.stdout); err != nil {
			return err
		}
	}
	return nil
}

// explain answers for a path as the image shows it: a link, or a door, stands for what it leads to.
func (r *record) explain(m *manifest.Manifest, query string) ([]manifest.Explanation, error) {
	answers, err := manifest.Explain(m, query)
	if !strings.HasPrefix(query, "/") || r.image == nil {
		return answers, err
	}
	if err == nil && (!ofApp(answers) || exists(r.image.FS, query)) {
		return answers, nil
	}
	if err == nil {
		return nil, fmt.Errorf("%s is not in it: there is no such file", query)
	}
	real, rerr := r.image.FS.Resolve(query)
	if rerr != nil {
		return nil, err // it is not there either, so the first answer holds
	}
	answers, again := manifest.Explain(m, "/"+real)
	if again != nil {
		return nil, fmt.Errorf("cannot explain %s: it is there, but no manifest knows of it", query)
	}
	for i := range answers {
		answers[i].About = slices.Insert(answers[i].About, 0, "seen as "+query)
	}
	return answers, nil
}

// ofApp tells whether answers are about files of the app, of which the manifest knows the folders alone.
func ofApp(answers []manifest.Explanation) bool {
	return slices.ContainsFunc(answers, func(e manifest.Explanation) bool { return e.OfApp })
}

func exists(fsys *layerfs.FS, name string) bool {
	_, err := fsys.Resolve(name)
	return err == nil
}
