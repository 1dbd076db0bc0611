// Package sandbox runs programs of a root in namespaces of their own: they see that root alone, read-only but for a few directories,
// have no network, no other processes and no privileges, and end within bounds of time, memory and output.
//
// A sandbox is this program, started once more as the first process of the namespaces: whoever uses it calls Inside first of all.
package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// ErrNoNamespaces says that the machine does not let the user make namespaces: in most containers, and where the administrator has
// forbidden it.
var ErrNoNamespaces = errors.New("this machine gives no namespaces of one's own")

// Step is something to do in a root, one after the other until one fails.
type Step struct {
	// Input is the file of the root that is the standard input of the first program, unpacked where its name ends in .gz.
	Input string
	// Run are programs by their absolute paths with their arguments, each reading what the one before it prints. Without any, the
	// input itself is what is printed.
	Run [][]string
	// Output is the file that the last one prints to; where it is empty, what is printed is dropped.
	Output string
}

// Job is what to do in a root.
type Job struct {
	Root     string   // the directory; none of its files is written to
	Writable []string // directories of it, absolute in the root, whose contents are copied, and may be changed in the sandbox
	Steps    []Step
	Env      []string // of the programs; nothing else is in their environment
	Limits   Limits
}

// Limits bound a job. A program that goes beyond them fails.
type Limits struct {
	Seconds   int   // of all steps, on the clock
	Bytes     int64 // that each writable directory may have, and each file
	Memory    int64 // bytes that each process may have for itself
	Processes int   // at once
}

// nobody is whom programs are run as where whittle runs as root: a user who owns nothing.
const nobody = 65534

// spec is what the first process is told: the job, and the user of the sandbox that programs are run as.
type spec struct {
	Job
	User int
}

// answer is what the first process of a sandbox says before the files: why a step failed, in words; empty if none did.
type answer struct{ Failed string }

const answerName = "answer.json"

// start is the argument by which the program finds that it is the first process of a sandbox.
const start = "sandbox-first-process"

// Error is why a step failed: a program that cannot be started, ends with a fault, or goes beyond a limit.
type Error struct{ Reason string }

func (e *Error) Error() string { return "cannot run it in a sandbox: " + e.Reason }

// Run does a job. It hands every file, directory and link of the writable directories to each, by its path in the root without the
// first slash, as it is after the last step. Of what the sandbox says nothing is to be trusted but its size. An *Error means that a
// step failed, ErrNoNamespaces that there is no sandbox.
func Run(ctx context.Context, j Job, each func(*tar.Header, io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(j.Limits.Seconds)*time.Second+10*time.Second)
	defer cancel()
	told, err := json.Marshal(spec{j, user()})
	if err != nil {
		return fmt.Errorf("cannot describe the sandbox: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot start a sandbox: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, start)
	cmd.Args[0], cmd.Env, cmd.Stdin = "whittle", []string{"GOMAXPROCS=2"}, bytes.NewReader(told)
	said := &tail{}
	cmd.Stderr = said
	cmd.SysProcAttr = namespaces()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("cannot start a sandbox: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot start a sandbox: %w: %w", ErrNoNamespaces, err)
	}
	read := readAnswer(io.LimitReader(out, int64(len(j.Writable)+1)*(j.Limits.Bytes+maxHeaders)), each)
	if read != nil {
		cancel()
	}
	_, _ = io.Copy(io.Discard, out)
	switch err := cmd.Wait(); {
	case ctx.Err() != nil && read == nil:
		return fmt.Errorf("cannot run a sandbox: %w", ctx.Err())
	case err != nil && (bytes.Contains(said.text, []byte(syscall.EPERM.Error())) || bytes.Contains(said.text, []byte(syscall.EACCES.Error()))):
		return fmt.Errorf("cannot make a sandbox: %w: %s", ErrNoNamespaces, bytes.TrimSpace(said.text))
	case err != nil && len(said.text) > 0:
		return fmt.Errorf("cannot make a sandbox: %s", bytes.TrimSpace(said.text))
	case read != nil:
		return read
	case err != nil:
		return fmt.Errorf("cannot run a sandbox: %w", err)
	}
	return nil
}

// maxSaid bounds what is kept of what a program prints, and maxHeaders what the headers of a writable directory's files take.
const (
	maxSaid    = 4 << 10
	maxHeaders = 64 << 20
)

// user is whom programs run as in a sandbox: nobody where root makes it, whose files they could otherwise claim; there is but one user
// where another one does.
func user() int {
	if os.Getuid() == 0 {
		return nobody
	}
	return 0
}

// namespaces are those of a sandbox.
func namespaces() *syscall.SysProcAttr {
	ids := func(id int) []syscall.SysProcIDMap {
		all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		if user() == nobody {
			all = append(all, syscall.SysProcIDMap{ContainerID: nobody, HostID: nobody, Size: 1})
		}
		return all
	}
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		UidMappings: ids(os.Getuid()), GidMappings: ids(os.Getgid()), GidMappingsEnableSetgroups: user() == nobody,
	}
}

// readAnswer reads what the first process sends: why it failed, or the files.
func readAnswer(r io.Reader, each func(*tar.Header, io.Reader) error) error {
	files := tar.NewReader(r)
	h, err := files.Next()
	if err != nil || h.Name != answerName || h.Size > 4*maxSaid {
		return errors.New("cannot run a sandbox: it ended without an answer")
	}
	var a answer
	if err := json.NewDecoder(files).Decode(&a); err != nil {
		return fmt.Errorf("cannot read the answer of a sandbox: %w", err)
	}
	if a.Failed != "" {
		return &Error{a.Failed}
	}
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read the files of a sandbox: %w", err)
		}
		if err := each(h, files); err != nil {
			return err
		}
	}
}

// tail keeps the last bytes of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-maxSaid):]
	return len(p), nil
}
