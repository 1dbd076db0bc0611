package release

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// Files is what a mutation script sees of the tree. Paths are absolute; List returns names sorted, directories with a
// "/" at the end.
type Files interface {
	Read(path string) ([]byte, error)
	Write(path string, data []byte) error
	List(dir string) ([]string, error)
}

// maxSteps bounds how long a script may run: about ten seconds.
const maxSteps = 100_000_000

// Mutate runs a mutation script: Starlark with loops, conditions and reassignment at top level, without while and
// load, with the object "content" that has read, write and list. Name is the slice, for messages.
func Mutate(name, script string, files Files) error {
	options := &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	thread := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(maxSteps)
	content := starlarkstruct.FromStringDict(starlark.String("content"), starlark.StringDict{
		"read":  starlark.NewBuiltin("content.read", readBuiltin(files)),
		"write": starlark.NewBuiltin("content.write", writeBuiltin(files)),
		"list":  starlark.NewBuiltin("content.list", listBuiltin(files)),
	})
	_, err := starlark.ExecFileOptions(options, thread, name, script, starlark.StringDict{"content": content})
	if evaluation := (*starlark.EvalError)(nil); errors.As(err, &evaluation) && len(evaluation.CallStack) > 0 {
		at := evaluation.CallStack[0].Pos.Line
		return fmt.Errorf("cannot run the mutation script of %s, line %d: %w", name, at, err)
	}
	if err != nil {
		return fmt.Errorf("cannot run the mutation script of %s: %w", name, err)
	}
	return nil
}

type builtin = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

func readBuiltin(files Files) builtin {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
		var name string
		if err := starlark.UnpackArgs(b.Name(), args, named, "path", &name); err != nil {
			return nil, err
		}
		data, err := files.Read(name)
		return starlark.String(data), err
	}
}

func writeBuiltin(files Files) builtin {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
		var name, data string
		if err := starlark.UnpackArgs(b.Name(), args, named, "path", &name, "data", &data); err != nil {
			return nil, err
		}
		return starlark.None, files.Write(name, []byte(data))
	}
}

func listBuiltin(files Files) builtin {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
		var dir string
		if err := starlark.UnpackArgs(b.Name(), args, named, "path", &dir); err != nil {
			return nil, err
		}
		names, err := files.List(dir)
		if err != nil {
			return nil, err
		}
		values := make([]starlark.Value, len(names))
		for i, n := range names {
			values[i] = starlark.String(n)
		}
		return starlark.NewList(values), nil
	}
}

// Guard lets scripts read and list only the paths of the selected slices and their parents, and write only mutable
// ones. It judges names; that links stay inside the root is for files to see to.
func Guard(files Files, selected []*Slice, arch string) Files {
	g := &guard{files: files, readable: map[string]bool{"/": true}, mutable: map[string]bool{}}
	for _, s := range selected {
		for p, info := range s.Contents {
			if !onArch(info.Arch, arch) {
				continue
			}
			if info.Kind == Glob {
				g.globs = append(g.globs, p)
			}
			if info.Mutable {
				g.mutable[p] = true
			}
			for at := strings.TrimSuffix(p, "/"); at != "/" && info.Kind != Glob; at = path.Dir(at) {
				g.readable[at] = true
			}
		}
	}
	return g
}

type guard struct {
	files    Files
	readable map[string]bool
	mutable  map[string]bool
	globs    []string
}

func (g *guard) allowed(p string) bool {
	bare := strings.TrimSuffix(p, "/")
	if p == "/" || g.readable[bare] {
		return true
	}
	return slices.ContainsFunc(g.globs, func(glob string) bool {
		return Match(glob, bare) || Match(glob, bare+"/") || Intersects(glob, escapeNone(bare)+"/**")
	})
}

// escapeNone is the path as a pattern: a path with wildcard characters is no path of a package that scripts may ask
// for, and stands for nothing.
func escapeNone(p string) string { return strings.NewReplacer("*", "\x00", "?", "\x00").Replace(p) }

func (g *guard) check(p string) error {
	if checkPath(p) != "" && p != "/" {
		return fmt.Errorf("cannot use the path %q: it is not absolute and clean", p)
	}
	if !g.allowed(p) {
		return fmt.Errorf("cannot read %s: no selected slice has it", p)
	}
	return nil
}

func (g *guard) Read(p string) ([]byte, error) {
	if err := g.check(p); err != nil {
		return nil, err
	}
	return g.files.Read(p)
}

func (g *guard) Write(p string, data []byte) error {
	if err := g.check(p); err != nil {
		return err
	}
	if !g.mutable[p] {
		return fmt.Errorf("cannot write %s: it is not mutable", p)
	}
	return g.files.Write(p, data)
}

func (g *guard) List(dir string) ([]string, error) {
	if err := g.check(dir); err != nil {
		return nil, err
	}
	return g.files.List(dir)
}
