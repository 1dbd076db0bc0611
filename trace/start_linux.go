//go:build amd64 || arm64

package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// start starts the command so that it stops before its first instruction. The calling thread is its tracer.
func (c Command) start() (*os.Process, error) {
	program, err := c.program()
	if err != nil {
		return nil, err
	}
	attr := &os.ProcAttr{
		Dir: c.Dir, Env: c.Env, Files: []*os.File{c.Stdin, c.Stdout, c.Stderr},
		Sys: &syscall.SysProcAttr{Ptrace: true, Chroot: c.Root},
	}
	if c.Root != "" {
		if attr.Dir == "" {
			attr.Dir = "/"
		}
		if os.Geteuid() != 0 { // only root may change the root, but everybody is root in a namespace of their own
			attr.Sys.Cloneflags = syscall.CLONE_NEWUSER
			attr.Sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
			attr.Sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
		}
	}
	p, err := os.StartProcess(program, c.Args, attr)
	if errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EACCES) { // EACCES: the file may not be executed
		return nil, fmt.Errorf("cannot trace %s: %w: %w", program, ErrNotPermitted, err)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot run %s: %w", program, err)
	}
	return p, nil
}

// defaultPath is where programs are looked for without a PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// program is the path of the command's program, in the root.
func (c Command) program() (string, error) {
	name := c.Args[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	dirs := defaultPath
	for _, v := range c.Env {
		if p, ok := strings.CutPrefix(v, "PATH="); ok {
			dirs = p
		}
	}
	for _, dir := range filepath.SplitList(dirs) {
		at := filepath.Join(dir, name)
		real := resolve(c.Root, at)
		if i, err := os.Lstat(filepath.Join(c.Root, real)); err == nil && i.Mode().IsRegular() && i.Mode()&0o111 != 0 {
			return at, nil
		}
	}
	return "", fmt.Errorf("cannot run %s: no directory of PATH has it (%s)", name, dirs)
}

// resolve follows the symbolic links of a path inside a root, as far as there are any.
func resolve(root, at string) string {
	done, rest := "/", strings.Split(filepath.Clean("/"+at), "/")
	for hops := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		link, err := os.Readlink(filepath.Join(root, next))
		if hops++; err != nil || hops > 255 {
			done = next
			continue
		}
		if filepath.IsAbs(link) {
			done = "/"
		}
		rest = append(strings.Split(link, "/"), rest...)
	}
	return done
}
