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

// bounds of a script. A step may do much, such as multiplying numbers of a million digits, and cannot be stopped: then the script is
// left to itself, and the cut fails.
type bounds struct {
	steps  uint64
	time   time.Duration
	memory uint64 // bytes by which what the process uses may grow while the script runs; also of one file that it writes
}

// ofScripts are the bounds of every script.
var ofScripts = bounds{steps: 100_000_000, time: 10 * time.Second, memory: 128 << 20}

// lookEvery is how often the memory of a script that runs is looked at.
const lookEvery = 2 * time.Millisecond

// Mutate runs a mutation script: Starlark with loops, conditions and reassignment at top level, without while and
// load, with the object "content" that has read, write and list. Name is the slice, for messages. When it returns the script
// has no files any more, even if it runs on: see bounds.
func Mutate(ctx context.Context, name, script string, files Files) error {
	_, err := ofScripts.run(ctx, name, script, files)
	return err
}

// run runs a script within bounds. The channel is closed when it runs no more, which for one that was given up is later.
func (b bounds) run(ctx context.Context, name, script string, files Files) (<-chan ended, error) {
	options := &syntax.FileOptions{TopLevelControl: true, GlobalReassign: true}
	thread := &starlark.Thread{Name: name, Print: func(*starlark.Thread, string) {}}
	thread.SetMaxExecutionSteps(b.steps)
	lent := &lentFiles{files: files}
	content := starlarkstruct.FromStringDict(starlark.String("content"), starlark.StringDict{
		"read":  starlark.NewBuiltin("content.read", readBuiltin(lent)),
		"write": starlark.NewBuiltin("content.write", writeBuiltin(lent, b)),
		"list":  starlark.NewBuiltin("content.list", listBuiltin(lent)),
	})
	most := memoryInUse() + b.memory
	done := make(chan ended, 1)
	go func() {
		globals, err := starlark.ExecFileOptions(options, thread, name, script, starlark.StringDict{"content": content})
		done <- ended{globals, err}
		close(done)
	}()
	err := b.watch(ctx, done, most)
	lent.takeBack()
	thread.Cancel("it was given up")
	if evaluation := (*starlark.EvalError)(nil); errors.As(err, &evaluation) && len(evaluation.CallStack) > 0 {
		return done, fmt.Errorf("cannot run the mutation script of %s, line %d: %w", name, evaluation.CallStack[0].Pos.Line, err)
	}
	if err != nil {
		return done, fmt.Errorf("cannot run the mutation script of %s: %w", name, err)
	}
	return done, nil
}

// ended is a script that has run: what it holds still, and its error.
type ended struct {
	globals starlark.StringDict
	err     error
}

// watch waits for a script, until the process uses more bytes of memory than most, it takes too long, or the context is done.
// What a script holds at its end counts, too: one step may take all that it likes, and be over before anybody looks.
func (b bounds) watch(ctx context.Context, done <-chan ended, most uint64) error {
	end := time.NewTimer(b.time)
	defer end.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case script := <-done:
			tooMuch := script.err == nil && moreAlive(most)
			runtime.KeepAlive(script.globals)
			if tooMuch {
				return b.tooMuch()
			}
			return script.err
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return fmt.Errorf("it takes more than %s", b.time)
		case <-look.C: // while the collector ran, a script could make gigabytes: dead objects count, too
			if memoryInUse() > most {
				return b.tooMuch()
			}
		}
	}
}

func (b bounds) tooMuch() error {
	return fmt.Errorf("it takes more than %d MB of memory", b.memory>>20)
}

// moreAlive tells whether live objects have more bytes than most. What nobody held any more when it was called does not count.
func moreAlive(most uint64) bool {
	if memoryInUse() <= most {
		return false
	}
	runtime.GC()
	return memoryInUse() > most
}

// memoryInUse is how many bytes objects on the heap have, dead ones that were not collected yet among them.
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

func writeBuiltin(files Files, most bounds) builtin {
	return func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, named []starlark.Tuple) (starlark.Value, error) {
		var name, data string
		if err := starlark.UnpackArgs(b.Name(), args, named, "path", &name, "data", &data); err != nil {
			return nil, err
		}
		name, err := cleaned(name)
		if err != nil {
			return nil, err
		}
		if uint64(len(data)) > most.memory {
			return nil, most.tooMuch()
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
