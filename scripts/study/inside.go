package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/sandbox"
)

// maxOutput is how many bytes of a program's output are looked at.
const maxOutput = 4 << 20

// inside is the first process of a container: it mounts the root and runs the commands that come in.
func inside(ctx context.Context, in io.Reader, out io.Writer) error {
	runtime.LockOSThread() // what is dropped is dropped for this thread and the programs that it starts
	commands, answers := json.NewDecoder(in), json.NewEncoder(out)
	var m mounts
	if err := commands.Decode(&m); err != nil {
		return fmt.Errorf("cannot read what to mount: %w", err)
	}
	root, err := m.mount()
	if err != nil {
		return err
	}
	if err := sandbox.DropCapabilities(ofDocker...); err != nil {
		return err
	}
	for {
		var c command
		if err := commands.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("cannot read a command: %w", err)
		}
		if err := answers.Encode(c.run(ctx, root)); err != nil {
			return fmt.Errorf("cannot answer: %w", err)
		}
	}
}

// mount makes the root: the layers, a copy in memory of what is written, and what a container has: /proc, a small /dev,
// and /tmp.
func (m mounts) mount() (string, error) {
	syscall.Umask(0)
	defer syscall.Umask(0o022)
	root, upper, work := filepath.Join(m.At, "root"), filepath.Join(m.At, "upper"), filepath.Join(m.At, "work")
	overlay := "lowerdir=" + strings.Join(m.Layers, ":") + ",upperdir=" + upper + ",workdir=" + work
	if len(m.Layers) == 0 {
		return "", errors.New("cannot mount a root of no layers")
	}
	steps := []func() error{
		func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") },
		func() error { return unix.Mount("tmpfs", m.At, "tmpfs", 0, "mode=0755,size=12g") },
		func() error { return mkdirs(0o755, root, upper, work, upper+"/proc", upper+"/dev") },
		func() error { return mkdirs(0o1777, upper+"/tmp") },
		func() error { return unix.Mount("overlay", root, "overlay", 0, overlay) },
		func() error { return m.mirror(root) },
		func() error { return unix.Mount("proc", root+"/proc", "proc", 0, "") },
		func() error { return unix.Mount("tmpfs", root+"/dev", "tmpfs", 0, "mode=0755") },
		func() error { return sandbox.BindDevices(root + "/dev") },
		func() error { return furnish(root + "/dev") },
		func() error { return m.bind(root) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return "", fmt.Errorf("cannot mount a root of %s at %s: %w", strings.Join(m.Layers, ", "), m.At, err)
		}
	}
	return root, nil
}

func (m mounts) mirror(root string) error {
	if m.Mirror == "" {
		return nil
	}
	return errors.Join(os.MkdirAll(root+m.Mirror, 0o755), unix.Mount(root, root+m.Mirror, "", unix.MS_BIND, ""))
}

func (m mounts) bind(root string) error {
	for at, dir := range m.Binds {
		if err := os.MkdirAll(root+at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(dir, root+at, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

func mkdirs(mode uint32, names ...string) error {
	for _, n := range names {
		if err := unix.Mkdir(n, mode); err != nil && !errors.Is(err, fs.ErrExist) {
			return &fs.PathError{Op: "mkdir", Path: n, Err: err}
		}
	}
	return nil
}

// furnish gives /dev what programs look for in it beside devices.
func furnish(dev string) error {
	for name, target := range map[string]string{"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"} {
		if err := os.Symlink("/proc/self/fd"+target, dev+"/"+name); err != nil {
			return err
		}
	}
	return mkdirs(0o1777, dev+"/shm")
}

// ofDocker are the capabilities that Docker leaves to programs.
var ofDocker = []int{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID,
	unix.CAP_SETPCAP, unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_SYS_CHROOT, unix.CAP_MKNOD, unix.CAP_AUDIT_WRITE, unix.CAP_SETFCAP,
}

// run runs one command to its end, and ends what it has left running.
func (c command) run(ctx context.Context, root string) answer {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Seconds)*time.Second)
	defer cancel()
	var stdout, stderr head
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env, cmd.Dir = append([]string{}, c.Env...), "/"
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second // a child that lives on may hold the output
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Setsid: true}
	if !c.Network {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
	err := cmd.Run()
	_ = syscall.Kill(-1, syscall.SIGKILL) // everything but this process
	a := answer{Exit: exitCode(ctx, cmd, err), Stdout: stdout.text, Stderr: stderr.text}
	if cmd.ProcessState == nil && err != nil {
		a.Error = err.Error()
	}
	return a
}

func exitCode(ctx context.Context, cmd *exec.Cmd, err error) int {
	switch {
	case ctx.Err() != nil:
		return 124
	case cmd.ProcessState == nil && errors.Is(err, fs.ErrNotExist):
		return 127
	case cmd.ProcessState == nil:
		return 126
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// head keeps the beginning of what is written to it.
type head struct{ text []byte }

func (h *head) Write(p []byte) (int, error) {
	h.text = append(h.text, p[:min(len(p), maxOutput-len(h.text))]...)
	return len(p), nil
}
