package release

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

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

// Bounds of a script: steps, time, and bytes by which memory may grow while it runs. A step may do much, such as multiplying
// numbers of a million digits, and cannot be stopped: then the script is left to itself, and the cut fails.
const (
	maxSteps  = 100_000_000
	maxTime   = 10 * time.Second
	maxMemory = 128 << 20
	lookEvery = 2 * time.Millisecond
)

// Mutate runs a mutation script: Starlark with loops, conditions and reassignment at top level, without while and
// load, with the object "content" that has read, write and list. Name is the slice, for messages. When it returns the script
// has no files any more, even if it runs on: see maxTime.
func Mutate(ctx context.Context, name, script string, files Files) error {
	options := &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	thread := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(maxSteps)
	lent := &lentFiles{files: files}
	content := starlarkstruct.FromStringDict(starlark.String("content"), starlark.StringDict{
		"read":  starlark.NewBuiltin("content.read", readBuiltin(lent)),
		"write": starlark.NewBuiltin("content.write", writeBuiltin(lent)),
		"list":  starlark.NewBuiltin("content.list", listBuiltin(lent)),
	})
	before := memoryInUse()
	done := make(chan ended, 1)
	go func() {
		globals, err := starlark.ExecFileOptions(options, thread, name, script, starlark.StringDict{"content": content})
		done <- ended{globals, err}
	}()
	err := watch(ctx, done, before+maxMemory)
	lent.takeBack()
	thread.Cancel("it was given up")
	if evaluation := (*starlark.EvalError)(nil); errors.As(err, &evaluation) && len(evaluation.CallStack) > 0 {
		at := evaluation.CallStack[0].Pos.Line
		return fmt.Errorf("cannot run the mutation script of %s, line %d: %w", name, at, err)
	}
	if err != nil {
		return fmt.Errorf("cannot run the mutation script of %s: %w", name, err)
	}
	return nil
}

// ended is a script that has run: what it holds still, and its error.
type ended struct {
	globals starlark.StringDict
	err     error
}

var errMemory = fmt.Errorf("it takes more than %d MB of memory", maxMemory>>20)

// watch waits for a script, until the process uses more bytes of memory than most, it takes too long, or the context is done.
// What a script holds at its end counts, too: one step may take all that it likes, and be over before anybody looks.
func watch(ctx context.Context, done <-chan ended, most uint64) error {
	end := time.NewTimer(maxTime)
	defer end.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case script := <-done:
			tooMuch := script.err == nil && memoryInUse() > most
			runtime.KeepAlive(script.globals)
			if tooMuch {
				return errMemory
			}
			return script.err
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return fmt.Errorf("it takes more than %s", maxTime)
		case <-look.C:
			if memoryInUse() > most {
				return errMemory
			}
		}
	}
}

// memoryInUse is how many bytes objects on the heap have.
func memoryInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// lentFiles are files until they are taken back.
type lentFiles struct {
	mu    sync.Mutex
	files Files // nil: taken back
}

var errTakenBack = errors.New("the script was given up")

func (l *lentFiles) takeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = nil
}

func (l *lentFiles) Read(path string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files == nil {
		return nil, errTakenBack
	}
	return l.files.Read(path)
}

func (l *lentFiles) Write(path string, data []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files == nil {
		return errTakenBack
	}
	return l.files.Write(path, data)
}

func (l *lentFiles) List(dir string) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files == nil {
		return nil, errTakenBack
	}
	return l.files.List(dir)
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
		if len(data) > maxMemory {
			return nil, errMemory
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
