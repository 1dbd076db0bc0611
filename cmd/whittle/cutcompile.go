package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/sandbox"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/tree"
)

// compileLimits bound what programs take that compile data. The largest dictionary known takes 150 MB and the slowest formats a minute.
var compileLimits = sandbox.Limits{Seconds: 600, Bytes: 512 << 20, Memory: 4 << 30, Processes: 512}

// compileEnv is the environment of programs that compile data. What they make is to be the same every time: the clock that they may
// write into it is the first second of 1980, as of files in layers.
var compileEnv = []string{
	"PATH=/usr/sbin:/usr/bin", "HOME=/tmp", "TMPDIR=/tmp", "LC_ALL=C.UTF-8", "TZ=UTC",
	"SOURCE_DATE_EPOCH=315532801", "FORCE_SOURCE_DATE=1", "PERL_HASH_SEED=0",
}

// runTriggers is the variable that asks for what --run-triggers asks for: a pipeline sets it once for all of its cuts.
const runTriggers = "WHITTLE_RUN_TRIGGERS"

// compileChoice is whether programs of a cut compile its data. The flag demands it, so that what stands in the way is an error. The
// variable asks for it where it can be done.
type compileChoice struct {
	asked    bool  // by the flag
	wherever bool  // by the variable
	barred   error // why the variable does not count for this cut
}

func (c *compileChoice) on() bool { return c.asked || c.wherever && c.barred == nil }

// readEnvironment takes the value of the variable.
func (c *compileChoice) readEnvironment(value string) error {
	if value == "" {
		return nil
	}
	var err error
	if c.wherever, err = strconv.ParseBool(value); err != nil {
		return fmt.Errorf("cannot use %s %q: it is 1 or 0", runTriggers, value)
	}
	return nil
}

// advice is what is said where data was not compiled because nobody let it.
func (c *compileChoice) advice() string {
	if c.barred != nil {
		return runTriggers + " does not count for this cut: " + c.barred.Error()
	}
	return "--run-triggers compiles the data"
}

// checkCompile tells whether the programs of this cut can run here.
func (c *cut) checkCompile() error {
	if !c.compile.on() {
		return nil
	}
	var err error
	switch {
	case c.floor != "":
		err = errors.New("cannot compile data with --floor: its programs run in a whole root")
	case len(c.arches) != 1 || c.arches[0] != machineArch():
		err = fmt.Errorf("cannot compile data for %s: --run-triggers runs programs of the cut, and this machine is %s", strings.Join(c.arches, ", "), machineArch())
	}
	if !c.compile.asked {
		c.compile.barred, err = err, nil
	}
	return err
}

// compileRoot is a root in which data is compiled. It is made when the first program needs it.
type compileRoot struct{ work, dir string }

// compiling returns a Selector that has data compiled, and what removes the root in which that is done.
func (c *cut) compiling() (selecting slicer.Selector, done func() error) {
	var r compileRoot
	say := c.progress().say
	compile := func(ctx context.Context, s *slicer.Selection, job *slicer.Compilation) ([]slicer.Compiled, error) {
		if err := r.make(ctx, s); err != nil {
			return nil, err
		}
		say("compiling data with " + job.Name)
		made, err := r.run(ctx, job)
		if errors.Is(err, sandbox.ErrNoNamespaces) && !c.compile.asked {
			return nil, &slicer.NotCompiled{Reason: sandbox.ErrNoNamespaces.Error()}
		}
		return made, err
	}
	selecting = func(ctx context.Context, w slicer.Want) (*slicer.Selection, error) {
		return slicer.SelectCompiled(ctx, w, compile)
	}
	return selecting, func() error { return os.RemoveAll(r.work) }
}

func (r *compileRoot) make(ctx context.Context, s *slicer.Selection) error {
	if r.dir != "" {
		return nil
	}
	work, err := os.MkdirTemp("", "whittle-compile-")
	if err != nil {
		return fmt.Errorf("cannot make a root to compile data in: %w", err)
	}
	r.work = work
	dir := filepath.Join(work, "root")
	if err := writeRoot(dir, tree.NewSharedDir, func(t tree.Tree) error { return fillTree(ctx, s, nil, t, false) }); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // programs run as a user who has nothing
		return fmt.Errorf("cannot make a root to compile data in: %w", err)
	}
	r.dir = dir
	return nil
}

// run runs the steps of a compilation, and keeps what they made.
func (r *compileRoot) run(ctx context.Context, c *slicer.Compilation) ([]slicer.Compiled, error) {
	if err := r.prepare(c.Outputs); err != nil {
		return nil, err
	}
	var made []slicer.Compiled
	job := sandbox.Job{Root: r.dir, Writable: c.Outputs, Steps: c.Steps, Env: compileEnv, Limits: compileLimits}
	err := sandbox.Run(ctx, job, func(h *tar.Header, body io.Reader) error {
		f, ok, err := readCompiled(c, h, body)
		if ok {
			made = append(made, f)
		}
		return err
	})
	var failed *sandbox.Error
	if errors.As(err, &failed) {
		return nil, &slicer.NotCompiled{Reason: failed.Reason}
	}
	return made, err
}

// prepare makes the directories that a sandbox mounts something at. None may be reached through a link: it would lead out of the root.
func (r *compileRoot) prepare(outputs []string) error {
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return fmt.Errorf("cannot open the root to compile data in: %w", err)
	}
	defer root.Close()
	for _, dir := range slices.Concat([]string{"/dev", "/tmp"}, outputs) {
		at := strings.TrimPrefix(dir, "/")
		if err := root.MkdirAll(at, 0o755); err != nil {
			return fmt.Errorf("cannot make %s to compile data in: %w", dir, err)
		}
		for ; at != ""; at = paths.Parent(at) {
			if info, err := root.Lstat(at); err != nil || !info.IsDir() {
				return errors.Join(err, fmt.Errorf("cannot compile data in %s: /%s is no directory of the cut", dir, at))
			}
		}
	}
	return nil
}

// readCompiled reads one file that was made. What is elsewhere than where the compilation writes, and logs, are left out.
func readCompiled(c *slicer.Compilation, h *tar.Header, body io.Reader) (f slicer.Compiled, ok bool, err error) {
	f = slicer.Compiled{Path: strings.TrimSuffix(h.Name, "/"), Mode: fmt.Sprintf("%04o", fs.FileMode(h.Mode).Perm()&^0o022)}
	below := func(dir string) bool { return strings.HasPrefix(f.Path, strings.TrimPrefix(dir, "/")+"/") }
	isLog := func(ending string) bool { return strings.HasSuffix(f.Path, ending) }
	if !paths.IsClean(f.Path) || !slices.ContainsFunc(c.Outputs, below) || slices.ContainsFunc(c.Logs, isLog) {
		return f, false, nil
	}
	switch h.Typeflag {
	case tar.TypeDir:
		f.Kind = tree.Directory
	case tar.TypeSymlink:
		f.Kind, f.Mode, f.Link = tree.Symlink, "0777", h.Linkname
	case tar.TypeReg:
		f.Kind = tree.File
		if h.Size > compileLimits.Bytes {
			return f, false, fmt.Errorf("cannot keep /%s: it is larger than what a program may make", f.Path)
		}
		if f.Body, err = io.ReadAll(body); err != nil {
			return f, false, fmt.Errorf("cannot read /%s: %w", f.Path, err)
		}
	default:
		return f, false, nil
	}
	return f, true, nil
}
