// Command start runs a start command that was written for a shell, in an image without one: variables are expanded when
// the process starts, and commands joined by &&, || and ; run one after another. The first argument is the command line;
// more arguments are appended to its last command. The last command replaces this process, so that signals reach it; while
// another one runs, signals are handed on to it, and one that asks to end ends the whole line. Programs that belong together,
// a web server and what it asks, are run by "together" (see command.Member).
//
// Exit codes are those of a shell: the last command's, 127 where a program is not there, 126 where it can't run, 128 and
// the signal's number where a signal ended it, 2 for a line that can't be read. The buildpack puts this program into a
// layer only where a command needs it.
package main

import (
	"errors"
	"os"

	"whittle.dev/whittle/build/command"
)

func main() {
	if len(os.Args) < 2 {
		end(2, errors.New("usage: start COMMAND-LINE [ARGUMENT…]"))
	}
	line, err := command.Parse(os.Args[1])
	if err == nil {
		line, err = line.Unwrap()
	}
	if err != nil {
		end(2, err)
	}
	for _, a := range os.Args[2:] {
		last := &line[len(line)-1]
		last.Words = append(last.Words, command.Text(a))
	}
	r := newRunner()
	status, err := r.line(line)
	end(status, err)
}

// end ends this process, as os.Exit without an error.
func end(status int, err error) {
	if err != nil {
		_, _ = os.Stderr.WriteString("cannot start: " + err.Error() + "\n")
	}
	os.Exit(status)
}
