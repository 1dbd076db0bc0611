package sandbox

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
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
)

// Inside is the first process of a sandbox, if the command line says that this is one: then there is nothing left to do but to exit with
// the code. It is to be called before anything else.
func Inside(args []string) (code int, is bool) {
	if len(args) != 2 || args[1] != start || os.Getpid() != 1 {
		return 0, false
	}
	runtime.LockOSThread() // what capabilities are left is a matter of the thread that starts the programs
	var j spec
	err := json.NewDecoder(os.Stdin).Decode(&j)
	if err == nil {
		err = j.enter()
	}
	if err == nil {
		err = j.answer(os.Stdout, j.do())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// enter makes the job's root the only one that there is, and gives up what could lead out of it.
func (j spec) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot keep mounts to oneself: %w", err)
	}
	if err := unix.Mount(j.Root, j.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot mount the root: %w", err)
	}
	var at unix.Statfs_t
	if err := unix.Statfs(j.Root, &at); err != nil {
		return fmt.Errorf("cannot look at the root's file system: %w", err)
	}
	kept := uintptr(at.Flags) & unix.MS_NOEXEC // what the mount forbids cannot be allowed again
	if err := unix.Mount("", j.Root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|kept, ""); err != nil {
		return fmt.Errorf("cannot make the root read-only: %w", err)
	}
	if err := unix.Mount("tmpfs", j.Root+"/dev", "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=0755,size=64k"); err != nil {
		return fmt.Errorf("cannot mount /dev: %w", err)
	}
	if err := BindDevices(j.Root + "/dev"); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", j.Root+"/tmp", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("mode=1777,size=%d", j.Limits.Bytes)); err != nil {
		return fmt.Errorf("cannot mount /tmp: %w", err)
	}
	for _, dir := range j.Writable {
		if err := j.open(dir); err != nil {
			return err
		}
	}
	if err := errors.Join(unix.Chdir(j.Root), unix.PivotRoot(".", "."), unix.Unmount(".", unix.MNT_DETACH), unix.Chdir("/")); err != nil {
		return fmt.Errorf("cannot leave the machine's root: %w", err)
	}
	return j.confine()
}

// open lays a file system of its own over a directory, with a copy of what is there, which belongs to whom the programs run as.
func (j spec) open(dir string) error {
	at := j.Root + dir
	was, err := os.OpenRoot(at)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", dir, err)
	}
	defer was.Close()
	if err := unix.Mount("tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("mode=0755,size=%d", j.Limits.Bytes)); err != nil {
		return fmt.Errorf("cannot mount %s: %w", dir, err)
	}
	if err := os.CopyFS(at, was.FS()); err != nil {
		return fmt.Errorf("cannot copy %s: %w", dir, err)
	}
	err = filepath.WalkDir(at, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(name, j.User, j.User))
	})
	if err != nil {
		return fmt.Errorf("cannot hand %s over: %w", dir, err)
	}
	return nil
}

// addresses is how many times the memory that it may have a process may have of addresses: this one, which has the bounds as well, is
// a program in Go, and reserves some gigabytes that it never uses.
const addresses = 4

// confine gives up every privilege that a program could get, and bounds what processes take.
func (j spec) confine() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot give up privileges: %w", err)
	}
	if err := DropCapabilities(); err != nil {
		return err
	}
	for resource, most := range map[int]int64{
		unix.RLIMIT_DATA: j.Limits.Memory, unix.RLIMIT_AS: addresses * j.Limits.Memory, unix.RLIMIT_CPU: int64(j.Limits.Seconds), unix.RLIMIT_FSIZE: j.Limits.Bytes,
		unix.RLIMIT_NPROC: int64(j.Limits.Processes), unix.RLIMIT_NOFILE: 1024, unix.RLIMIT_CORE: 0,
	} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: uint64(most), Max: uint64(most)}); err != nil {
			return fmt.Errorf("cannot bound what processes take: %w", err)
		}
	}
	return nil
}

// do does the steps, and ends what they left running. It tells why one failed.
func (j spec) do() (failed string) {
	syscall.Umask(0o022)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(j.Limits.Seconds)*time.Second)
	defer cancel()
	for _, s := range j.Steps {
		if err := j.step(ctx, s); err != nil {
			if ctx.Err() != nil {
				err = fmt.Errorf("it took longer than %d s", j.Limits.Seconds)
			}
			failed = err.Error()
			break
		}
	}
	_ = syscall.Kill(-1, syscall.SIGKILL) // everything but this process
	return failed
}

