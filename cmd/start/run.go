package main

import (
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"whittle.dev/whittle/build/command"
)

// runner runs the commands of a line.
type runner struct {
	vars    *variables
	signals chan os.Signal
	status  int  // of the command that ran last
	errexit bool // set -e
	strict  bool // set -u
	// rendered are files that must stay open for the program that replaces this process.
	rendered []*os.File
}

// handed are the signals that go on to a command that is not the last.
var handed = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

func newRunner() *runner {
	r := &runner{vars: &variables{own: map[string]string{}}, signals: make(chan os.Signal, 16)}
	signal.Notify(r.signals, handed...)
	return r
}

// ended says that the line ends here: by exit, by set -e, by a signal, or as a command can't be run at all.
type ended struct {
	status int
	err    error
}

func (e *ended) Error() string { return "ended" }

// line runs all commands and returns the status of the one that ran last.
func (r *runner) line(line command.Line) (int, error) {
	for i, s := range line {
		if !s.Join.Runs(r.status) {
			continue
		}
		last := i == len(line)-1
		status, err := r.simple(s, last)
		var e *ended
		if errors.As(err, &e) {
			return e.status, e.err
		}
		if err != nil {
			_, _ = os.Stderr.WriteString("start: " + err.Error() + "\n")
		}
		r.status = status
		if status != 0 && r.errexit && (last || line[i+1].Join == command.Then) {
			break
		}
	}
	return r.status, nil
}

// simple runs one command. Its error tells why it could not run; the line goes on, as in a shell.
func (r *runner) simple(s command.Simple, last bool) (int, error) {
	e := command.Expander{Variables: r.vars, Strict: r.strict}
	argv, err := e.Words(s.Words)
	if err != nil {
		return 0, &ended{1, err} // ${NAME:?text} ends a shell, too
	}
	restore, err := r.assign(e, s.Assign, len(argv) > 0)
	if err != nil {
		return 0, &ended{1, err}
	}
	defer restore()
	files, closeAll, err := redirect(e, s.Redirects)
	if err != nil {
		return 1, err
	}
	defer closeAll()
	if len(argv) == 0 {
		return 0, nil
	}
	return r.run(argv, files, last)
}

// assign sets the variables in front of a command, for it alone where there is one.
func (r *runner) assign(e command.Expander, all []command.Assign, forCommand bool) (restore func(), err error) {
	var old []func()
	restore = func() {
		for i := len(old) - 1; i >= 0; i-- {
			old[i]()
		}
	}
	for _, a := range all {
		value, err := e.Text(a.Value)
		if err != nil {
			return restore, err
		}
		if !forCommand {
			err = r.vars.Set(a.Name, value)
		} else {
			old = append(old, r.vars.saved(a.Name))
			err = r.vars.export(a.Name, value)
		}
		if err != nil {
			return restore, err
		}
	}
	return restore, nil
}

// run runs a builtin, or a program in the place of this process if it is the last, else as a child.
func (r *runner) run(argv []string, files [3]*os.File, last bool) (int, error) {
	if argv[0] == "" {
		return 127, errors.New("the name of a program is empty")
	}
	if command.Builtin(argv) {
		switch {
		case argv[0] == "exec" && len(argv) > 1:
			return r.run(argv[1:], files, true)
		case argv[0] == "command" && len(argv) > 1:
			return r.run(argv[1:], files, last)
		case argv[0] == "env":
			return r.env(argv[1:], files, last)
		case argv[0] == "together":
			return r.together(argv[1:], files)
		}
		return r.builtin(argv, files)
	}
	program, err := lookPath(argv[0])
	if err != nil {
		return r.unable(127, err, last)
	}
	if last {
		err = r.replace(program, argv, files)
		return r.unable(126, cannotRun(argv[0], err), last)
	}
	p, err := os.StartProcess(program, argv, &os.ProcAttr{Env: os.Environ(), Files: files[:]})
	if err != nil {
		return 126, cannotRun(argv[0], errors.Unwrap(err))
	}
	return r.wait(p)
}

// unable ends the line where its last program can't run, or exec's.
func (r *runner) unable(status int, err error, last bool) (int, error) {
	if last {
		return status, &ended{status, err}
	}
	return status, err
}

// replace puts a program in the place of this process.
func (r *runner) replace(program string, argv []string, files [3]*os.File) error {
	select {
	case sig := <-r.signals:
		return &ended{killedBy(sig), nil}
	default:
	}
	signal.Reset(handed...)
	if err := place(files); err != nil {
		return err
	}
	return syscall.Exec(program, argv, os.Environ())
}

// place makes files the standard ones of this process. Those that are standard files themselves are copied first, so that
// "2>&1 >/dev/null" keeps the old standard output.
func place(files [3]*os.File) error {
	from := [3]int{}
	for fd, f := range files {
		from[fd] = int(f.Fd())
		if from[fd] == fd || from[fd] > 2 {
			continue
		}
		n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(from[fd]), syscall.F_DUPFD_CLOEXEC, 3)
		if errno != 0 {
			return errno
		}
		from[fd] = int(n)
	}
	for fd, source := range from {
		if source == fd {
			continue
		}
		if err := syscall.Dup3(source, fd, 0); err != nil {
			return err
		}
	}
	return nil
}

// wait waits for a child and hands signals on to it. One that asks to end is the end of the line.
func (r *runner) wait(p *os.Process) (int, error) {
	done := make(chan int, 1)
	go func() {
		state, err := p.Wait()
		if err != nil {
			done <- 126
			return
		}
		if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
			done <- 128 + int(w.Signal())
			return
		}
		done <- state.ExitCode()
	}()
	var end error
	for {
		select {
		case status := <-done:
			return status, end
		case sig := <-r.signals:
			_ = p.Signal(sig) // it may have ended by itself
			if sig != syscall.SIGUSR1 && sig != syscall.SIGUSR2 {
				end = &ended{killedBy(sig), nil}
			}
		}
	}
}

func killedBy(sig os.Signal) int {
	if s, ok := sig.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}

// lookPath finds a program in PATH as it is now.
func lookPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		if _, err := os.Stat(name); err != nil {
			return "", errors.New(name + " is not in the image")
		}
		return name, nil
	}
	path := os.Getenv("PATH")
	for dir := range strings.SplitSeq(path, ":") {
		if dir == "" {
			dir = "."
		}
		file := dir + "/" + name
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("program " + name + " is in no directory of PATH (" + path + ")")
}

// cannotRun says why the kernel does not start a program that is there.
func cannotRun(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOENT):
		return errors.New(name + " is there, but the program that its first line or its ELF header names is not")
	case errors.Is(err, syscall.ENOEXEC):
		return errors.New(name + " is no program for this processor, or a script without a #! line")
	case errors.Is(err, syscall.EACCES):
		return errors.New(name + " may not be executed")
	}
	var e *ended
	if errors.As(err, &e) {
		return err
	}
	return errors.New(name + ": " + err.Error())
}
