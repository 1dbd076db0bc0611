package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer"
)

const verifyHelp = `verify checks, as the dynamic loader would, that every ELF file of an image or directory finds what it needs: its loader,
its libraries, their symbol versions and symbols. Nothing is run. It works on any image, not only on whittle's.
With --links, symbolic links that lead nowhere are findings too; doors, which wait for a layer, are not.

Exit codes: 0 complete; 1 something is missing; 2 an error.

IMAGE is a name (looked up in the daemon, then in the registry), daemon:NAME, registry:NAME, oci:DIR, the tar of docker save, or
a directory.`

const verifyExample = `  whittle verify registry.example.com/shop
  whittle verify out --json`

func verifyCommand(t *tool) *cobra.Command {
	arch, links := machineArch(), false
	cmd := &cobra.Command{
		Use: "verify IMAGE|DIR", Short: "Prove that an image has what its programs need", Long: verifyHelp, Example: verifyExample,
		Args: arguments(1, 1, "one image or directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return t.verify(cmd.Context(), arch, args[0], links) },
	}
	cmd.Flags().StringVar(&arch, "arch", arch, "which image of a multi-architecture one")
	cmd.Flags().BoolVar(&links, "links", false, "symbolic links that lead nowhere are findings too")
	return cmd
}

// verified is the result for programs.
type verified struct {
	Image    string           `json:"image"`
	Arch     string           `json:"arch"`
	Objects  int              `json:"objects"`
	Complete bool             `json:"complete"`
	Findings []slicer.Finding `json:"findings"`
	Dangling []slicer.Finding `json:"danglingLinks,omitempty"`
	links    bool             // whether Findings has them
}

func (t *tool) verify(ctx context.Context, arch, ref string, links bool) error {
	p, err := places(arch)
	if err != nil {
		return err
	}
	o, err := p.Open(ctx, ref)
	if err != nil {
		return err
	}
	v, err := proveImage(ctx, o, links)
	if err := closeAll(err, o); err != nil {
		return err
	}
	if err := t.printVerified(v); err != nil {
		return err
	}
	if !v.Complete {
		return verdict(exitFindings)
	}
	return nil
}

func proveImage(ctx context.Context, o *image.Opened, links bool) (*verified, error) {
	objects, err := image.Objects(o.FS)
	if err != nil {
		return nil, err
	}
	v := &verified{Image: o.Ref, Arch: o.Arch(objects), Objects: len(objects), Findings: []slicer.Finding{}, links: links}
	if len(objects) > 0 {
		found, err := slicer.Prove(ctx, o.Proof(objects))
		if err != nil {
			return nil, err
		}
		v.Findings = append(v.Findings, found...)
	}
	if v.Dangling = image.Dangling(o.FS); links {
		v.Findings = append(v.Findings, v.Dangling...)
	}
	v.Complete = len(v.Findings) == 0
	return v, nil
}

func (t *tool) printVerified(v *verified) error {
	if t.json {
		return t.printJSON(v)
	}
	for _, f := range v.Findings {
		fmt.Fprintln(t.stdout, f)
	}
	if n := len(v.Dangling); n > 0 && !v.links {
		fmt.Fprintf(t.stdout, "links that lead nowhere: %d (--links lists them)\n", n)
	}
	verdict := "complete"
	if n := len(v.Findings); n > 0 {
		verdict = fmt.Sprintf("%d missing", n)
	}
	if _, err := fmt.Fprintf(t.stdout, "%s (%s): %d ELF files, %s\n", v.Image, v.Arch, v.Objects, verdict); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
