package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/slicer"
)

const findHelp = `find looks for a word in the archive: a package's name, a slice's, a file's ("gmp.h"), a library's ("libgmp.so.10").

Exit codes: 0 found; 1 nothing found; 2 an error.`

const findExample = `  whittle find gmp.h             which package has this header?
  whittle find libgmp.so.10      which package has this library?
  whittle find openssl           slices and packages of that name`

type find struct {
	*tool
	origin
	arch string
}

// hit is one thing that find has found.
type hit struct {
	Kind string `json:"kind"` // slice, package, file
	Name string `json:"name"`
	In   string `json:"in,omitempty"`   // the package that has the file, or the definition file of the slice
	Note string `json:"note,omitempty"` // version and description, or the slice's hint
}

func findCommand(t *tool) *cobra.Command {
	f := &find{tool: t}
	cmd := &cobra.Command{
		Use: "find WORD", Short: "Look for packages, slices, files, libraries and headers", Long: findHelp, Example: findExample,
		Args: arguments(1, 1, "one word"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0]) },
	}
	f.origin.flags(cmd, t)
	cmd.Flags().StringVar(&f.arch, "arch", machineArch(), "Debian's `name` of the architecture")
	return cmd
}

func (f *find) run(ctx context.Context, word string) error {
	release, err := f.definitions()
	if err != nil {
		return err
	}
	p := f.progress()
	archive, err := f.archive(ctx, f.arch, p.say)
	if err != nil {
		return err
	}
	inArchive, none, err := findInArchive(ctx, archive, word)
	p.done()
	if err := closeAll(err, archive); err != nil {
		return err
	}
	hits := append(findSlices(release, word), inArchive...)
	if f.json {
		if err := f.printJSON(hits); err != nil {
			return err
		}
	} else if err := f.print(hits); err != nil {
		return err
	}
	if len(hits) > 0 {
		return nil
	}
	if none != nil {
		fmt.Fprintln(f.stderr, "whittle:", none)
	}
	return verdict(exitFindings)
}

// findSlices lists the definitions' slices whose name has the word in it.
func findSlices(r *slicer.Release, word string) []hit {
	hits := []hit{}
	if r == nil {
		return hits
	}
	for _, p := range r.Packages {
		for _, s := range p.Slices {
			if strings.Contains(s.String(), word) {
				hits = append(hits, hit{Kind: "slice", Name: s.String(), In: p.Path, Note: s.Hint})
			}
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return strings.Compare(a.Name, b.Name) })
	return hits
}

// findInArchive looks for a package of that name and for files with that base name. The second error says that there
// is no such package, with the nearest names; it counts only when nothing else is found.
func findInArchive(ctx context.Context, s slicer.Source, word string) (hits []hit, none, err error) {
	p, err := s.Package(ctx, word)
	switch {
	case err == nil:
		hits = append(hits, hit{Kind: "package", Name: p.Name, Note: describe(p)})
	case errors.Is(err, slicer.ErrNoPackage):
		none = err
	default:
		return nil, nil, err
	}
	owners, err := s.Owners(ctx, word)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range owners {
		hits = append(hits, hit{Kind: "file", Name: "/" + o.Path, In: o.Package})
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return -cmp.Compare(a.Kind, b.Kind) // packages before files; files stay best first
	})
	return hits, none, nil
}

func describe(p *slicer.Package) string {
	first, _, _ := strings.Cut(p.Description, "\n")
	return strings.TrimSpace(p.Version + "  " + first)
}

func (f *find) print(hits []hit) error {
	t := tabwriter.NewWriter(f.stdout, 0, 0, 2, ' ', 0)
	for _, h := range hits {
		line := h.Kind + "\t" + h.Name
		for _, more := range []string{h.In, h.Note} {
			if more != "" {
				line += "\t" + more
			}
		}
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
