package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
	"whittle.dev/whittle/trace"
)

const traceHelp = `trace runs a command, with all its children, and says which files of Debian packages it used that a cut does not have:
libraries that it loaded by names which no reading of files can tell, data that it opened, programs that it started.
It only ever adds; what it did not see stays in the cut.

With --root, the command runs in that directory as its root. Of a root that whittle has cut, what counts is what the command
looked for in vain, and what of it the archive has. Without, it runs on this machine, and what counts is what it opened,
by dpkg's records. With --lock, that which the lock has is left out, what was seen is written into the lock, and the lock is
renewed; ` + "`whittle cut --lock`" + ` then cuts it too.

The command's own output goes to stderr. A server is asked to end (SIGTERM) by Ctrl-C or after --for. It needs
Linux on amd64, or on arm64, where nobody has tried it, and leave to trace (ptrace).`

const traceExample = `  whittle trace --lock whittle.lock --for 20s -- python3 app.py     on the machine where the app is built and works
  whittle trace --root out -- /usr/bin/convert rose: /tmp/rose.png  in a root that was cut
  whittle cut --lock whittle.lock --root out                        cuts what was seen, too`

type traceCommand struct {
	cut
	time time.Duration
}

func newTraceCommand(t *tool) *cobra.Command {
	c := &traceCommand{cut: cut{tool: t}}
	cmd := &cobra.Command{
		Use: "trace [--root DIR] [--lock FILE] -- COMMAND…", Short: "Run a program and see what a cut for it lacks",
		Long: traceHelp, Example: traceExample, Args: arguments(1, -1, "a command, behind --"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	c.origin.flags(cmd, t)
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringVar(&c.floor, "floor", "", "the run image's floor `file` that the lock was made with")
	f.StringVar(&c.app, "app", "", "the `DIR[:PATH]` that the lock was made with")
	f.StringVar(&c.root, "root", "", "run the command in this `directory` as its root")
	f.StringVar(&c.lock, "lock", "", "add what was seen to this lock `file`, and renew it")
	f.DurationVar(&c.time, "for", 0, "ask the command to end after this `time`, such as 20s")
	return cmd
}

func (c *traceCommand) run(ctx context.Context, args []string) error {
	f := &uses{origin: &c.origin, say: c.progress(), arch: machineArch(), root: c.root, have: map[string]bool{}}
	lock, err := c.givenLock()
	if err != nil {
		return err
	}
	if err := f.start(ctx, lock); err != nil {
		return err
	}
	own := 0
	if c.umask != nil {
		own = syscall.Umask(*c.umask) // the command is not whittle's
	}
	seen, err := trace.Run(ctx, trace.Command{
		Args: args, Env: os.Environ(), Root: f.root, For: c.time, Alone: true, Stdin: os.Stdin, Stdout: os.Stderr, Stderr: os.Stderr,
	})
	if c.umask != nil {
		syscall.Umask(own)
	}
	if err != nil {
		return closeAll(about(givenCommand, err), f)
	}
	ctx = context.WithoutCancel(ctx) // Ctrl-C has ended the command; what it used is still to be told
	r, err := f.report(ctx, seen)
	c.progress().done()
	if err := closeAll(err, f); err != nil {
		return err
	}
	for _, program := range seen.Untraced {
		terminal.Fprintf(c.stderr, "whittle: a process of %s was started so that it cannot be traced; what it used is not known, and it has ended\n", program)
	}
	r.Command, r.Exit = strings.Join(args, " "), seen.Exit
	if lock != nil && len(r.Additions) > 0 {
		if err := c.relock(ctx, lock, r); err != nil {
			return err
		}
		r.Lock = c.lock
	}
	return c.printTrace(r)
}

// uses finds what was used and is not in the cut.
type uses struct {
	origin    *origin
	say       *progress
	arch      string
	root      string          // absolute; empty for this machine
	have      map[string]bool // absolute paths of the cut
	packages  []string        // those of the cut
	cutRoot   bool            // the root was cut by whittle
	release   *release.Release
	installed *packages.Installed // nil where dpkg has no records
	archive   *packages.Archive   // opened when it is needed
}

// start finds out what the cut has, and who owns files here.
func (f *uses) start(ctx context.Context, lock *lock.Lock) (err error) {
	if f.release, err = f.origin.definitions(); err != nil {
		return err
	}
	if f.root != "" {
		if err := f.startRoot(ctx); err != nil {
			return err
		}
	}
	if lock != nil {
		locked, ok := lock.ForArch(f.arch)
		if !ok {
			return fmt.Errorf("cannot add to the lock: it has no cut for %s", f.arch)
		}
		for _, file := range locked.Files {
			f.have["/"+file.Path] = true
		}
		for _, p := range locked.Packages {
			f.packages = append(f.packages, p.Name)
		}
	}
	if _, err := os.Stat(filepath.Join("/", f.root, "var/lib/dpkg/status")); err == nil {
		f.installed, err = packages.OpenInstalled(filepath.Join("/", f.root), f.arch)
		return err
	}
	return nil
}

// startRoot reads the manifest of a root that whittle has cut.
func (f *uses) startRoot(ctx context.Context) error {
	full, err := filepath.Abs(f.root)
	if err != nil {
		return fmt.Errorf("cannot find the root: %w", err)
	}
	if f.root, err = filepath.EvalSymlinks(full); err != nil {
		return fmt.Errorf("cannot find the root: %w", err)
	}
	found, err := recordedIn(ctx, f.arch, f.root)
	if err != nil {
		return err
	}
	f.cutRoot = len(found) > 0
	for _, m := range found {
		for _, file := range m.Files {
			f.have[m.Place(file)] = true
		}
		for _, p := range m.Packages {
			f.packages = append(f.packages, p.Name)
		}
	}
	return nil
}

// Close closes what was opened.
func (f *uses) Close() error {
	var errs []error
	if f.installed != nil {
		errs = append(errs, f.installed.Close())
	}
	if f.archive != nil {
		errs = append(errs, f.archive.Close())
	}
	return errors.Join(errs...)
}

// fromArchive opens the archive at its first use: a trace on a machine with dpkg's records needs none.
func (f *uses) fromArchive(ctx context.Context) (*packages.Archive, error) {
	if f.archive == nil {
		a, err := f.origin.archive(ctx, f.arch, f.say)
		if err != nil {
			return nil, err
		}
		f.archive = a
	}
	return f.archive, nil
}

// entryAt describes a file where it stands.
func (f *uses) entryAt(at string) (packages.Entry, bool) {
	i, err := os.Lstat(filepath.Join("/", f.root, at))
	if err != nil {
		return packages.Entry{}, false
	}
	e := packages.Entry{Path: strings.TrimPrefix(at, "/"), Kind: tree.File, Mode: int64(i.Mode().Perm())}
	if i.Mode()&fs.ModeSymlink != 0 {
		e.Kind = tree.Symlink
	}
	return e, true
}

// recordedIn reads the manifests of a root; none for one that whittle has not cut.
func recordedIn(ctx context.Context, arch, root string) ([]*manifest.Manifest, error) {
	o, err := image.Places{Arch: arch}.Open(ctx, root)
	if err != nil {
		return nil, err
	}
	found, err := inspect.Manifests(o)
	if errors.Is(err, inspect.ErrNoManifest) {
		err = nil
	}
	return found, closeAll(err, o)
}
