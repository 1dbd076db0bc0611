//go:build amd64 || arm64

package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// processes are the processes of a run. They are signalled by descriptors (pidfd_open(2)): by the time a signal is sent, the
// number of one that has ended may be another's.
type processes struct {
	mu    sync.Mutex
	main  int
	fds   map[int]int // by number
	asked unix.Signal // the last signal to all; 0 for none
}

// begin notes the command's own process. It gets the signal that was asked for before it was there.
func (p *processes) begin(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.main = pid
	p.hold(pid)
	if fd, ok := p.fds[pid]; ok && p.asked != 0 {
		_ = unix.PidfdSendSignal(fd, p.asked, nil, 0)
	}
}

// add notes a task. One that comes when all were killed is killed, too.
func (p *processes) add(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold(pid)
	if fd, ok := p.fds[pid]; ok && p.asked == unix.SIGKILL {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
}

// hold opens a process's descriptor. Threads have none of their own, and need none.
func (p *processes) hold(pid int) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	if old, ok := p.fds[pid]; ok {
		_ = unix.Close(old)
	}
	p.fds[pid] = fd
}

func (p *processes) ended(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fd, ok := p.fds[pid]; ok {
		_ = unix.Close(fd)
		delete(p.fds, pid)
	}
}

// signal asks the command to end, or what it has left; SIGKILL is for all.
func (p *processes) signal(sig unix.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = sig
	if fd, ok := p.fds[p.main]; ok && sig != unix.SIGKILL {
		_ = unix.PidfdSendSignal(fd, sig, nil, 0) // one that is gone needs none
		return
	}
	for _, fd := range p.fds {
		_ = unix.PidfdSendSignal(fd, sig, nil, 0)
	}
}

func (p *processes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fd := range p.fds {
		_ = unix.Close(fd)
	}
	p.fds = map[int]int{}
}

// endOrphans kills the children that this process was left, and returns their programs: those that made themselves untraced
// (CLONE_UNTRACED), and so were not seen.
func endOrphans() []string {
	var programs []string
	for range 100 { // each may leave more
		children := ownChildren()
		if len(children) == 0 {
			break
		}
		for _, pid := range children {
			program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
			if err != nil {
				program = strconv.Itoa(pid)
			}
			if fd, err := unix.PidfdOpen(pid, 0); err == nil {
				_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
				_ = unix.Close(fd)
			}
			var status unix.WaitStatus
			if got, err := unix.Wait4(pid, &status, unix.WALL, nil); err == nil && got == pid {
				programs = append(programs, program)
			}
		}
	}
	return programs
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
