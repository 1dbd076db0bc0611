// Package shell reads maintainer scripts (Debian Policy, chapter 6) as text: it tells which commands a script would
// run, and runs none. Variables with literal values, loops over literal words, functions and conditions that can be
// judged are followed; whatever is computed stays as it is written.
package shell

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Command is a command that a script would run.
type Command struct {
	// Words are its name and arguments; one that the script computes is as it is written, with a "$", and Computed says
	// so.
	Words    []string
	Computed bool
	// Maybe says that a condition that cannot be judged decides over it.
	Maybe bool
	// Writes is the file that its output is redirected to; empty for none.
	Writes string

	written []bool // the words that are as the script has them
}

// Name is the base name of the program.
func (c Command) Name() string { return path.Base(c.Words[0]) }

// String is the command on one line, as a shell would take it.
func (c Command) String() string {
	words := make([]string, len(c.Words))
	for i, w := range c.Words {
		if words[i] = w; i >= len(c.written) || !c.written[i] {
			words[i] = quote(w)
		}
	}
	if c.Writes != "" {
		words = append(words, ">", quote(c.Writes))
	}
	return strings.Join(words, " ")
}

func quote(w string) string {
	if q, err := syntax.Quote(w, syntax.LangBash); err == nil {
		return q
	}
	return fmt.Sprintf("%q", w)
}

// Surroundings are what a script finds when it starts.
type Surroundings struct {
	Arguments []string          // $1 and so on; for a first installation "configure" and ""
	Variables map[string]string // of the environment
	// Temporary begins the paths of temporary files, which are numbered; empty for names that are not known.
	Temporary string
	// Exists tells whether something is at an absolute path, and whether that is known; nil for never known.
	Exists func(path string) (is, known bool)
}

// Bounds on what a hostile script may cost.
const (
	maxCommands = 10_000
	maxSteps    = 200_000
	maxCalls    = 16
	maxValue    = 16 << 10 // bytes of a variable
	maxText     = 8 << 20  // bytes of all commands
)

// LanguageError says that a script is in another language than that of the shell.
type LanguageError struct{ Interpreter string }

func (e *LanguageError) Error() string { return "it is written for " + e.Interpreter }

// Read lists the commands of a script in the order in which it would run them. Commands within a command's words, and the
// builtin ones that change only the shell itself, are not listed. A script with too many commands is an error.
func Read(text string, s Surroundings) ([]Command, error) {
	line, _, _ := strings.Cut(text, "\n")
	if words := strings.Fields(strings.TrimPrefix(line, "#!")); strings.HasPrefix(line, "#!") && len(words) > 0 {
		if name := path.Base(words[0]); name != "sh" && name != "dash" && name != "bash" {
			return nil, &LanguageError{name}
		}
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "") // for "local", which all shells know
	if err != nil {
		file, err = syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the script: %w", err)
	}
	r := &reader{Surroundings: s, functions: map[string]*syntax.Stmt{}}
	sc := &scope{vars: map[string]value{}, args: s.Arguments, argsKnown: true}
	for name, v := range s.Variables {
		sc.vars[name] = value{v, true}
	}
	r.list(file.Stmts, sc)
	if r.over() {
		return nil, fmt.Errorf("cannot read the script: it has too many commands")
	}
	return r.out, nil
}

type reader struct {
	Surroundings
	functions map[string]*syntax.Stmt
	out       []Command
	steps     int
	calls     int
	text      int
	temporary int // how many temporary files and directories were made
}

// over tells whether a script costs too much.
func (r *reader) over() bool {
	return r.steps > maxSteps || len(r.out) > maxCommands || r.text > maxText
}

// value is that of a variable, if it is known.
type value struct {
	text  string
	known bool
}

// scope is the state of a shell at some point.
type scope struct {
	vars      map[string]value
	args      []string
	argsKnown bool
	maybe     bool  // something that cannot be judged decides whether this point is reached
	ended     bool  // this point is never reached
	returned  bool  // nor is it, but what follows the function is
	status    truth // with returned, what the function returned
	mixed     bool  // some way through the function returned before, with a status that is lost
}

func (s *scope) live() bool { return !s.ended && !s.returned }

func (s *scope) clone() *scope {
	c := *s
	c.vars = maps.Clone(s.vars)
	return &c
}

// join is the state after one of several ways was taken: what differs between them is not known.
func (s *scope) join(ways ...*scope) {
	live := slices.DeleteFunc(slices.Clone(ways), func(w *scope) bool { return !w.live() })
	if len(live) == 0 {
		s.returned = slices.ContainsFunc(ways, func(w *scope) bool { return w.returned })
		s.ended, s.mixed = !s.returned, true
		return
	}
	s.mixed = s.mixed || len(live) < len(ways)
	s.vars, s.args, s.argsKnown = live[0].vars, live[0].args, live[0].argsKnown
	for _, w := range live[1:] {
		s.argsKnown = s.argsKnown && w.argsKnown && slices.Equal(s.args, w.args)
		for name := range w.vars {
			if _, ok := s.vars[name]; !ok {
				s.vars[name] = value{}
			}
		}
		for name, v := range s.vars {
			if w.vars[name] != v {
				s.vars[name] = value{}
			}
		}
	}
	s.maybe = s.maybe || len(live) < len(ways) // some way ended the script
}

// truth is the outcome of a condition.
type truth byte

