package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/pairs"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

const imageDiffHelp = `diff says what changed from one run image to another: packages, files and bytes, and what programs see of it: libraries by
their sonames, symbol versions, doors and PATH.

Source packages whose version changed are listed with the suite that the new one is from. Images do not tell which CVEs an update is
about, and neither does the suite: security fixes come by point releases, too. --cves reads the changelogs in the archive's packages,
and lists the CVEs that they name between the two versions.

A and B are images.

` + imageRefs

const imageDiffExample = `  whittle image diff registry.example.com/run:base oci:run-base
  whittle image diff --cves daemon:whittle/run:debian-13-base oci:run-base`

type imageDiff struct {
	*tool
	origin
	arch        string
	files, cves bool
}

func imageDiffCommand(t *tool) *cobra.Command {
	d := &imageDiff{tool: t}
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Say what changed between two run images", Long: imageDiffHelp, Example: imageDiffExample,
		Args: arguments(2, 2, "two images"),
		RunE: func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args[0], args[1]) },
	}
	d.origin.flags(cmd, t)
	f := cmd.Flags()
	f.StringVar(&d.arch, "arch", machineArch(), "which image of a multi-architecture one")
	f.BoolVar(&d.files, "files", false, "list every file, however many there are")
	f.BoolVar(&d.cves, "cves", false, "list the CVEs that changelogs in the archive name")
	return cmd
}

// runImage is what is compared of a run image.
type runImage struct {
	weight   imageWeight
	layers   []string // diffIDs
	floor    *contract.Floor
	manifest *manifest.Manifest
}

type imageWeight struct {
	Image  string `json:"image"`
	Digest string `json:"digest"`
	Layers int    `json:"layers"`
	Packed int64  `json:"packed,omitempty"` // bytes of the layers as a registry has them; 0 of a daemon's
}

// comparison is the result for programs.
type comparison struct {
	Before  imageWeight     `json:"before"`
	After   imageWeight     `json:"after"`
	Kept    int             `json:"keptLayers"` // that both have
	Cut     manifest.Diff   `json:"cut"`
	Lost    []contract.Part `json:"lost"`
	Gained  []contract.Part `json:"gained"`
	Sources []sourceChange  `json:"sources"`
}

func (d *imageDiff) run(ctx context.Context, a, b string) error {
	before, err := d.read(ctx, a)
	if err != nil {
		return err
	}
	after, err := d.read(ctx, b)
	if err != nil {
		return err
	}
	c := comparison{
		Before: before.weight, After: after.weight, Cut: manifest.Compare(before.manifest, after.manifest),
		Lost: seen(before.floor.Promise().Losses(after.floor)), Gained: seen(before.floor.Promise().Gains(after.floor)),
		Sources: sourceChanges(before.manifest.Packages, after.manifest.Packages),
	}
	for _, l := range after.layers {
		if slices.Contains(before.layers, l) {
			c.Kept++
		}
	}
	if d.cves {
		if err := d.readChangelogs(ctx, after.manifest, c.Sources); err != nil {
			return err
		}
	}
	return d.print(c)
}

func (d *imageDiff) read(ctx context.Context, ref string) (*runImage, error) {
	o, err := openImage(ctx, d.arch, ref)
	if err != nil {
		return nil, err
	}
	r, err := readRunImage(o, ref)
	return r, closeAll(err, o)
}

func readRunImage(o *image.Opened, ref string) (*runImage, error) {
	floor, err := inspect.Floor(o)
	if err != nil {
		return nil, err
	}
	manifests, err := inspect.Manifests(o)
	if err != nil {
		return nil, err
	}
	r := &runImage{floor: floor, manifest: manifests[0], weight: imageWeight{Image: ref, Digest: o.Digest, Layers: len(o.Config.RootFS.DiffIDs)}}
	for _, diff := range o.Config.RootFS.DiffIDs {
		r.layers = append(r.layers, diff.String())
	}
	r.weight.Packed, err = o.Packed()
	return r, err
}

