package main

import (
	"errors"
	"os"

	"whittle.dev/whittle/build/command"
)

// variables are the environment, which programs get, and before it variables of the line's own.
type variables struct{ own map[string]string }

func (v *variables) Lookup(name string) (string, bool) {
	if value, ok := v.own[name]; ok {
		return value, true
	}
	return os.LookupEnv(name)
}

// Set sets a variable; one of the environment stays in it.
func (v *variables) Set(name, value string) error {
	if _, ok := os.LookupEnv(name); ok {
		return os.Setenv(name, value)
	}
	v.own[name] = value
	return nil
}

func (v *variables) export(name, value string) error {
	delete(v.own, name)
	return os.Setenv(name, value)
}

func (v *variables) unset(name string) error {
	delete(v.own, name)
	return os.Unsetenv(name)
}

// saved returns what gives a variable its present value again.
func (v *variables) saved(name string) func() {
	own, isOwn := v.own[name]
	env, isEnv := os.LookupEnv(name)
	return func() {
		_ = v.unset(name)
		if isOwn {
			v.own[name] = own
		}
		if isEnv {
			_ = os.Setenv(name, env)
		}
	}
}

// redirect opens the files of redirections, in order, over standard input, output and error.
func redirect(e command.Expander, all []command.Redirect) (files [3]*os.File, closeAll func(), err error) {
	files = [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	var opened []*os.File
	closeAll = func() {
		for _, f := range opened {
			_ = f.Close() // what was written, a child wrote
		}
	}
	for _, r := range all {
		target, err := e.Text(r.Target)
		if err != nil {
			return files, closeAll, err
		}
		if r.Op == ">&" {
			files[r.FD] = files[target[0]-'0']
			continue
		}
		flags := map[string]int{"<": os.O_RDONLY, ">": os.O_WRONLY | os.O_CREATE | os.O_TRUNC, ">>": os.O_WRONLY | os.O_CREATE | os.O_APPEND}[r.Op]
		f, err := os.OpenFile(target, flags, 0o666)
		if err != nil {
			return files, closeAll, errors.New(target + ": " + errors.Unwrap(err).Error())
		}
		opened, files[r.FD] = append(opened, f), f
	}
	return files, closeAll, nil
}
