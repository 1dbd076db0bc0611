// Command start runs a start command that was written for a shell, in an image without one: variables are expanded when
// the process starts, assignments in front and "cd dir &&" are understood. The first argument is the command line; more
// arguments are appended to its last command. The buildpack puts this program into a layer only where a command needs it.
package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"whittle.dev/whittle/build/command"
)

func main() {
	if len(os.Args) < 2 {
		fail(2, errors.New("usage: start COMMAND-LINE [ARGUMENT…]"))
	}
	line, err := command.Parse(os.Args[1])
	if err != nil {
		fail(2, err)
	}
	for i, simple := range line {
		for _, a := range simple.Assign {
			if err := os.Setenv(a.Name, a.Value.Text(os.Getenv)); err != nil {
				fail(2, err)
			}
		}
		argv := command.Expand(simple.Words, os.Getenv)
		last := i == len(line)-1
		if last {
			argv = append(argv, os.Args[2:]...)
		}
		if err := run(argv, last); err != nil {
			fail(127, err)
		}
	}
}

// run runs one command: the last replaces this process, so that signals reach it.
func run(argv []string, last bool) error {
	if len(argv) > 1 && argv[0] == "exec" {
		argv, last = argv[1:], true
	}
	if len(argv) == 0 {
		return errors.New("the command is empty")
	}
	switch argv[0] {
	case "cd":
		return os.Chdir(strings.Join(argv[1:], " "))
	case "echo":
		_, err := os.Stdout.WriteString(strings.Join(argv[1:], " ") + "\n")
		return err
	case "export":
		for _, a := range argv[1:] {
			name, value, ok := strings.Cut(a, "=")
			if ok {
				if err := os.Setenv(name, value); err != nil {
					return err
				}
			}
		}
		return nil
	case "true", ":":
		return nil
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if last {
		return syscall.Exec(program, argv, os.Environ())
	}
	cmd := &exec.Cmd{Path: program, Args: argv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	return cmd.Run()
}

func fail(code int, err error) {
	_, _ = os.Stderr.WriteString("cannot start: " + err.Error() + "\n")
	os.Exit(code)
}
