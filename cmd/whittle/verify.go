package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/verify"
)

const verifyHelp = `verify checks, as the dynamic loader would, that every ELF file of an image or directory finds what it needs: its loader,
its libraries, their symbol versions and symbols; that the scripts on PATH have their interpreters; that no program or library
is a link that leads nowhere; and that the programs of the image's processes, or of its entrypoint, are there. Nothing is run. It works on any image, not only on whittle's.

What may never be asked for is only counted: links to data that lead nowhere, scripts that are not on PATH, and links that
wait for a layer; --all makes findings of them. So are notes, which say what the proof rests on: the symbols of a module that
the program which loads it must bring; --notes lists them. With --unused, it also lists the shared libraries that nothing is known to need.

` + imageRefs + `

A directory will do as well. The answer begins with the digest of the image that was read; for the daemon's images that is the image ID.`

const verifyExample = `  whittle verify registry.example.com/shop
  whittle verify --unused out                 what could be left out?
  whittle verify out --json`

type verification struct {
	*tool
	arch               string
	all, notes, unused bool
}

func verifyCommand(t *tool) *cobra.Command {
	v := &verification{tool: t}
	cmd := &cobra.Command{
		Use: "verify IMAGE|DIR", Short: "Prove that an image has what its programs need", Long: verifyHelp, Example: verifyExample,
		Args: arguments(1, 1, "one image or directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&v.arch, "arch", machineArch(), "which image of a multi-architecture one")
	f.BoolVar(&v.all, "all", false, "links to data and scripts off PATH that lead nowhere are findings too")
	f.BoolVar(&v.notes, "notes", false, "list what the proof believes of the programs that load modules")
	f.BoolVar(&v.unused, "unused", false, "also list the shared libraries that nothing is known to need")
	return cmd
}

// verified is the result for programs; docs/verify.md describes it.
type verified struct {
	Image    string              `json:"image"`
	Digest   string              `json:"digest,omitempty"` // of the image; the image ID of a daemon\'s
	Arch     string              `json:"arch"`
	Objects  int                 `json:"objects"` // ELF files
	Complete bool                `json:"complete"`
	Findings []missing.Finding   `json:"findings"`
	Waiting  []missing.Finding   `json:"waiting,omitempty"`
	Notes    []verify.Note       `json:"notes,omitempty"`
	NotDone  []manifest.Undone   `json:"notDone,omitempty"` // of maintainer scripts, and it matters
	Omitted  []manifest.Omission `json:"skipped,omitempty"`
	Unused   []inspect.Unused    `json:"unused,omitempty"`
	Starts   []inspect.Start     `json:"cannot_start,omitempty"`
}

// subject is what was looked at, with its architecture where that is known: of a root of nothing but data it is not.
func (v *verified) subject() string {
	if v.Arch == "" {
		return v.Image
	}
	return fmt.Sprintf("%s (%s)", v.Image, v.Arch)
}

func (c *verification) run(ctx context.Context, ref string) error {
	o, err := openImage(ctx, c.arch, ref)
	if err != nil {
		return err
	}
	v, err := c.prove(ctx, o)
	if err := closeAll(err, o); err != nil {
		return err
	}
	if err := c.print(v); err != nil {
		return err
	}
	if !v.Complete {
		return verdict(exitFindings)
	}
	return nil
}

func (c *verification) prove(ctx context.Context, o *image.Opened) (*verified, error) {
	objects, err := inspect.Objects(o.FS)
	if err != nil {
		return nil, err
	}
	v := &verified{Image: o.Ref, Digest: o.Digest, Arch: inspect.Arch(o, objects), Objects: len(objects)}
	if len(objects) > 0 {
		r, err := verify.Check(ctx, inspect.Proof(o, objects))
		if err != nil {
			return nil, err
		}
		v.Findings, v.Notes, v.Omitted = r.Findings, r.Notes, r.Omitted
		if len(r.Omitted) == len(objects) {
			return nil, fmt.Errorf("cannot prove %s: none of its %d ELF files can be looked at, such as %s: %s",
				o.Ref, len(objects), r.Omitted[0].Name, r.Omitted[0].Reason)
		}
	}
	loose, err := inspect.FindLoose(o.FS, v.Findings)
	if err != nil {
		return nil, err
	}
	if v.Findings, v.Waiting = loose.Findings, loose.Waiting; c.all {
		v.Findings, v.Waiting = append(v.Findings, loose.Waiting...), nil
	}
	if v.Findings == nil {
		v.Findings = []missing.Finding{} // in JSON an empty list
	}
	if c.unused {
		if v.Unused, err = inspect.FindUnused(ctx, o, objects); err != nil {
			return nil, err
		}
	}
	if v.NotDone, err = notDone(o); err != nil {
		return nil, err
	}
	if v.Starts, err = inspect.CannotStart(o); err != nil {
		return nil, err
	}
	v.Complete = len(v.Findings)+len(v.Starts) == 0
	return v, nil
}

// notDone is what the manifests of an image say that maintainer scripts would do and that matters; nothing where whittle made none of
// it.
func notDone(o *image.Opened) ([]manifest.Undone, error) {
	manifests, err := inspect.Manifests(o)
	if errors.Is(err, inspect.ErrNoManifest) {
		return nil, nil
	}
	var all []manifest.Undone
	for _, m := range manifests {
		for _, u := range m.NotDone {
			if u.Matters {
				all = append(all, u)
			}
		}
	}
	return all, err
}

func (c *verification) print(v *verified) error {
	if c.json {
		return c.printJSON(v)
	}
	if v.Digest != "" {
		terminal.Fprintf(c.stdout, "%s %s\n", v.Digest, v.subject())
	}
	for line := range missing.Grouped(v.Findings) {
		terminal.Fprintln(c.stdout, line)
	}
	for _, s := range v.Starts {
		terminal.Fprintln(c.stdout, s)
	}
	if n := len(v.Notes); n > 0 && !c.notes {
		terminal.Fprintf(c.stdout, "modules that use symbols of the program that loads them: %s (--notes lists them)\n", text.Count(n, "note"))
	}
	for _, n := range v.Notes {
		if c.notes {
			terminal.Fprintln(c.stdout, "note:", n)
		}
	}
	if n := len(v.NotDone); n > 0 && !c.notes {
		terminal.Fprintf(c.stdout, "not done of maintainer scripts: %s (--notes lists them)\n", text.Count(n, "command"))
	}
	for _, u := range v.NotDone {
		if c.notes {
			terminal.Fprintln(c.stdout, "note: not done:", u)
		}
	}
	c.printUnused(v)
	if n := len(v.Omitted); n > 0 {
		terminal.Fprintf(c.stdout, "not looked at: %s, such as %s: %s\n", text.Count(n, "ELF file"), v.Omitted[0].Name, v.Omitted[0].Reason)
	}
	if n := len(v.Waiting); n > 0 {
		terminal.Fprintf(c.stdout, "links and scripts that lead nowhere and may never be asked for: %d (--all lists them)\n", n)
	}
	verdict := "complete"
	if n := len(v.Findings) + len(v.Starts); n > 0 {
		verdict = fmt.Sprintf("%d missing", n)
	}
	if _, err := terminal.Fprintf(c.stdout, "%s: %s, %s\n", v.subject(), text.Count(v.Objects, "ELF file"), verdict); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}

// printUnused lists what nothing needs, and what that weighs.
func (c *verification) printUnused(v *verified) {
	if !c.unused {
		return
	}
	var size int64
	for _, u := range v.Unused {
		size += u.Size
		line := fmt.Sprintf("unused: %s, %s", u.Path, text.Bytes(u.Size))
		if u.Package != "" {
			line += ", of " + u.Package
		}
		terminal.Fprintln(c.stdout, line)
	}
	terminal.Fprintf(c.stdout, "unused libraries: %d, %s\n", len(v.Unused), text.Bytes(size))
}
