package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// insideStep is how this program starts itself as the first process of a container.
const insideStep = "inside"

// mounts say what a container's root is made of.
type mounts struct {
	At     string            // an empty directory to mount at; containers don't see each other's mounts
	Layers []string          // directories that are laid over each other, the topmost first; none is written to
	Binds  map[string]string // directories of the machine, by absolute path in the root
	Mirror string            // where the root is seen once more, without /proc and what else is mounted in it
}

// command is one program to run in the container.
type command struct {
	Args    []string // the program's absolute path first
	Env     []string // nothing else is in the environment
	Network bool
	Seconds int // after which it is killed
}

// answer is how a command ended. Exit is that of a shell: 124 killed after its time, 126 and 127 could not be started,
// 128+N ended by signal N.
type answer struct {
	Exit           int
	Stdout, Stderr []byte // the first maxOutput bytes
	Error          string // why it could not be started
}

// container is a root with a process of its own, in which commands are run one after the other.
type container struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	encoder *json.Encoder
	decoder *json.Decoder
}

// enter makes a container; its mounts and processes are gone when it is closed or when this process ends.
func enter(ctx context.Context, m mounts) (*container, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot start a container: %w", err)
	}
	if err := os.MkdirAll(m.At, 0o755); err != nil {
		return nil, fmt.Errorf("cannot start a container: %w", err)
	}
	if m, err = absolute(m); err != nil {
		return nil, err
	}
	s := &container{cmd: exec.CommandContext(ctx, self, insideStep)}
	s.cmd.Stderr = os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS}
	in, ierr := s.cmd.StdinPipe()
	out, oerr := s.cmd.StdoutPipe()
	if err := errors.Join(ierr, oerr, s.cmd.Start()); err != nil {
		return nil, fmt.Errorf("cannot start a container: %w", err)
	}
	s.in, s.encoder, s.decoder = in, json.NewEncoder(in), json.NewDecoder(out)
	if err := s.encoder.Encode(m); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start a container: %w", err), s.close())
	}
	return s, nil
}

// absolute makes paths absolute, because the container's process has a working directory of its own.
func absolute(m mounts) (mounts, error) {
	layers := make([]string, len(m.Layers))
	for i, l := range m.Layers {
		var err error
		if layers[i], err = filepath.Abs(l); err != nil {
			return m, fmt.Errorf("cannot find %s: %w", l, err)
		}
	}
	at, err := filepath.Abs(m.At)
	if err != nil {
		return m, fmt.Errorf("cannot find %s: %w", m.At, err)
	}
	m.Layers, m.At = layers, at
	return m, nil
}

// do runs a command. An error means that the container is broken, not that the command failed.
func (s *container) do(c command) (answer, error) {
	var a answer
	if err := s.encoder.Encode(c); err != nil {
		return a, fmt.Errorf("cannot run %s: %w", c.Args[0], err)
	}
	if err := s.decoder.Decode(&a); err != nil {
		return a, fmt.Errorf("cannot run %s: the container ended: %w", c.Args[0], err)
	}
	return a, nil
}

func (s *container) close() error {
	return errors.Join(s.in.Close(), s.cmd.Wait())
}
