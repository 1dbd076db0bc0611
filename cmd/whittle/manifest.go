package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const manifestHelp = `manifest prints what is recorded of an image or root: packages, slices, files with their reasons, dependencies, and what was left out. The
form is JSON (docs/manifest.md), or chisel's manifest.wall for tools that read that. An image of the buildpack has two manifests,
of the run image and of the layers on it; they are printed as one.

` + recordedRefs

const manifestExample = `  whittle manifest out | jq -r '.packages[] | .name + " " + .version'
  whittle manifest --format wall --output manifest.wall out
  whittle manifest rootfs/var/lib/chisel/manifest.wall      reads chisel's, too`

type showManifest struct {
	*tool
	output
	arch, format string
}

// manifestFormats are the forms of a manifest, the default first.
var manifestFormats = []string{"json", "wall"}

func manifestCommand(t *tool) *cobra.Command {
	m := &showManifest{tool: t}
	cmd := &cobra.Command{
		Use: "manifest IMAGE|DIR", Short: "Print what is in an image, and why", Long: manifestHelp, Example: manifestExample,
		Args: arguments(1, 1, "one image or directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !slices.Contains(manifestFormats, m.format):
				return usageError{fmt.Errorf("cannot write a manifest as %q: --format is %s", m.format, strings.Join(manifestFormats, ", ")), cmd, nil}
			case m.format == "wall" && m.isTerminal(t):
				return usageError{errors.New("cannot print a wall on a terminal: it is compressed; use --output FILE"), cmd, nil}
			}
			return m.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.arch, "arch", machineArch(), "which image of a multi-architecture one")
	f.StringVar(&m.format, "format", manifestFormats[0], strings.Join(manifestFormats, ", "))
	m.output.flags(cmd)
	return cmd
}

func (m *showManifest) run(ctx context.Context, ref string) error {
	r, err := m.record(ctx, m.arch, ref)
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	var out bytes.Buffer
	write := r.whole().Encode
	if m.format == "wall" {
		write = r.whole().EncodeWall
	}
	if err := write(&out); err != nil {
		return err
	}
	return m.output.write(m.tool, out.Bytes())
}
