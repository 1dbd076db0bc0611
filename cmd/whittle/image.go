package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func imageCommand(t *tool) *cobra.Command {
	cmd := &cobra.Command{Use: "image", Short: "Make, check and compare run images, and finish those of apps"}
	runsCommands(cmd)
	cmd.AddCommand(imageBuildCommand(t), imageCheckCommand(t), imageDiffCommand(t), imageFinishCommand(t))
	return cmd
}

const imageBuildHelp = `build makes run images out of slices of Debian packages, bit for bit the same wherever it runs. SPEC names one that
whittle brings (debian-13/base, or debian-13/base-debug with a shell), or is a file: that of a release
(releases/debian-13/run/base.yaml), or one of your own, which extends another by slices and doors.

The packages come from the machine's own Debian archive, whatever Debian that machine is; --sources names another. --lock writes
what the image was made of, and --at makes that image again, bit for bit, as long as the archive has the packages.

--output oci:DIR writes an OCI layout, with an index where there are several architectures; daemon loads the image into the
container daemon; registry pushes it, and an SBOM (CycloneDX) that refers to it. Without --tag the name is whittle/run:RELEASE-NAME.

What is promised of an image's ID stands in promises/ID.ARCH.json beside its spec. An image that lacks some of it is not made, and
what has its name already stays. --against names an older image of the same ID that it must not fall behind either. --promise
promises from now on what the image has in addition.

--floor writes what builds may count on: what the image has and is promised. The build image carries it. With several SPECs
or architectures the file is a directory, and gets ID.ARCH.json for each.`

const imageBuildExample = `  whittle image build debian-13/base --output oci:run-base
  whittle image build releases/debian-13/run/base.yaml --arch amd64 --output daemon --tag whittle/run:debian-13-base --floor base.json
  whittle image build debian-13/base --arch amd64,arm64 --output registry --tag registry.example.com/run:base --lock base.lock
  whittle image build imaging.yaml --output registry --tag registry.example.com/run:imaging --against registry.example.com/run:imaging`

type imageBuild struct {
	*tool
	origin
	arches   []string
	output   string
	tags     []string
	floor    string // file or directory
	at, lock string // files
	against  string // an image
	promise  bool
	sbom     bool
}

func imageBuildCommand(t *tool) *cobra.Command {
	b := &imageBuild{tool: t}
	cmd := &cobra.Command{
		Use: "build SPEC…", Short: "Make run images of slices", Long: imageBuildHelp, Example: imageBuildExample,
		Args: arguments(1, -1, "a spec or several"),
		RunE: func(cmd *cobra.Command, specs []string) error {
			if !cmd.Flags().Changed("sbom") {
				b.sbom = b.output == "registry"
			}
			if err := b.check(specs); err != nil {
				return usageError{err, cmd, nil}
			}
			return b.run(cmd.Context(), cmd.Flags().Changed("release"), specs)
		},
	}
	b.origin.flags(cmd, t)
	f := cmd.Flags()
	f.StringSliceVar(&b.arches, "arch", []string{machineArch()}, "Debian's `names` of the architectures")
	f.StringVar(&b.output, "output", "", "oci:DIR, daemon or registry")
	f.StringArrayVar(&b.tags, "tag", nil, "`NAME` of the image; may be given several times")
	f.StringVar(&b.floor, "floor", "", "write the image's floor to this `file`")
	f.StringVar(&b.at, "at", "", "make the image of what this lock `file` pins")
	f.StringVar(&b.lock, "lock", "", "write a lock `file` that --at takes")
	f.StringVar(&b.against, "against", "", "make no image that lacks something of this `IMAGE`")
	f.BoolVar(&b.promise, "promise", false, "promise what the image has in addition, in promises/ beside its spec")
	f.BoolVar(&b.sbom, "sbom", false, "attach an SBOM that refers to the image, in a layout too (default: in a registry)")
	return cmd
}

func (b *imageBuild) check(specs []string) error {
	if err := checkOutput(b.output); err != nil {
		return err
	}
	switch {
	case len(specs) > 1 && len(b.tags) > 0:
		return errors.New("cannot give several images one --tag: build them one by one")
	case len(specs) > 1 && (b.at != "" || b.lock != "" || b.against != ""):
		return errors.New("cannot hold several images against one --at, --lock or --against: build them one by one")
	case b.promise && len(specs) > 1:
		return errors.New("cannot promise several images at once: build them one by one")
	case b.sbom && b.output == "daemon":
		return errors.New("cannot attach an SBOM in a daemon: it keeps nothing that refers to an image; `whittle sbom` writes it")
	case len(b.arches) > 1 && b.output == "daemon":
		return errors.New("cannot load several architectures into a daemon: it holds one under a name")
	}
	return nil
}
