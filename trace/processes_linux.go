//go:build amd64 || arm64

package trace

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// processes are the processes of a run. They are signalled by descriptors (pidfd_open(2)): by the time a signal is sent, the
// number of one that has ended may be another's. Only the command's own is kept open: a command may start more processes
// than this one may have descriptors.
type processes struct {
	mu      sync.Mutex
	tracer  int // the thread that traces, by number
	main    int // the command's own process, by number
	command int // and its descriptor; -1 if there is none
	tasks   map[int]bool
	asked   unix.Signal // the last signal to all; 0 for none
}

func newProcesses() *processes { return &processes{command: -1, tasks: map[int]bool{}} }

// begin notes the command's own process, which the calling thread traces. It gets the signal that was asked for before it was there.
func (p *processes) begin(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracer, p.main = unix.Gettid(), pid
	p.tasks[pid] = true
	if fd, err := unix.PidfdOpen(pid, 0); err == nil {
		p.command = fd
		if p.asked != 0 {
			_ = unix.PidfdSendSignal(fd, p.asked, nil, 0)
		}
	}
}

// add notes a task. One that comes when all were killed is killed, too.
func (p *processes) add(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks[pid] = true
	if p.asked == unix.SIGKILL {
		p.send(pid, unix.SIGKILL)
	}
}

func (p *processes) ended(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tasks, pid)
	if pid == p.main {
		p.closeCommand()
	}
}

// signal asks the command to end, or what it has left; SIGKILL is for all.
func (p *processes) signal(sig unix.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = sig
	if p.command >= 0 && sig != unix.SIGKILL {
		_ = unix.PidfdSendSignal(p.command, sig, nil, 0)
		return
	}
	for pid := range p.tasks {
		p.send(pid, sig)
	}
}

// send signals a process if it is still one that is traced here: who traces it is asked when its descriptor is open, and holds for
// what the descriptor is of. Threads have no descriptor of their own, and need none.
func (p *processes) send(pid int, sig unix.Signal) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return // it has ended, or is a thread
	}
	defer unix.Close(fd)
	if tracerOf(pid) == p.tracer {
		_ = unix.PidfdSendSignal(fd, sig, nil, 0)
	}
}

// tracerOf is the number of the thread that traces a process; 0 if none does.
func tracerOf(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if number, ok := strings.CutPrefix(line, "TracerPid:"); ok {
			tracer, _ := strconv.Atoi(strings.TrimSpace(number)) // 0 for what is no number
			return tracer
		}
	}
	return 0
}

func (p *processes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeCommand()
}

func (p *processes) closeCommand() {
	if p.command >= 0 {
		_ = unix.Close(p.command)
		p.command = -1
	}
}

// endOrphans kills the children that this process was left, and adds their programs: those that made themselves untraced
// (CLONE_UNTRACED), and so were not seen. Each may leave more, and may have started another before it is hit, so this goes on until
// none is left, for a while.
func endOrphans(programs map[string]bool) error {
	for end := time.Now().Add(grace); ; {
		children := ownChildren()
		if len(children) == 0 {
			return nil
		}
		for _, pid := range children {
			if program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil { // one that has ended has none
				programs[program] = true
			}
			if fd, err := unix.PidfdOpen(pid, 0); err == nil {
				_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
				_ = unix.Close(fd)
			}
			_, _ = unix.Wait4(pid, nil, unix.WALL, nil)
		}
		if time.Now().After(end) {
			return fmt.Errorf("cannot end what was started so that it cannot be traced: there are always more processes of %s",
				strings.Join(slices.Sorted(maps.Keys(programs)), ", "))
		}
	}
}

// ownChildren are the numbers of this process's children.
func ownChildren() []int {
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		return nil
	}
	var all []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				all = append(all, pid)
			}
		}
	}
	return all
}
