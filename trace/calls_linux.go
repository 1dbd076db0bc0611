//go:build amd64 || arm64

package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shape says where a system call has its path.
type shape struct {
	dir  int // argument with the directory's descriptor; -1 if there is none
	path int // argument with the address of the path
	kind callKind
}

type callKind byte

const (
	opens    callKind = iota + 1 // open, with the flags in the argument behind the path
	opensHow                     // openat2, with the flags in a struct
	starts                       // execve
	looks                        // stat and its like: only what is missing tells something
)

// shapes are the calls that both architectures have.
var shapes = map[uint64]shape{
	unix.SYS_OPENAT:     {0, 1, opens},
	unix.SYS_OPENAT2:    {0, 1, opensHow},
	unix.SYS_EXECVE:     {-1, 0, starts},
	unix.SYS_EXECVEAT:   {0, 1, starts},
	unix.SYS_STATX:      {0, 1, looks},
	unix.SYS_FACCESSAT:  {0, 1, looks},
	unix.SYS_FACCESSAT2: {0, 1, looks},
}

// call is a system call under way.
type call struct {
	kind  callKind
	path  string // absolute in the root
	begun bool
}

// begun marks a task whose first stop has not been seen.
var begun = call{begun: true}

// info is struct ptrace_syscall_info of ptrace(2), which is the same on all architectures.
type info struct {
	op   uint8
	_    [3]byte
	arch uint32
	_    [2]uint64 // instruction and stack pointer
	data [8]uint64 // on entry the number and six arguments; on exit the result
}

func syscallInfo(pid int) (info, error) {
	var i info
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(i), uintptr(unsafe.Pointer(&i)), 0, 0)
	if errno != 0 {
		return i, errno
	}
	return i, nil
}

// syscall looks at a system call that begins or ends. A task that was killed meanwhile tells nothing any more.
func (t *tracer) syscall(pid int) {
	i, err := syscallInfo(pid)
	if err != nil {
		return
	}
	task := t.task(pid)
	switch {
	case i.arch != nativeArch:
		if i.op == unix.PTRACE_SYSCALL_INFO_ENTRY {
			t.result.Foreign++
		}
	case i.op == unix.PTRACE_SYSCALL_INFO_ENTRY:
		task.call = t.enter(pid, i)
		if clonesUntraced(pid, i) {
			program, _ := t.link(pid, "exe")
			t.untraced[program] = true
		}
	case i.op == unix.PTRACE_SYSCALL_INFO_EXIT && task.call.path != "":
		t.leave(pid, task, int64(i.data[0]))
		task.call = call{}
	}
}

// enter reads what a call asks for. It must be read now: the program may change its memory during the call.
func (t *tracer) enter(pid int, i info) call {
	s, ok := shapes[i.data[0]]
	if !ok {
		return call{}
	}
	args := i.data[1:7]
	if writes(pid, s, args) {
		return call{}
	}
	asked, ok := text(pid, args[s.path])
	if !ok || asked == "" {
		return call{}
	}
	if strings.HasPrefix(asked, "/") {
		return call{kind: s.kind, path: filepath.Clean(asked)}
	}
	dir := int32(unix.AT_FDCWD)
	if s.dir >= 0 {
		dir = int32(args[s.dir]) // the kernel looks at the lower half
	}
	below, ok := t.descriptor(pid, dir)
	if !ok {
		return call{}
	}
	return call{kind: s.kind, path: filepath.Join(below, asked)}
}

// writes tells whether the file is opened for its name or for writing only: no content of it is read.
func writes(pid int, s shape, args []uint64) bool {
	var flags uint64
	switch s.kind {
	case opens:
		flags = args[s.path+1]
	case opensHow:
		var ok bool
		if flags, ok = word(pid, args[s.path+1]); !ok {
			return true
		}
	}
	return flags&unix.O_ACCMODE == unix.O_WRONLY || flags&unix.O_PATH != 0
}