// step runs one pipeline to its end.
func (j spec) step(ctx context.Context, s Step) error {
	in, closeIn, err := input(s.Input)
	if err != nil {
		return err
	}
	defer closeIn()
	if s.Output == "" {
		return j.print(ctx, s, in, io.Discard)
	}
	out, err := os.Create(s.Output)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", s.Output, err)
	}
	if err := j.print(ctx, s, in, out); err != nil {
		_ = out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("cannot write %s: %w", s.Output, err)
	}
	return nil
}

// print has a step's programs print to out, or its input itself.
func (j spec) print(ctx context.Context, s Step, in io.Reader, out io.Writer) error {
	if len(s.Run) > 0 {
		return j.pipeline(ctx, s, in, out)
	}
	if _, err := io.Copy(out, io.LimitReader(in, j.Limits.Bytes)); err != nil {
		return fmt.Errorf("cannot copy %s: %w", s.Input, err)
	}
	return nil
}

// input opens what the first program of a step reads.
func input(name string) (io.Reader, func(), error) {
	if name == "" {
		return strings.NewReader(""), func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	closing := func() { _ = f.Close() }
	if !strings.HasSuffix(name, ".gz") {
		return f, closing, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		closing()
		return nil, nil, fmt.Errorf("cannot unpack %s: %w", name, err)
	}
	return z, closing, nil
}

// pipeline starts all programs of a step, and waits for them. Why it fails is said by the first of them that does.
func (j spec) pipeline(ctx context.Context, s Step, in io.Reader, out io.Writer) error {
	var all []*exec.Cmd
	for i, args := range s.Run {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stderr = append([]string{}, j.Env...), "/tmp", in, &tail{}
		cmd.WaitDelay = time.Second // a child that lives on may hold the output
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if j.User != 0 {
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		}
		all = append(all, cmd)
		if i == len(s.Run)-1 {
			cmd.Stdout = out
			break
		}
		r, w, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("cannot make a pipe: %w", err)
		}
		defer r.Close()
		defer w.Close()
		cmd.Stdout, in = w, r
	}
	return waitFor(all)
}

func waitFor(all []*exec.Cmd) error {
	var first error
	for i, cmd := range all {
		err := cmd.Start()
		if w, ok := cmd.Stdout.(*os.File); ok && i < len(all)-1 {
			_ = w.Close() // the program has it
		}
		if err != nil {
			return fmt.Errorf("%s cannot be started: %w", cmd.Args[0], err)
		}
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil && first == nil {
			first = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, lastLine(cmd.Stderr.(*tail).text))
		}
	}
	return first
}

func lastLine(text []byte) []byte {
	text = bytes.TrimSpace(text)
	return text[bytes.LastIndexByte(text, '\n')+1:]
}

// answer sends why a step failed, or the files of the writable directories.
func (j spec) answer(w io.Writer, failed string) error {
	t := tar.NewWriter(w)
	text, err := json.Marshal(answer{failed})
	if err != nil {
		return fmt.Errorf("cannot answer: %w", err)
	}
	if err := t.WriteHeader(&tar.Header{Name: answerName, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return fmt.Errorf("cannot answer: %w", err)
	}
	if _, err := t.Write(text); err != nil {
		return fmt.Errorf("cannot answer: %w", err)
	}
	if failed == "" {
		for _, dir := range j.Writable {
			if err := send(t, dir); err != nil {
				return err
			}
		}
	}
	return t.Close()
}

// send sends what is below a directory; what is neither a file nor a directory nor a link stays behind.
func send(t *tar.Writer, dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read what was made: %w", err)
		}
		info, err := d.Info()
		if err != nil || !(info.Mode().IsRegular() || info.IsDir() || info.Mode().Type() == fs.ModeSymlink) {
			return err
		}
		link := ""
		if info.Mode().Type() == fs.ModeSymlink {
			if link, err = os.Readlink(name); err != nil {
				return fmt.Errorf("cannot read what was made: %w", err)
			}
		}
		h, err := tar.FileInfoHeader(info, link)
		if err != nil {
			return fmt.Errorf("cannot send %s: %w", name, err)
		}
		h.Name = strings.TrimPrefix(name, "/")
		if err := t.WriteHeader(h); err != nil || !info.Mode().IsRegular() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("cannot read what was made: %w", err)
		}
		defer f.Close()
		if _, err := io.CopyN(t, f, h.Size); err != nil {
			return fmt.Errorf("cannot send %s: %w", name, err)
		}
		return nil
	})
}
