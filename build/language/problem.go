package language

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/problem"
)

// Problem is an error that is told to the user: what is wrong, what shows it, and what to do next.
type Problem = problem.Problem

// ProgramError is a program that the build ran and that failed.
type ProgramError struct {
	Args   []string
	What   string // what a person calls it; empty where Args tell
	Err    error
	Output string // the end of what it wrote, at most 64 KiB
	Shown  bool   // all that it wrote is in the build's log
}

func (e *ProgramError) Error() string {
	return fmt.Sprintf("cannot run %s: %v", strings.Join(e.Args, " "), e.Err)
}

// Short is the error with the beginning of a long command alone.
func (e *ProgramError) Short() string {
	return fmt.Sprintf("cannot run %s: %v", short(e.Args, e.What), e.Err)
}

// Tool is what a user calls the program: "pip" for /usr/bin/python3 -m pip.
func (e *ProgramError) Tool() string { return called(e.Args)[0] }

// called is a command as a user knows it: the program without its directory, and a module of Python by its own name.
func called(args []string) []string {
	if len(args) == 0 {
		return []string{"a program"}
	}
	if i := slices.Index(args, "-m"); i > 0 && i+1 < len(args) && strings.HasPrefix(path.Base(args[0]), "python") {
		return args[i+1:]
	}
	return append([]string{path.Base(args[0])}, args[1:]...)
}

// short is the beginning of a command in one line.
func short(args []string, what string) string {
	if what != "" {
		return what
	}
	const most = 80
	command, _, more := strings.Cut(strings.Join(called(args), " "), "\n")
	if len(command) > most {
		command, more = strings.ToValidUTF8(command[:most], ""), true
	}
	if more {
		command += " …"
	}
	return command
}

// ErrNoProgram is wrapped by the error of a program that the build image does not have.
var ErrNoProgram = errors.New("no such program in the build image")

func (e *ProgramError) Unwrap() error { return e.Err }

// OutputOf is what the program wrote that an error is about; empty where it is about none.
func OutputOf(err error) string {
	var program *ProgramError
	if errors.As(err, &program) {
		return program.Output
	}
	return ""
}
