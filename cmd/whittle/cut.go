package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

const cutHelp = `cut writes what the named packages and slices need at run time into a directory, a tar or an OCI layout: their files, the
libraries that their ELF files need, and what the packages depend on; dpkg's records and the copyright files; the loader's
cache; and a manifest that ` + "`whittle explain`" + ` reads.

The tar is plain, or compressed where its name ends in .gz, .tgz, .zst or .tzst; "-" is stdout. --dry-run writes nothing, and says
what would be cut and why.

With --app, the libraries that the ELF files of a directory need are cut too; the directory itself is not.
Files of a --root share their blocks with whittle's cache where they are on one file system, all but those below etc and
var: an edit in place of another one changes the roots that were cut before. Give --copy for a root that you will edit.

With --run-triggers, data that maintainer scripts would compile when packages are installed, such as aspell's dictionaries and the
formats of TeX, is compiled by the programs of the cut: in namespaces of their own, without network or privileges, for the machine's
own architecture. WHITTLE_RUN_TRIGGERS=1 asks for the same wherever it can be done: what the flag refuses, such as another
architecture, is then cut without the data, and the cut says why.

With --floor, only what a run image of that floor lacks is cut, and lands in the layers' directories below
` + contract.BuildpackDir + `, where the run image's doors lead.`

const cutExample = `  whittle cut --root out curl                          a root to chroot into, or to COPY into an image
  whittle cut --root out --app ./bin:/app ca-certificates
  whittle cut --dry-run curl                           what would it be?
  whittle cut --output curl.tar.gz --arch arm64 curl
  whittle cut --output - curl | docker import - curl   an image by the daemon, without a Dockerfile
  whittle cut --output oci:layout --arch amd64,arm64 libssl3t64_libs ca-certificates`

type cut struct {
	*tool
	origin
	arches  []string
	root    string
	copied  bool // no file of the root is shared with the cache
	output  string
	floor   string
	app     string
	lock    string
	locked  bool
	dry     bool // write nothing
	compile compileChoice
	all     bool // say all that maintainer scripts would do
	cached  bool // a selection that was made before will do
}

func cutCommand(t *tool) *cobra.Command {
	c := &cut{tool: t, cached: true}
	cmd := &cobra.Command{
		Use: "cut (--root DIR | --output TAR|oci:DIR) NAME…", Short: "Cut packages and slices into a directory, a tar or an image",
		Long: cutHelp, Example: cutExample, ValidArgsFunction: c.completeNames(t),
		RunE: func(cmd *cobra.Command, names []string) error {
			err := c.compile.readEnvironment(t.env(runTriggers))
			if err == nil {
				err = c.check(names)
			}
			if err != nil {
				return usageError{err, cmd, nil}
			}
			return c.run(cmd.Context(), names)
		},
	}
	c.selectionFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.root, "root", "", "write into this `directory`")
	f.BoolVar(&c.copied, "copy", false, "with --root: copy files, and share none of them with the cache")
	f.StringVarP(&c.output, "output", "o", "", "write this tar `file`, or the OCI layout oci:DIR; - is stdout")
	f.BoolVar(&c.dry, "dry-run", false, "write nothing: say what would be cut")
	f.BoolVar(&c.compile.asked, "run-triggers", false, "compile data as maintainer scripts would, by programs of the cut in a sandbox")
	f.BoolVar(&c.all, "all", false, "say all that maintainer scripts would do and the cut does not, not only what matters")
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
	case c.dry:
		return c.origin.check()
	case (c.root == "") == (c.output == ""):
		return errors.New("cannot tell where to write: give either --root or --output")
	case len(c.arches) != 1 && !strings.HasPrefix(c.output, "oci:"):
		return errors.New("cannot write several architectures into one root: only --output oci:DIR takes them")
	}
	return errors.Join(c.checkOutput(), c.checkCompile(), c.origin.check())
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
	if !c.dry {
		p.say("writing " + c.root + c.output)
		err = about(givenOutput, c.write(ctx, w.Floor, cuts))
	}
	p.done()
	if err != nil {
		return err
	}
	return c.report(cuts)
}

// report tells what was cut, or prints the manifests. Where the tar goes to stdout, people read stderr.
func (c *cut) report(cuts []*slicer.Selection) error {
	w, place := c.stdout, c.root+c.output
	if c.output == "-" && !c.dry {
		w, place = c.stderr, "stdout"
	}
	if c.dry {
		place = "would be cut"
	}
	if c.json {
		var all []*manifest.Manifest
		for _, s := range cuts {
			all = append(all, &s.Manifest)
		}
		return printJSON(w, all)
	}
	for _, s := range cuts {
		if err := printSummary(w, place, &s.Manifest); err != nil {
			return err
		}
		if err := printLeftOut(w, &s.Manifest, c.root); err != nil {
			return err
		}
		if err := printUndone(w, &s.Manifest, c.all, c.compile.advice()); err != nil {
			return err
		}
	}
	return nil
}
