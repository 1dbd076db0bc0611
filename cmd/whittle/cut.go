package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/slicer"
)

const cutHelp = `cut writes what the named packages and slices need at run time into a directory, a tar or an OCI layout: their files, the
libraries that their ELF files need, and what the packages depend on; dpkg's records and the copyright files; the loader's
cache; and a manifest that ` + "`whittle explain`" + ` reads.

With --app, the libraries that the ELF files of a directory need are cut too; the directory itself is not.
Files of a --root share their blocks with whittle's cache where they are on one file system, all but those below etc and
var: an edit in place of another one changes the roots that were cut before. Give --copy for a root that you will edit.

With --floor, only what a run image of that floor lacks is cut, and lands in the layers' directories below
` + slicer.BuildpackDir + `, where the run image's doors lead.`

const cutExample = `  whittle cut --root out curl                          a root to chroot into, or to COPY into an image
  whittle cut --root out --app ./bin:/app ca-certificates
  whittle cut --output curl.tar --arch arm64 curl
  whittle cut --output oci:layout --arch amd64,arm64 libssl3t64_libs ca-certificates`

type cut struct {
	*tool
	origin
	arches []string
	root   string
	copied bool // no file of the root is shared with the cache
	output string
	floor  string
	app    string
	lock   string
	locked bool
}

func cutCommand(t *tool) *cobra.Command {
	c := &cut{tool: t}
	cmd := &cobra.Command{
		Use: "cut (--root DIR | --output TAR|oci:DIR) NAME…", Short: "Cut packages and slices into a directory, a tar or an image",
		Long: cutHelp, Example: cutExample,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := c.check(names); err != nil {
				return usageError{err, cmd, nil}
			}
			return c.run(cmd.Context(), names)
		},
	}
	c.selectionFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.root, "root", "", "write into this `directory`")
	f.BoolVar(&c.copied, "copy", false, "with --root: copy files, and share none of them with the cache")
	f.StringVar(&c.output, "output", "", "write this tar `file`, or the OCI layout oci:DIR")
	f.StringVar(&c.lock, "lock", "", "keep to this lock `file`, and fail where the cut differs from it")
	f.BoolVar(&c.locked, "locked", false, "keep to "+lockName+", or to the lock in the --bundle")
	return cmd
}

func (c *cut) check(names []string) error {
	if c.locked && c.lock == "" && c.bundle == "" {
		c.lock = lockName
	}
	nothing := len(names) == 0 && c.app == "" && c.lock == ""
	c.locked = c.locked || nothing && c.bundle != ""
	switch {
	case nothing && c.bundle == "":
		return errors.New("cannot cut nothing: name packages or slices, an --app, a --lock or a --bundle")
	case (c.root == "") == (c.output == ""):
		return errors.New("cannot tell where to write: give either --root or --output")
	case len(c.arches) != 1 && !strings.HasPrefix(c.output, "oci:"):
		return errors.New("cannot write several architectures into one root: only --output oci:DIR takes them")
	}
	return c.origin.check()
}

func (c *cut) run(ctx context.Context, names []string) error {
	w, err := c.want()
	if err != nil {
		return err
	}
	lock, err := c.givenLock()
	if err != nil {
		return err
	}
	p := c.progress()
	w.Progress = p.say
	var cuts []*slicer.Selection
	for _, arch := range c.arches {
		w.Arch, w.Names = arch, wanted(lock, arch, names)
		s, from, err := c.selection(ctx, w)
		if err != nil {
			return err
		}
		defer from.Close()
		cuts = append(cuts, s)
	}
	p.say("writing " + c.root + c.output)
	err = c.write(ctx, w.Floor, cuts)
	p.done()
	if err != nil {
		return err
	}
	return c.report(cuts)
}

// report tells what was cut, or prints the manifests.
func (c *cut) report(cuts []*slicer.Selection) error {
	if c.json {
		var all []*slicer.Manifest
		for _, s := range cuts {
			all = append(all, &s.Manifest)
		}
		return c.printJSON(all)
	}
	for _, s := range cuts {
		if err := printSummary(c.stdout, c.root+c.output, &s.Manifest); err != nil {
			return err
		}
	}
	return nil
}
