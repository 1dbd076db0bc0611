package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"whittle.dev/whittle/internal/terminal"
)

// guard puts between whittle and the terminal what keeps other people's words from commanding it: names of files and packages,
// what servers and mirrors say. Documents (JSON, tars) go to data as they are, and progress, which moves the cursor, to screen.
func (t *tool) guard() {
	t.data, t.screen = t.stdout, t.stderr
	t.stdout, t.stderr = terminal.NewWriter(&untilClosed{to: t.data}), terminal.NewWriter(&untilClosed{to: t.screen})
}

// untilClosed writes until nobody reads any more (whittle verify IMAGE | head): the verdict, and with it the exit code, is the
// same whoever reads it.
type untilClosed struct {
	to     io.Writer
	closed bool
}

func (u *untilClosed) Write(p []byte) (int, error) {
	if u.closed {
		return len(p), nil
	}
	n, err := u.to.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		u.closed = true
		return len(p), nil
	}
	return n, err
}

// surviveClosedPipes makes writing to a pipe without a reader an error; by default it kills the process.
func surviveClosedPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
