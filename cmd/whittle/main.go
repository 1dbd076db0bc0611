// Command whittle cuts exactly the needed files out of Debian packages: into a directory, a tar or an image, and
// proves the result complete. It is also how run images are made.
//
// This package is the tool's composition root: only here is the environment read, are clients made, and does the
// process exit.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"whittle.dev/whittle/internal/sandbox"
)

// The exit codes, which the help text documents.
const (
	exitOK       = 0
	exitFindings = 1 // verify or definitions check found something, find found nothing, diff found a difference
	exitError    = 2
)

// tool is what a command has of the world, and the flags that all commands share.
type tool struct {
	stdout, stderr io.Writer // for people; see guard
	data, screen   io.Writer // the same, as they are
	env            func(string) string
	width          int // of the terminal that stderr is; 0 for none
	quiet, json    bool
	bar            *progress // see progress
	umask          *int      // that whittle was started with (ownUmask); nil where that is in force
	cache          string    // in which archives were opened, empty for none; see prune
}

func main() {
	if code, is := sandbox.Inside(os.Args); is {
		os.Exit(code)
	}
	os.Exit(start(os.Args[1:]))
}

// start makes the process what every command line wants of it, executes one, and returns the exit code.
func start(args []string) int {
	boundMemory()
	umask := ownUmask()
	surviveClosedPipes()
	t := &tool{umask: &umask, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv, width: terminalWidth(os.Stderr)}
	return run(t, args)
}

// ownUmask keeps the right to write to what whittle makes from all but its owner, whatever the umask was, which it returns: a
// cache that others could write to would be believed by the next cut.
func ownUmask() (before int) {
	before = syscall.Umask(0o022)
	syscall.Umask(before | 0o022)
	return before
}

// patience is how long a command may take to end after a signal, such as to remove what it had begun to write. Nothing but the end of
// the process ends the opening of a pipe that nobody writes to, or of a file on a server that is gone.
const patience = 10 * time.Second

// run executes one command line and returns the exit code.
func run(t *tool, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan struct{})
	defer close(ended)
	context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends the process, wherever it is
		select {
		case <-ended:
		case <-time.After(patience):
			fmt.Fprintln(os.Stderr, "whittle: interrupted, and what it was waiting for does not end")
			os.Exit(exitError)
		}
	})
	t.guard()
	root := rootCommand(t)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var v verdict
	if err == nil || errors.As(err, &v) {
		t.prune()
	}
	return t.finish(err)
}

func terminalWidth(f *os.File) int {
	if !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return width
}
