package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/image/inspect"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/contract"
)

const imageCheckHelp = `check holds run images against what is promised of their IDs: packages, files, libraries with their symbol versions, doors
and PATH. What an image has is read from its layers, whoever made it. Without --promise and --against, the promise is that of a
release that whittle brings.

"-" is lost, and the apps that are rebased onto the image may miss it; "+" is more than is promised, which builds do not count on.

` + imageRefs

const imageCheckExample = `  whittle image check registry.example.com/run:base --arch amd64,arm64
  whittle image check oci:run-imaging --promise promises/acme.imaging.amd64.json
  whittle image check daemon:whittle/run:debian-13-base --against registry.example.com/run:base`

type imageCheck struct {
	*tool
	arches           []string
	promise, against string
	all              bool
}

func imageCheckCommand(t *tool) *cobra.Command {
	c := &imageCheck{tool: t}
	cmd := &cobra.Command{
		Use: "check IMAGE…", Short: "Hold run images against what is promised", Long: imageCheckHelp, Example: imageCheckExample,
		Args: arguments(1, -1, "an image or several"),
		RunE: func(cmd *cobra.Command, refs []string) error {
			if c.promise != "" && c.against != "" {
				return usageError{fmt.Errorf("cannot hold an image against both a --promise and an older image"), cmd, nil}
			}
			return c.run(cmd.Context(), refs)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&c.arches, "arch", []string{machineArch()}, "Debian's `names` of the architectures")
	f.StringVar(&c.promise, "promise", "", "the promise `file` (default: that of the release that whittle brings)")
	f.StringVar(&c.against, "against", "", "an older `IMAGE` of the same ID, of which the new one must have everything")
	f.BoolVar(&c.all, "all", false, "list everything that an image has beyond what is promised")
	return cmd
}

// checkedImage is the result for programs.
type checkedImage struct {
	Image  string          `json:"image"`
	ID     string          `json:"id"`
	Arch   string          `json:"arch"`
	Keeps  bool            `json:"keeps"`
	Lost   []contract.Part `json:"lost"`
	Gained []contract.Part `json:"gained"`
}

func (c *imageCheck) run(ctx context.Context, refs []string) error {
	results, kept := []checkedImage{}, true
	for _, ref := range refs {
		for _, arch := range c.arches {
			r, err := c.check(ctx, ref, arch)
			if err != nil {
				return err
			}
			results, kept = append(results, r), kept && r.Keeps
		}
	}
	if c.json {
		if err := c.printJSON(results); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			c.print(r)
		}
	}
	if !kept {
		return verdict(exitFindings)
	}
	return nil
}

func (c *imageCheck) check(ctx context.Context, ref, arch string) (checkedImage, error) {
	floor, err := floorOf(ctx, arch, ref)
	if err != nil {
		return checkedImage{}, err
	}
	promise, err := c.promised(ctx, floor)
	if err != nil {
		return checkedImage{}, err
	}
	if err := promise.Fits(floor); err != nil {
		return checkedImage{}, err
	}
	lost := promise.Losses(floor)
	return checkedImage{
		Image: ref, ID: floor.ID, Arch: floor.Arch, Keeps: len(lost) == 0,
		Lost: append([]contract.Part{}, lost...), Gained: append([]contract.Part{}, promise.Gains(floor)...),
	}, nil
}

// promised is what the command line, or whittle, says that an image must have.
func (c *imageCheck) promised(ctx context.Context, floor *contract.Floor) (*contract.Promise, error) {
	switch {
	case c.against != "":
		older, err := floorOf(ctx, floor.Arch, c.against)
		if err != nil {
			return nil, err
		}
		return older.Promise(), nil
	case c.promise != "":
		dir, name := filepath.Split(c.promise)
		return readPromise(os.DirFS(filepath.Clean(dir)), name)
	}
	p, err := broughtPromise(floor.ID, floor.Arch)
	if err == nil && p == nil {
		err = fmt.Errorf("cannot check run image %s for %s: whittle brings no promise of that ID; name one (--promise) or an older image (--against)",
			floor.ID, floor.Arch)
	}
	return p, err
}

// floorOf is what a run image has.
func floorOf(ctx context.Context, arch, ref string) (*contract.Floor, error) {
	o, err := openImage(ctx, arch, ref)
	if err != nil {
		return nil, err
	}
	floor, err := inspect.Floor(o)
	return floor, closeAll(err, o)
}

// shownParts is how many parts beyond a promise are listed, unless all are asked for.
const shownParts = 20

func (c *imageCheck) print(r checkedImage) {
	for _, p := range r.Lost {
		terminal.Fprintf(c.stdout, "- %s\n", p)
	}
	shown := r.Gained
	if !c.all && len(shown) > shownParts {
		shown = shown[:shownParts]
	}
	for _, p := range shown {
		terminal.Fprintf(c.stdout, "+ %s\n", p)
	}
	if more := len(r.Gained) - len(shown); more > 0 {
		terminal.Fprintf(c.stdout, "+ %s more (--all lists them)\n", text.Count(more, "part"))
	}
	answer := "has all that is promised of " + r.ID
	if n := len(r.Lost); n > 0 {
		answer = fmt.Sprintf("lacks %s of what is promised of %s", text.Count(n, "part"), r.ID)
	}
	terminal.Fprintf(c.stdout, "%s (%s): %s\n", r.Image, r.Arch, answer)
}
