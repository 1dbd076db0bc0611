package language

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Command is a program to run. Args[0] is looked up in the PATH of Env, which is the whole environment.
//
// What the program writes is kept for the error where it fails, whether somebody else reads it or not: a program that is
// only of interest where it fails needs no outputs.
type Command struct {
	Args   []string
	What   string // what a person calls it, such as "pip install"; empty where Args tell
	Dir    string
	Env    map[string]string
	Stdout io.Writer // nil for nobody
	Stderr io.Writer
}

// Runner runs a command. Its error is a *ProgramError. Tests give a function that does what the program would do.
type Runner func(context.Context, Command) error

// Exec is the real runner.
func Exec(ctx context.Context, c Command) error {
	program, err := lookPath(c.Args[0], c.Env["PATH"])
	if err != nil {
		return &ProgramError{Args: c.Args, What: c.What, Err: err}
	}
	cmd := exec.CommandContext(ctx, program, c.Args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, environ(c.Env)
	var both tail
	cmd.Stdout, cmd.Stderr = both.through(c.Stdout), both.through(c.Stderr)
	if c.Stdout == c.Stderr {
		cmd.Stderr = cmd.Stdout // one pipe: the lines keep their order
	}
	err = cmd.Run()
	for _, w := range []io.Writer{c.Stdout, c.Stderr} {
		if lines, ok := w.(*indented); ok {
			lines.End()
		}
	}
	if err != nil {
		_, out := c.Stdout.(*indented)
		_, errs := c.Stderr.(*indented)
		return &ProgramError{Args: c.Args, What: c.What, Err: err, Output: both.text(), Shown: out && errs}
	}
	return nil
}

// HasProgram tells whether the PATH of an environment has a program.
func HasProgram(env map[string]string, name string) bool {
	_, err := lookPath(name, env["PATH"])
	return err == nil
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
	return "", ErrNoProgram
}

// Output runs a command and returns what it wrote, without the last line's end.
func Output(ctx context.Context, run Runner, c Command) (string, error) {
	var out strings.Builder
	c.Stdout = &out
	if err := run(ctx, c); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// Script writes a script of ours where an interpreter of the build reads it: its name tells what goes on.
func (s Site) Script(name, text string) (string, error) {
	file := filepath.Join(s.Temp, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("cannot write %s: %w", name, err)
	}
	return file, nil
}

// Ask runs such a script and decodes its answer, which is the JSON in its last line: what the app's own code prints while it is read
// stands before.
func Ask(ctx context.Context, run Runner, c Command, answer any) error {
	out, err := Output(ctx, run, c)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out[strings.LastIndexByte(out, '\n')+1:]), answer)
}
