package shell

import (
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// substitution is what a command in $(…) prints, where that follows from its words: echo, printf and the programs that take a text or
// a name apart, in a pipe. A temporary file has a name of its own. Everything else is not known.
func (r *reader) substitution(c *syntax.CmdSubst, s *scope) (string, bool) {
	if len(c.Stmts) != 1 || r.calls >= maxCalls {
		return "", false
	}
	r.calls++
	defer func() { r.calls-- }()
	out, known := r.output(c.Stmts[0], "", false, s)
	return strings.TrimRight(out, "\n"), known
}

// output is what a statement prints, given its input.
func (r *reader) output(st *syntax.Stmt, input string, piped bool, s *scope) (string, bool) {
	if r.steps++; r.over() || st.Negated || len(st.Redirs) > 0 {
		return "", false
	}
	switch c := st.Cmd.(type) {
	case *syntax.BinaryCmd:
		if c.Op != syntax.Pipe {
			return "", false
		}
		text, known := r.output(c.X, input, piped, s)
		if !known {
			return "", false
		}
		return r.output(c.Y, text, true, s)
	case *syntax.CallExpr:
		if len(c.Assigns) > 0 || len(c.Args) == 0 {
			return "", false
		}
		words, known := r.fields(c.Args, s)
		if !known || len(words) == 0 || r.functions[words[0]] != nil {
			return "", false
		}
		if name := path.Base(words[0]); r.Temporary != "" && (name == "mktemp" || name == "tempfile") {
			r.temporary++
			return r.Temporary + strconv.Itoa(r.temporary) + "\n", true
		}
		return prints(words, input, piped)
	}
	return "", false
}

// prints is what one program prints.
func prints(words []string, input string, piped bool) (string, bool) {
	args := words[1:]
	switch name := path.Base(words[0]); {
	case name == "echo":
		if len(args) > 0 && args[0] == "-n" {
			args = args[1:]
		}
		text := strings.Join(args, " ")
		return text + "\n", !strings.ContainsRune(text, '\\')
	case name == "printf" && len(args) == 2 && (args[0] == "%s" || args[0] == `%s\n`):
		return args[1] + "\n", true
	case name == "basename" && len(args) > 0 && len(args) < 3 && !strings.HasPrefix(args[0], "-"):
		base := path.Base(args[0])
		if len(args) == 2 && base != args[1] {
			base = strings.TrimSuffix(base, args[1])
		}
		return base + "\n", true
	case name == "dirname" && len(args) == 1:
		return path.Dir(args[0]) + "\n", true
	case name == "cut" && piped:
		return cutFields(args, input)
	case name == "tr" && piped && len(args) == 2 && args[0] == "-d" && len(args[1]) == 1:
		return strings.ReplaceAll(input, args[1], ""), true
	case name == "tr" && piped && len(args) == 2 && len(args[0]) == 1 && len(args[1]) == 1:
		return strings.ReplaceAll(input, args[0], args[1]), true
	case name == "cat" && piped && len(args) == 0:
		return input, true
	}
	return "", false
}

// cutFields is cut(1) with -d and one field of -f.
func cutFields(args []string, input string) (string, bool) {
	delimiter, field := "\t", 0
	for i := 0; i < len(args); i++ {
		option, value := args[i], ""
		if len(option) > 2 && strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--") {
			option, value = option[:2], option[2:]
		} else if i+1 < len(args) {
			i++
			value = args[i]
		}
		switch n, err := strconv.Atoi(value); {
		case option == "-d" && len(value) == 1:
			delimiter = value
		case option == "-f" && err == nil && n > 0:
			field = n
		default:
			return "", false
		}
	}
	if field == 0 {
		return "", false
	}
	var out strings.Builder
	for line := range strings.Lines(input) {
		line = strings.TrimSuffix(line, "\n")
		if parts := strings.Split(line, delimiter); len(parts) == 1 {
			out.WriteString(line)
		} else if field <= len(parts) {
			out.WriteString(parts[field-1])
		}
		out.WriteByte('\n')
	}
	return out.String(), true
}