// clonesUntraced tells whether a process is made so that it cannot be traced: it may have ended before anybody can see it.
func clonesUntraced(pid int, i info) bool {
	flags := uint64(0)
	switch i.data[0] {
	case unix.SYS_CLONE:
		flags = i.data[1]
	case unix.SYS_CLONE3:
		flags, _ = word(pid, i.data[1]) // the first member of a struct
	}
	return flags&unix.CLONE_UNTRACED != 0
}

// word reads a number of a program's memory; amd64 and arm64 have the lowest byte first.
func word(pid int, address uint64) (uint64, bool) {
	var b [8]byte
	n, err := unix.PtracePeekData(pid, uintptr(address), b[:])
	return binary.LittleEndian.Uint64(b[:]), err == nil && n == len(b)
}

// leave notes how a call ended.
func (t *tracer) leave(pid int, task *task, result int64) {
	if task.program == "" { // its parent has not told of it yet
		task.program, _ = t.link(pid, "exe")
	}
	switch {
	case result == -int64(unix.ENOENT):
		t.missing.add(task.call.path, task.program)
	case result >= 0 && (task.call.kind == opens || task.call.kind == opensHow):
		if at, ok := t.descriptor(pid, int32(result)); ok && t.isFile(at) {
			t.opened.add(at, task.program)
		}
	}
}

// isFile leaves out directories, pipes and devices.
func (t *tracer) isFile(at string) bool {
	i, err := os.Lstat(t.root + at)
	return err == nil && i.Mode().IsRegular()
}

// started notes a program, by the path that was asked for and by that of what runs: for a script they differ.
func (t *tracer) started(pid int, asked string) {
	task := t.task(pid)
	task.call = call{}
	by := task.program
	if exe, ok := t.link(pid, "exe"); ok {
		task.program = exe
	}
	if by == "" {
		by = task.program
	}
	t.opened.add(task.program, by)
	if asked = resolve(t.root, asked); t.isFile(asked) {
		t.opened.add(asked, by)
	}
}

// executed is a start that succeeded. The other threads of the process are gone; the one that goes on has the process's
// number, so the call is looked for under the number that it had before.
func (t *tracer) executed(pid int) {
	former := pid
	if n, err := unix.PtraceGetEventMsg(pid); err == nil {
		former = int(n)
	}
	asked := t.task(former).call.path
	if former != pid {
		t.tasks[pid] = t.tasks[former]
		delete(t.tasks, former)
	}
	t.started(pid, asked)
}

// descriptor is the path of an open file, or of the working directory.
func (t *tracer) descriptor(pid int, fd int32) (string, bool) {
	if fd == unix.AT_FDCWD {
		return t.link(pid, "cwd")
	}
	return t.link(pid, fmt.Sprintf("fd/%d", fd))
}

// link reads a link of /proc and makes it a path in the root. What is outside, or no path, is not told.
func (t *tracer) link(pid int, name string) (string, bool) {
	at, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/" + name)
	if err != nil || !strings.HasPrefix(at, "/") {
		return "", false
	}
	if t.root == "" {
		return at, true
	}
	below, ok := strings.CutPrefix(at, t.root)
	if !ok || below != "" && below[0] != '/' {
		return "", false
	}
	return filepath.Clean("/" + below), true
}

// longest is the longest path that the kernel takes, with its end.
const longest = 4096

// text reads a string of the program.
func text(pid int, address uint64) (string, bool) {
	var all []byte
	for len(all) < longest {
		var chunk [32]byte
		n, err := unix.PtracePeekData(pid, uintptr(address)+uintptr(len(all)), chunk[:])
		if i := bytes.IndexByte(chunk[:n], 0); i >= 0 {
			return string(append(all, chunk[:i]...)), true
		}
		if err != nil || n == 0 {
			return "", false
		}
		all = append(all, chunk[:n]...)
	}
	return "", false
}
