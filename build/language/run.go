package language

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Command is a program to run. Args[0] is looked up in the PATH of Env, which is the whole environment.
type Command struct {
	Args   []string
	Dir    string
	Env    map[string]string
	Stdout io.Writer
	Stderr io.Writer
}

// Runner runs a command. Its error is a *ProgramError. Tests give a function that does what the program would do.
type Runner func(context.Context, Command) error

// Exec is the real runner.
func Exec(ctx context.Context, c Command) error {
	program, err := lookPath(c.Args[0], c.Env["PATH"])
	if err != nil {
		return &ProgramError{Args: c.Args, Err: err}
	}
	cmd := exec.CommandContext(ctx, program, c.Args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, environ(c.Env), c.Stdout, c.Stderr
	if err := cmd.Run(); err != nil {
		return &ProgramError{Args: c.Args, Err: err}
	}
	return nil
}

// lookPath is exec.LookPath for another PATH than this process has; packit's pexec sets the process's own.
func lookPath(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("no such program in the build image")
}

// Output runs a command and returns what it wrote, without the last line's end. What it wrote to its error output is part
// of the error.
func Output(ctx context.Context, run Runner, c Command) (string, error) {
	var out, problem strings.Builder
	c.Stdout, c.Stderr = &out, &problem
	if err := run(ctx, c); err != nil {
		return "", fmt.Errorf("%w\n%s", err, strings.TrimSpace(problem.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