// seen are the parts that the comparison of packages and files does not tell already.
func seen(parts []contract.Part) []contract.Part {
	return slices.DeleteFunc(append([]contract.Part{}, parts...), func(p contract.Part) bool {
		return p.Why == "" && (p.Kind == contract.PartPackage || p.Kind == contract.PartFile)
	})
}

// sourceChange is a source package of which the images have other versions: security updates are of sources.
type sourceChange struct {
	Source   string   `json:"source"`
	Before   string   `json:"before"`
	After    string   `json:"after"`
	Packages []string `json:"packages"`
	Suite    string   `json:"suite"`           // that the new version is from
	Security bool     `json:"security"`        // it is a suite of security updates
	Older    bool     `json:"older,omitempty"` // the change goes back
	CVEs     []string `json:"cves,omitempty"`
	CVENote  string   `json:"cveNote,omitempty"` // why the CVEs are not known, or not all
}

func sourceChanges(a, b []manifest.Package) []sourceChange {
	changes := []sourceChange{}
	for p := range pairs.Of(a, b, func(p manifest.Package) string { return p.Name }) {
		if p.Before == nil || p.After == nil || p.Before.SourceVersion == p.After.SourceVersion {
			continue
		}
		i := slices.IndexFunc(changes, func(c sourceChange) bool {
			return c.Source == p.After.Source && c.Before == p.Before.SourceVersion && c.After == p.After.SourceVersion
		})
		if i >= 0 {
			changes[i].Packages = append(changes[i].Packages, p.After.Name)
			continue
		}
		changes = append(changes, sourceChange{
			Source: p.After.Source, Before: p.Before.SourceVersion, After: p.After.SourceVersion, Packages: []string{p.After.Name},
			Suite: p.After.Origin, Security: strings.HasSuffix(p.After.Origin, "-security"),
			Older: deb.CompareVersions(p.After.SourceVersion, p.Before.SourceVersion) < 0,
		})
	}
	return changes
}

func (d *imageDiff) print(c comparison) error {
	same := c.Cut.Empty() && len(c.Lost)+len(c.Gained) == 0
	if d.json {
		if err := d.printJSON(c); err != nil {
			return err
		}
	} else if err := d.printText(c); err != nil {
		return err
	}
	if !same {
		return verdict(exitFindings)
	}
	return nil
}

func (d *imageDiff) printText(c comparison) error {
	if err := c.Cut.Write(d.stdout, d.files); err != nil {
		return err
	}
	for _, p := range c.Lost {
		terminal.Fprintf(d.stdout, "- %s\n", p)
	}
	for _, p := range c.Gained {
		terminal.Fprintf(d.stdout, "+ %s\n", p)
	}
	for _, s := range c.Sources {
		terminal.Fprintln(d.stdout, s)
	}
	size := ""
	if c.Before.Packed > 0 && c.After.Packed > 0 {
		size = fmt.Sprintf(", packed %s -> %s (%s)", text.Bytes(c.Before.Packed), text.Bytes(c.After.Packed), text.SignedBytes(c.After.Packed-c.Before.Packed))
	}
	_, err := terminal.Fprintf(d.stdout, "layers %d -> %d, %d the same%s\n", c.Before.Layers, c.After.Layers, c.Kept, size)
	return err
}

// String says it in a line: "source openssl 3.5.1-1 -> 3.5.4-1 from Debian trixie-security (libssl3t64): names CVE-2026-1".
func (s sourceChange) String() string {
	line := fmt.Sprintf("source %s %s -> %s from %s (%s)", s.Source, s.Before, s.After, s.Suite, strings.Join(s.Packages, ", "))
	if s.Older {
		line += ", which is older"
	}
	if len(s.CVEs) > 0 {
		line += ": its changelog names " + strings.Join(s.CVEs, ", ")
	}
	if s.CVENote != "" {
		line += ": " + s.CVENote
	}
	return line
}

var errNoChangelog = errors.New("no changelog")
