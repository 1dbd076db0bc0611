package release

import (
	"errors"
	"fmt"
	"path"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// Files is what a mutation script sees of the tree: the selected paths and the directories above them. Paths are absolute
// and clean; List returns names sorted, directories with a "/" at the end.
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
		name, err := cleaned(name)
		if err != nil {
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
		name, err := cleaned(name)
		if err != nil {
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
		dir, err := cleaned(dir)
		if err != nil {
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

// cleaned is the path that a script names, without "." and "..", double slashes and a slash at the end.
func cleaned(name string) (string, error) {
	if !path.IsAbs(name) {
		return "", fmt.Errorf("cannot use the path %q: it is not absolute", name)
	}
	return path.Clean(name), nil
}
