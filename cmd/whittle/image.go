package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
)

func imageCommand(t *tool) *cobra.Command {
	cmd := &cobra.Command{
		Use: "image", Short: "Make run images", Args: arguments(0, 0, "a command: build"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	cmd.AddCommand(imageBuildCommand(t))
	return cmd
}

const imageBuildHelp = `build makes run images out of slices of Debian packages, bit for bit the same wherever it runs. SPEC is a file of a
release (releases/debian-13/run/base.yaml, which says what the layers hold), or names one that whittle brings (debian-13/base).

The packages come from the machine's own Debian archive, whatever Debian that machine is; --sources names another.

--output oci:DIR writes an OCI layout, with an index where there are several architectures; daemon loads the image into the
container daemon; registry pushes it. Without --tag the name is whittle/run:RELEASE-NAME.

--floor writes what the image promises to every later image of its ID; the build image carries it. With several SPECs
or architectures the file is a directory, and gets ID.ARCH.json for each.`

const imageBuildExample = `  whittle image build debian-13/base --output oci:run-base
  whittle image build releases/debian-13/run/base.yaml --arch amd64 --output daemon --tag whittle/run:debian-13-base --floor base.json
  whittle image build debian-13/base --arch amd64,arm64 --output registry --tag registry.example.com/run:base`

type imageBuild struct {
	*tool
	origin
	arches []string
	output string
	tags   []string
	floor  string
}

func imageBuildCommand(t *tool) *cobra.Command {
	b := &imageBuild{tool: t}
	cmd := &cobra.Command{
		Use: "build SPEC…", Short: "Make run images of slices", Long: imageBuildHelp, Example: imageBuildExample,
		Args: arguments(1, -1, "a spec or several"),
		RunE: func(cmd *cobra.Command, specs []string) error {
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
	return cmd
}

func (b *imageBuild) check(specs []string) error {
	_, oci := strings.CutPrefix(b.output, "oci:")
	switch {
	case !oci && b.output != "daemon" && b.output != "registry":
		return fmt.Errorf("cannot write to %q: --output is oci:DIR, daemon or registry", b.output)
	case len(specs) > 1 && len(b.tags) > 0:
		return errors.New("cannot give several images one --tag: build them one by one")
	case len(b.arches) > 1 && b.output == "daemon":
		return errors.New("cannot load several architectures into a daemon: it holds one under a name")
	}
	return nil
}

// found is a spec with the release that it belongs to.
type found struct {
	*image.Spec
	release fs.FS
	name    string // of the release, for names and suites: debian-13
}

// findSpec reads a spec from a file, whose release is the directory above its own (unless --release says otherwise), or
// by the name RELEASE/NAME from a release that whittle brings.
func (b *imageBuild) findSpec(arg string, released bool) (*found, error) {
	f := &found{name: path.Base(filepath.ToSlash(b.release))}
	var err error
	if i, serr := os.Stat(arg); serr == nil && !i.IsDir() {
		return b.specFile(arg, released)
	}
	release, name, ok := strings.Cut(strings.TrimSuffix(arg, ".yaml"), "/")
	if !ok || strings.Contains(name, "/") {
		return nil, fmt.Errorf("cannot find run image spec %s: there is no such file, and it is not the RELEASE/NAME of one "+
			"that whittle brings (%s)", arg, strings.Join(embeddedSpecs(), ", "))
	}
	f.name = release
	if f.release, err = (&origin{release: release}).files(); err != nil {
		return nil, err
	}
	if f.Spec, err = image.ReadSpec(f.release, "run/"+name+".yaml"); err != nil {
		return nil, err
	}
	return f, nil
}

func (b *imageBuild) specFile(arg string, released bool) (*found, error) {
	full, err := filepath.Abs(arg)
	if err != nil {
		return nil, fmt.Errorf("cannot find run image spec: %w", err)
	}
	dir := filepath.Dir(filepath.Dir(full))
	release, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	f := &found{name: filepath.Base(dir), release: release}
	at := path.Join(filepath.Base(filepath.Dir(full)), filepath.Base(full))
	if f.Spec, err = image.ReadSpec(f.release, at); err != nil {
		return nil, err
	}
	if released {
		f.name = path.Base(filepath.ToSlash(b.release))
		f.release, err = b.files()
	}
	return f, err
}

func embeddedSpecs() []string {
	var names []string
	for _, release := range embedded() {
		fsys, err := (&origin{release: release}).files()
		if err != nil {
			continue
		}
		specs, err := fs.Glob(fsys, "run/*.yaml")
		for _, s := range specs {
			if err == nil {
				names = append(names, release+"/"+strings.TrimSuffix(path.Base(s), ".yaml"))
			}
		}
	}
	return names
}
