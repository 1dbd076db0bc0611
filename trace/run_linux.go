//go:build amd64 || arm64

package trace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// options make children and threads traced from their first instruction, and kill all if the tracer dies.
const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK |
	unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

// grace is how long a program that was asked to end may take to do it.
const grace = 10 * time.Second

// Run runs a command to its end, with all its children. When ctx ends, or the time is up, it is asked to end (SIGTERM), or, if
// it has ended and left children, these are; a little later all are killed. What was seen until then is the result.
func Run(ctx context.Context, c Command) (*Result, error) {
	type outcome struct {
		*Result
		error
	}
	done := make(chan outcome)
	running := newProcesses()
	defer running.close()
	onOwnThread(func() {
		r, err := c.follow(running)
		done <- outcome{r, err}
	})
	var timeUp <-chan time.Time
	if c.For > 0 {
		timeUp = time.After(c.For)
	}
	signals := []unix.Signal{unix.SIGTERM, unix.SIGKILL}
	asked := ctx.Done()
	for {
		select {
		case o := <-done:
			return o.Result, o.error
		case <-asked:
		case <-timeUp:
		}
		asked = nil
		running.signal(signals[0])
		timeUp, signals = time.After(grace), signals[min(len(signals)-1, 1):]
	}
}

// onOwnThread begins a function on a thread of its own, for only the thread that has started a program may trace it. It is not
// given back: it ends with the function. It is not the process's first thread, which is the one that orphans are given to: the
// tracer would wait for them as if they were traced.
func onOwnThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		defer runtime.UnlockOSThread()
		begun := make(chan struct{})
		go func() { // on another thread, for this one is taken
			runtime.LockOSThread()
			close(begun)
			f()
		}()
		<-begun
	}()
}

// tracer is one run. The tasks are processes and threads by their number.
type tracer struct {
	root     string // as /proc shows it; empty for none
	main     int
	tasks    map[int]*task
	running  *processes
	opened   seen
	missing  seen
	untraced map[string]bool // programs that started others so that they cannot be traced, and those
	result   Result
}

type task struct {
	program string // path in the root
	call    call   // the system call that it is in; zero for none
}

func (c Command) follow(running *processes) (*Result, error) {
	if c.Alone {
		// Children that are left behind become this process's, those among them that it cannot trace.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err == nil {
			defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()
		}
	}
	p, err := c.start()
	if err != nil {
		return nil, err
	}
	running.begin(p.Pid)
	t := &tracer{main: p.Pid, running: running, tasks: map[int]*task{}, opened: seen{}, missing: seen{}, untraced: map[string]bool{}}
	_ = p.Release() // waiting is done here, for all tasks
	var status unix.WaitStatus
	if _, err := wait(t.main, &status); err != nil || !status.Stopped() {
		return nil, fmt.Errorf("cannot trace %s: it did not stop at its start: %w", c.Args[0], errors.Join(err, ErrNotPermitted))
	}
	if err := unix.PtraceSetOptions(t.main, options); err != nil {
		_ = unix.Kill(t.main, unix.SIGKILL)
		return nil, fmt.Errorf("cannot trace %s: %w: %w", c.Args[0], ErrNotPermitted, err)
	}
	if t.root, err = rootOf(t.main); err != nil {
		_ = unix.Kill(t.main, unix.SIGKILL)
		return nil, fmt.Errorf("cannot trace %s: %w", c.Args[0], err)
	}
	t.started(t.main, c.Args[0])
	t.resume(t.main, 0)
	if err := t.loop(); err != nil {
		return nil, err
	}
	if c.Alone {
		if err := endOrphans(t.untraced); err != nil {
			return nil, err
		}
	}
	t.result.Untraced = slices.Sorted(maps.Keys(t.untraced))
	t.result.Opened, t.result.Missing = t.opened.list(), t.missing.list()
	return &t.result, nil
}

func wait(pid int, status *unix.WaitStatus) (int, error) {
	for {
		// Not the children of other threads: they belong to whoever started them.
		got, err := unix.Wait4(pid, status, unix.WALL|unix.WNOTHREAD, nil)
		if !errors.Is(err, unix.EINTR) {
			return got, err
		}
	}
}

// loop goes from stop to stop until no task is left.
func (t *tracer) loop() error {
	for {
		var status unix.WaitStatus
		pid, err := wait(-1, &status)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil:
			return fmt.Errorf("cannot wait for the program: %w", err)
		case status.Stopped():
			t.resume(pid, t.stopped(pid, status))
			continue
		}
		delete(t.tasks, pid)
		t.running.ended(pid)
		if pid == t.main {
			t.result.Exit = status.ExitStatus()
			if status.Signaled() {
				t.result.Exit = 128 + int(status.Signal())
			}
		}
	}
}

// syscallStop is what a stop in a system call looks like, by TRACESYSGOOD.
const syscallStop = unix.SIGTRAP | 0x80

// stopped looks at a stop and returns the signal that the task is to get.
func (t *tracer) stopped(pid int, status unix.WaitStatus) syscall.Signal {
	_, known := t.tasks[pid]
	switch sig := status.StopSignal(); {
	case sig == syscallStop:
		t.syscall(pid)
		return 0
	case sig == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_EXEC:
		t.executed(pid)
		return 0
	case sig == unix.SIGTRAP && status.TrapCause() > 0:
		if child, err := unix.PtraceGetEventMsg(pid); err == nil {
			t.task(int(child)).program = t.task(pid).program
		}
		return 0
	case sig == unix.SIGSTOP && (!known || t.tasks[pid].call == begun):
		t.task(pid).call = call{}
		return 0 // how a new task begins to be traced
	default:
		return sig
	}
}

// task is what is known of a task; a new one may be seen before its parent tells of it.
func (t *tracer) task(pid int) *task {
	if t.tasks[pid] == nil {
		t.tasks[pid] = &task{call: begun}
		t.running.add(pid)
	}
	return t.tasks[pid]
}

// resume lets a task go on to its next system call. One that is gone is told of by wait.
func (t *tracer) resume(pid int, sig syscall.Signal) { _ = unix.PtraceSyscall(pid, int(sig)) }

func rootOf(pid int) (string, error) {
	root, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/root")
	if err != nil {
		return "", fmt.Errorf("/proc cannot be read, and without it paths cannot be told: %w", err)
	}
	if root == "/" {
		return "", nil
	}
	return root, nil
}
