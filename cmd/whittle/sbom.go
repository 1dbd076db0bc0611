package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"whittle.dev/whittle/slicer/sbom"
)

const sbomHelp = `sbom writes a list of the Debian packages of an image or root, with versions, licences, digests and package URLs, for scanners
and lawyers. It is made of what whittle has recorded, so a package of which only a part was cut is in it. It holds no clock: equal
images have equal documents. Of an image that the buildpack made, the modules of the app's language are in it, too.

` + recordedRefs

const sbomExample = `  whittle sbom registry.example.com/shop >shop.cdx.json
  whittle sbom --format spdx --output out.spdx.json out
  whittle sbom out | grype                              a scanner reads it`

// output is where a document goes; several commands share it.
type output struct{ file string }

func (o *output) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write into this `file` (default: to stdout)")
}

// write writes a document to stdout, or into a file that appears when it is complete.
func (o *output) write(t *tool, data []byte) error {
	if o.file == "" || o.file == "-" {
		if _, err := t.data.Write(data); err != nil {
			return fmt.Errorf("cannot print the result: %w", err)
		}
		return nil
	}
	return writeBytes(o.file, data)
}

// isTerminal tells whether a document would be printed for a person.
func (o *output) isTerminal(t *tool) bool {
	f, ok := t.data.(*os.File)
	return o.file == "" && ok && term.IsTerminal(int(f.Fd()))
}

type writeSBOM struct {
	*tool
	output
	arch, format, distro string
}

// sbomFormats are the forms of an SBOM, the default first.
var sbomFormats = []string{"cyclonedx", "spdx", "syft"}

func sbomCommand(t *tool) *cobra.Command {
	b := &writeSBOM{tool: t}
	cmd := &cobra.Command{
		Use: "sbom IMAGE|DIR", Short: "Write an SBOM: CycloneDX, SPDX or Syft", Long: sbomHelp, Example: sbomExample,
		Args: arguments(1, 1, "one image or directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(sbomFormats, b.format) {
				return usageError{fmt.Errorf("cannot write an SBOM as %q: --format is %s", b.format, strings.Join(sbomFormats, ", ")), cmd, nil}
			}
			return b.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&b.arch, "arch", machineArch(), "which image of a multi-architecture one")
	f.StringVar(&b.format, "format", sbomFormats[0], strings.Join(sbomFormats, ", "))
	f.StringVar(&b.distro, "distro", "", "the distribution, such as debian-13 (default: what os-release says)")
	b.output.flags(cmd)
	return cmd
}

func (b *writeSBOM) run(ctx context.Context, ref string) error {
	r, err := b.record(ctx, b.arch, ref)
	if err != nil {
		return err
	}
	list := sbom.SBOM{Name: ref, Packages: r.whole().Packages, Components: r.modules()}
	list.Distro, err = distroOr(b.distro, r)
	if err := closeAll(err, r); err != nil {
		return err
	}
	write := map[string]func() ([]byte, error){"cyclonedx": list.CycloneDX, "spdx": list.SPDX, "syft": list.Syft}[b.format]
	data, err := write()
	if err != nil {
		return err
	}
	return b.output.write(b.tool, endLine(data))
}

func endLine(data []byte) []byte {
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(data, '\n')
	}
	return data
}

// distroOr is the distribution that the user says, or that the image is of. Scanners match packages with advisories by
// it: a document without would look safe to every scanner.
func distroOr(said string, r *record) (sbom.Distro, error) {
	if said != "" {
		d := sbom.DistroOf(said)
		if d.ID == "" {
			return d, fmt.Errorf("cannot read the distribution %q: it is no NAME-VERSION, such as debian-13", said)
		}
		return d, nil
	}
	d := r.distro()
	if d.ID == "" {
		return d, fmt.Errorf("cannot tell the distribution of %s: it has no os-release, and its manifest names no release; say it with --distro", r.ref)
	}
	return d, nil
}

// modules are those of the app's language, where the image has an app.
func (r *record) modules() []sbom.Component {
	app := r.whole().App
	if app == nil {
		return nil
	}
	var all []sbom.Component
	for _, c := range app.Components {
		all = append(all, sbom.Component{Name: c.Name, Version: c.Version, PURL: c.PURL, License: c.License})
	}
	return all
}
