package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/image"
)

// trial is one package on its way through the places.
type trial struct {
	*study
	name   string
	at     string
	before []row // what its programs did on Debian
	rows   []row
}

func (t *trial) run(ctx context.Context) ([]row, error) {
	dir := filepath.Join(t.work, "cuts", t.name)
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("cannot remove the last cut: %w", err)
	}
	if !t.keep {
		defer os.RemoveAll(dir)
	}
	root, layers := filepath.Join(dir, "root"), filepath.Join(dir, "layers")
	ok, err := t.cut(ctx, root, inCut)
	if err == nil && ok {
		if err = t.prove(ctx, root); err == nil {
			err = t.ask(ctx, inChroot, mounts{Layers: []string{root}})
		}
	}
	if err != nil {
		return nil, err
	}
	if ok, err = t.cut(ctx, layers, inDoors, "--floor", filepath.Join(t.work, "floor.json")); err == nil && ok {
		err = t.ask(ctx, inDoors, mounts{Layers: []string{layers, filepath.Join(t.work, "run")}})
	}
	return t.rows, err
}

// tool runs whittle; its exit code 1 means findings.
func (t *trial) tool(ctx context.Context, args ...string) (out []byte, exit int, problem string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, t.whittle, append(args, "--quiet")...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		return nil, 0, "", fmt.Errorf("cannot run whittle %s: %w", args[0], err)
	}
	return stdout.Bytes(), cmd.ProcessState.ExitCode(), strings.TrimSpace(stderr.String()), ctx.Err()
}

func (t *trial) add(r row) {
	r.Package = t.name
	if len(t.before) > 0 {
		r.Version = t.before[0].Version
	}
	t.rows = append(t.rows, r)
}

// cut cuts the package, and tells whether that worked.
func (t *trial) cut(ctx context.Context, to, place string, args ...string) (bool, error) {
	_, exit, problem, err := t.tool(ctx, append([]string{"cut", "--root", to, "--sources", t.sources, "--cache", t.cache, "--arch", t.arch, t.name}, args...)...)
	if err != nil {
		return false, err
	}
	if exit != 0 {
		t.add(row{Place: place, Exit: exit, Outcome: cutFailed, Detail: problem})
		return false, nil
	}
	files, size, err := size(to)
	if err != nil {
		return false, err
	}
	t.add(row{Place: place, Outcome: cutDone, Detail: fmt.Sprintf("%d files, %d kB", files, (size+500)/1000)})
	return true, nil
}

// size counts regular files, those with several names once.
func size(dir string) (files int, bytes int64, err error) {
	seen := map[any]bool{}
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if id := inode(i); !seen[id] {
			seen[id] = true
			bytes += i.Size()
		}
		return nil
	})
	return files, bytes, err
}

// ask asks the programs that answered on Debian.
func (t *trial) ask(ctx context.Context, place string, m mounts) error {
	m.At = filepath.Join(t.work, t.at)
	b, err := enter(ctx, m)
	if err != nil {
		return err
	}
	for _, known := range t.before {
		if known.Outcome != answers {
			continue
		}
		a, err := b.do(asked(known.Program, known.Argument, patienceLong))
		if err != nil {
			return errors.Join(err, b.close())
		}
		r := row{Place: place, Program: known.Program, Argument: known.Argument, Exit: a.Exit, Outcome: silent, Detail: a.evidence()}
		if a.answered() {
			r.Outcome, r.Detail = answers, a.evidence()
			if a.digest() == known.Detail {
				r.Outcome, r.Detail = equal, ""
			}
		}
		t.add(r)
	}
	return b.close()
}

// runImage makes the base run image and its floor, and lays its root out.
func (s *study) runImage(ctx context.Context) error {
	dir := filepath.Join(s.work, "run")
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+".oci"), os.MkdirAll(s.work, 0o755)); err != nil {
		return fmt.Errorf("cannot remove the last run image: %w", err)
	}
	cmd := exec.CommandContext(ctx, s.whittle, "image", "build", release+"/base", "--quiet", "--output", "oci:"+dir+".oci",
		"--floor", filepath.Join(s.work, "floor.json"), "--sources", s.sources, "--cache", s.cache, "--arch", s.arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot make the run image: %w\n%s", err, out)
	}
	o, err := image.Places{Arch: s.arch}.Open(ctx, "oci:"+dir+".oci")
	if err != nil {
		return err
	}
	return errors.Join(os.CopyFS(dir, o.FS), o.Close())
}