const (
	unknown truth = iota
	yes
	no
)

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (r *reader) list(stmts []*syntax.Stmt, s *scope) truth {
	last := yes
	for _, st := range stmts {
		if r.steps++; !s.live() || r.over() {
			return unknown
		}
		last = r.stmt(st, s)
	}
	return last
}

func (r *reader) stmt(st *syntax.Stmt, s *scope) truth {
	before := len(r.out)
	t := r.command(st.Cmd, s)
	for _, rd := range st.Redirs {
		if rd.Op != syntax.RdrOut && rd.Op != syntax.AppOut && rd.Op != syntax.RdrAll && rd.Op != syntax.RdrClob {
			continue
		}
		to, _ := r.word(rd.Word, s)
		for i := before; i < len(r.out); i++ {
			if to != "/dev/null" && !strings.HasPrefix(to, "&") && r.out[i].Writes == "" {
				r.out[i].Writes = to
			}
		}
	}
	if st.Negated {
		return t.not()
	}
	return t
}

func (r *reader) command(c syntax.Command, s *scope) truth {
	switch c := c.(type) {
	case *syntax.CallExpr:
		return r.call(c, s)
	case *syntax.Block:
		return r.list(c.Stmts, s)
	case *syntax.Subshell:
		return r.list(c.Stmts, s.clone())
	case *syntax.BinaryCmd:
		return r.binary(c, s)
	case *syntax.IfClause:
		return r.ifClause(c, s)
	case *syntax.CaseClause:
		return r.caseClause(c, s)
	case *syntax.ForClause:
		return r.forClause(c, s)
	case *syntax.WhileClause:
		body := s.clone()
		body.maybe = true
		r.forget(c.Do, body)
		r.list(c.Cond, body)
		r.list(c.Do, body)
		s.join(s.clone(), body)
	case *syntax.FuncDecl:
		if c.Name != nil {
			r.functions[c.Name.Value] = c.Body
		}
		return yes
	case *syntax.DeclClause:
		for _, a := range c.Args {
			r.assign(a, s)
		}
		return yes
	case *syntax.TimeClause:
		if c.Stmt != nil {
			return r.stmt(c.Stmt, s)
		}
	}
	return unknown
}

// binary follows && and ||, and both sides of a pipe.
func (r *reader) binary(c *syntax.BinaryCmd, s *scope) truth {
	if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
		r.stmt(c.X, s.clone())
		return r.stmt(c.Y, s.clone())
	}
	left := r.stmt(c.X, s)
	skip := map[syntax.BinCmdOperator]truth{syntax.AndStmt: no, syntax.OrStmt: yes}[c.Op]
	switch {
	case !s.live() || left == skip:
		return left
	case left != unknown:
		return r.stmt(c.Y, s)
	}
	taken := s.clone()
	taken.maybe = true
	right := r.stmt(c.Y, taken)
	s.join(s.clone(), taken)
	if right == skip.not() || right == unknown {
		return unknown
	}
	return right
}

func (r *reader) ifClause(c *syntax.IfClause, s *scope) truth {
	if len(c.Cond) == 0 { // the else of another
		return r.list(c.Then, s)
	}
	t := r.list(c.Cond, s)
	switch {
	case !s.live():
		return unknown
	case t == yes:
		return r.list(c.Then, s)
	case t == no:
		if c.Else != nil {
			return r.ifClause(c.Else, s)
		}
		return yes
	}
	then, otherwise := s.clone(), s.clone()
	then.maybe, otherwise.maybe = true, true
	r.list(c.Then, then)
	if c.Else != nil {
		r.ifClause(c.Else, otherwise)
	}
	s.join(then, otherwise)
	return unknown
}

func (r *reader) caseClause(c *syntax.CaseClause, s *scope) truth {
	word, known := r.word(c.Word, s)
	ways := []*scope{}
	for _, item := range c.Items {
		t := unknown
		if known {
			t = r.matches(item.Patterns, word, s)
		}
		switch t {
		case yes:
			if len(ways) == 0 {
				return r.list(item.Stmts, s)
			}
		case no:
			continue
		}
		way := s.clone()
		way.maybe = true
		r.list(item.Stmts, way)
		ways = append(ways, way)
	}
	if len(ways) > 0 {
		s.join(append(ways, s.clone())...)
	}
	return unknown
}

func (r *reader) forClause(c *syntax.ForClause, s *scope) truth {
	iter, ok := c.Loop.(*syntax.WordIter)
	if !ok {
		body := s.clone()
		body.maybe = true
		r.forget(c.Do, body)
		r.list(c.Do, body)
		s.join(s.clone(), body)
		return unknown
	}
	words, known := slices.Clone(s.args), s.argsKnown
	if iter.InPos.IsValid() {
		words, known = r.fields(iter.Items, s)
	}
	if !known {
		body := s.clone()
		body.maybe = true
		r.forget(c.Do, body)
		body.vars[iter.Name.Value] = value{}
		r.list(c.Do, body)
		s.join(s.clone(), body)
		return unknown
	}
	for _, w := range words {
		if !s.live() || r.over() {
			break
		}
		s.vars[iter.Name.Value] = value{w, true}
		r.list(c.Do, s)
	}
	return unknown
}

// forget makes variables unknown that a loop assigns: its later rounds begin with other values.
func (r *reader) forget(body []*syntax.Stmt, s *scope) {
	for _, st := range body {
		syntax.Walk(st, func(n syntax.Node) bool {
			if a, ok := n.(*syntax.Assign); ok && a.Name != nil {
				s.vars[a.Name.Value] = value{}
			}
			return true
		})
	}
}
