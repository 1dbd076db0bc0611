package main

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"whittle.dev/whittle/build/command"
)

// builtin runs what a shell does itself, and the few small programs that start commands use and images lack.
func (r *runner) builtin(argv []string, files [3]*os.File) (int, error) {
	args := operands(argv)
	var err error
	switch argv[0] {
	case "false":
		return 1, nil
	case "echo":
		err = echo(argv[1:], files[1])
	case "pwd":
		err = pwd(files[1])
	case "cd":
		err = r.cd(args)
	case "export":
		err = r.export(args)
	case "unset":
		for _, name := range args {
			err = errors.Join(err, r.vars.unset(name))
		}
	case "set":
		err = r.set(argv[1:])
	case "exit":
		return r.exit(args)
	case "mkdir":
		err = mkdir(args, len(argv) > 1 && argv[1] == "-p")
	case "sleep":
		return r.sleep(args)
	case "render":
		err = r.render(args, len(argv) > 1 && argv[1] == "-l")
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// operands are the arguments after the options.
func operands(argv []string) []string {
	args := argv[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		stop := args[0] == "--"
		args = args[1:]
		if stop {
			break
		}
	}
	return args
}

func echo(args []string, out *os.File) error {
	end := "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	_, err := out.WriteString(strings.Join(args, " ") + end)
	return err
}

func pwd(out *os.File) error {
	dir, err := os.Getwd()
	if err == nil {
		_, err = out.WriteString(dir + "\n")
	}
	return err
}

func (r *runner) cd(args []string) error {
	dir := os.Getenv("HOME")
	switch {
	case len(args) > 1:
		return errors.New("cd takes one directory")
	case len(args) == 1:
		dir = args[0]
	}
	if err := os.Chdir(dir); err != nil {
		return errors.New("cd " + dir + ": " + errors.Unwrap(err).Error())
	}
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	return r.vars.export("PWD", wd)
}

func (r *runner) export(args []string) error {
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			if value, ok = r.vars.Lookup(name); !ok {
				continue
			}
		}
		if err := r.vars.export(name, value); err != nil {
			return err
		}
	}
	return nil
}

// set knows -e, -u and their opposites; -x and -o pipefail change nothing here.
func (r *runner) set(args []string) error {
	for i := 0; i < len(args); i++ {
		on := strings.HasPrefix(args[i], "-")
		if len(args[i]) < 2 || (!on && args[i][0] != '+') {
			return errors.New("set " + args[i] + " needs a shell")
		}
		for _, letter := range args[i][1:] {
			switch letter {
			case 'e':
				r.errexit = on
			case 'u':
				r.strict = on
			case 'x':
			case 'o':
				if i++; i >= len(args) || args[i] != "pipefail" {
					return errors.New("set -o needs a shell")
				}
			default:
				return errors.New("set " + args[i] + " needs a shell")
			}
		}
	}
	return nil
}

func (r *runner) exit(args []string) (int, error) {
	status := r.status
	if len(args) > 0 {
		var err error
		if status, err = strconv.Atoi(args[0]); err != nil {
			return 2, &ended{2, errors.New("exit " + args[0] + ": it takes a number")}
		}
	}
	return status, &ended{status & 0xff, nil}
}

func mkdir(args []string, parents bool) error {
	for _, dir := range args {
		make := os.Mkdir
		if parents {
			make = os.MkdirAll
		}
		if err := make(dir, 0o777); err != nil {
			return errors.New("mkdir " + dir + ": " + errors.Unwrap(err).Error())
		}
	}
	return nil
}

// sleep takes seconds, or a number with s, m, h or d.
func (r *runner) sleep(args []string) (int, error) {
	var sum time.Duration
	for _, a := range args {
		unit := time.Second
		for suffix, u := range map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
			if n, ok := strings.CutSuffix(a, suffix); ok {
				a, unit = n, u
			}
		}
		n, err := strconv.ParseFloat(a, 64)
		if err != nil || n < 0 {
			return 1, errors.New("sleep " + a + ": it takes a number of seconds")
		}
		sum += time.Duration(n * float64(unit))
	}
	for timer := time.After(sum); ; {
		select {
		case <-timer:
			return 0, nil
		case sig := <-r.signals:
			if sig != syscall.SIGUSR1 && sig != syscall.SIGUSR2 {
				return 0, &ended{killedBy(sig), nil}
			}
		}
	}
}

// env runs "env -i NAME=value program argument…".
func (r *runner) env(args []string, files [3]*os.File, last bool) (int, error) {
	var undo []func()
	defer func() {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}()
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if args[0] == "-i" {
			for _, v := range os.Environ() {
				name, _, _ := strings.Cut(v, "=")
				undo = append(undo, r.vars.saved(name))
				if err := r.vars.unset(name); err != nil {
					return 1, err
				}
			}
		}
		args = args[1:]
	}
	for len(args) > 0 {
		name, value, ok := strings.Cut(args[0], "=")
		if !ok || name == "" {
			break
		}
		undo = append(undo, r.vars.saved(name))
		if err := r.vars.export(name, value); err != nil {
			return 1, err
		}
		args = args[1:]
	}
	if len(args) == 0 {
		_, err := files[1].WriteString(strings.Join(append(os.Environ(), ""), "\n"))
		return 0, err
	}
	if command.Builtin(args) && args[0] == "cd" {
		return 127, errors.New("env cd: cd is no program")
	}
	return r.run(args, files, last)
}
