package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shellOnly are further builtin commands that change or tell only the shell itself.
var shellOnly = []string{
	":", "true", "unset", "umask", "cd", "trap", "wait", "export", "readonly", "local", "hash", "times",
	"ulimit", "getopts", "alias", "unalias", "bg", "fg", "jobs", "pushd", "popd", "shopt", "declare", "let",
}

// call reads a simple command: assignments, a function of the script, a builtin, or a program, which is noted.
func (r *reader) call(c *syntax.CallExpr, s *scope) truth {
	if len(c.Args) == 0 {
		for _, a := range c.Assigns {
			r.assign(a, s)
		}
		return yes
	}
	cmd := r.expanded(c.Args, s)
	if len(cmd.Words) == 0 || cmd.Words[0] == "" {
		return unknown
	}
	if body := r.functions[cmd.Words[0]]; body != nil {
		return r.callFunction(body, cmd.Words[1:], s)
	}
	if status, ok := r.builtin(cmd, c.Args, s); ok {
		return status
	}
	r.out = append(r.out, cmd)
	return unknown
}

// expanded is a command with its words expanded.
func (r *reader) expanded(words []*syntax.Word, s *scope) Command {
	cmd := Command{Maybe: s.maybe}
	for _, w := range words {
		fields, known := r.expand(w, s)
		for range fields {
			cmd.written = append(cmd.written, !known)
		}
		cmd.Words = append(cmd.Words, fields...)
		cmd.Computed = cmd.Computed || !known
	}
	for _, w := range cmd.Words {
		r.text += len(w)
	}
	return cmd
}

// builtin does what a command does to the script itself. It is not ok for one that is a program, or may be one. Args are the command's
// words as they are written.
func (r *reader) builtin(cmd Command, args []*syntax.Word, s *scope) (status truth, ok bool) {
	switch name := cmd.Words[0]; name {
	case "exit":
		s.ended = true
		return unknown, true
	case "exec":
		s.ended = len(cmd.Words) > 1
		return unknown, !s.ended
	case "return":
		s.returned, s.status = r.calls > 0, unknown
		if len(cmd.Words) == 2 && !cmd.Computed {
			s.status = truthOf(cmd.Words[1] == "0")
		}
		return unknown, true
	case "break", "continue":
		return unknown, true // what follows may be run all the same
	case "false":
		return no, true
	case "shift":
		if len(s.args) > 0 {
			s.args = s.args[1:]
		}
		return yes, true
	case "set":
		if i := slices.Index(cmd.Words, "--"); i > 0 {
			s.args, s.argsKnown = cmd.Words[i+1:], !cmd.Computed
		}
		return yes, true
	case "[", "test":
		return r.test(args[1:], s), true
	case "read":
		for _, w := range cmd.Words[1:] {
			s.vars[w] = value{}
		}
		return unknown, true
	case "which", "command", "type":
		return r.which(cmd)
	case "dpkg":
		return compareVersions(cmd)
	default:
		return yes, slices.Contains(shellOnly, name)
	}
}

// callFunction reads a function where it is called. What it returns is known if there is but one way through it, which ends in a
// literal status or in a condition that can be judged.
func (r *reader) callFunction(body *syntax.Stmt, args []string, s *scope) truth {
	if r.calls == maxCalls {
		return unknown
	}
	r.calls++
	was, known, mixed := s.args, s.argsKnown, s.mixed
	s.args, s.argsKnown, s.mixed = args, true, false
	status := r.stmt(body, s)
	if s.returned {
		status = s.status
	}
	if s.mixed {
		status = unknown
	}
	s.args, s.argsKnown, s.returned, s.mixed = was, known, false, mixed
	r.calls--
	return status
}

func (r *reader) assign(a *syntax.Assign, s *scope) {
	switch {
	case a.Name == nil:
	case a.Value == nil && (a.Naked || a.Array != nil || a.Append):
		if !a.Naked {
			s.vars[a.Name.Value] = value{}
		}
	case a.Value == nil:
		s.vars[a.Name.Value] = value{"", true}
	default:
		text, known := r.word(a.Value, s)
		if a.Append {
			old := s.vars[a.Name.Value]
			text, known = old.text+text, known && old.known
		}
		s.vars[a.Name.Value] = value{text, known && len(text) <= maxValue}
	}
}

// which judges whether a program is there, by its name.
func (r *reader) which(cmd Command) (truth, bool) {
	words := slices.DeleteFunc(slices.Clone(cmd.Words[1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
	if cmd.Words[0] == "command" && !slices.Contains(cmd.Words, "-v") && !slices.Contains(cmd.Words, "-V") {
		return unknown, false // it runs the command
	}
	if len(words) != 1 || cmd.Computed || r.Exists == nil {
		return unknown, true
	}
	places := []string{words[0]}
	if !strings.HasPrefix(words[0], "/") {
		places = []string{"/usr/sbin/" + words[0], "/usr/bin/" + words[0]}
	}
	for _, p := range places {
		is, known := r.Exists(p)
		if !known {
			return unknown, true
		}
		if is {
			return yes, true
		}
	}
	return no, true
}

// compareVersions judges comparisons with no version, which is what a first installation finds in $2: it is earlier than
// any other, but for the operators that end in "-nl", for which it is later.
func compareVersions(cmd Command) (truth, bool) {
	if len(cmd.Words) != 5 || cmd.Words[1] != "--compare-versions" {
		return unknown, false
	}
	if cmd.Words[2] != "" || cmd.Words[4] == "" {
		return unknown, true
	}
	switch cmd.Words[3] {
	case "lt", "le", "ne", "<", "<<", "<=", "gt-nl", "ge-nl":
		return yes, true
	case "gt", "ge", "eq", ">", ">>", ">=", "lt-nl", "le-nl":
		return no, true
	}
	return unknown, true
}
