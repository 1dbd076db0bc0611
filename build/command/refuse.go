package command

import "strconv"

// Unsupported is a construct that only a shell can run.
type Unsupported struct {
	What    string // "a pipe (|)"
	At      int    // its position in the line, from 1; 0: not known
	Instead string // a sentence: what to write instead
}

func (u *Unsupported) Error() string {
	where := ""
	if u.At > 0 {
		where = " at position " + strconv.Itoa(u.At)
	}
	return u.What + where + " needs a shell, and there is none in the image"
}

// What to write instead.
const (
	insteadScript  = "Do it in the app's own language, or put it into a script with a #! line and add the slice bash to [dev.whittle.run] slices of project.toml."
	insteadValue   = "Give the value as an environment variable, or compute it in the app."
	insteadOutput  = "Write to standard output or to a file; the platform collects what a container writes."
	insteadPipe    = "Leave out what only takes the output: the platform collects what a container writes. What reads answers takes them from a file (< answers), or has an option for it (--noinput)."
	insteadProcess = "Give each program a process type of its own in the Procfile."
	insteadList    = "Join the commands by && or ; without parentheses."
	insteadVar     = "Of ${…}, ${NAME}, ${NAME:-text}, ${NAME:=text}, ${NAME:?text} and ${NAME:+text} are understood."
	insteadArgs    = "Arguments that the container is given are appended to the last command anyway."
	insteadLimit   = "Set it on the platform that runs the container."
	insteadEnv     = "Set the variables on the platform, or write them in front of the command: A=1 B=2 program."
)

// refusals says of each construct what it is called and what to do instead.
var refusals = map[string][2]string{
	"|":      {"a pipe (|)", insteadPipe},
	"&":      {"a program in the background (&)", insteadProcess},
	"(":      {"a subshell ( )", insteadList},
	")":      {"a subshell ( )", insteadList},
	"`":      {"the output of a command (`…`)", insteadValue},
	"$(":     {"the output of a command ($(…))", insteadValue},
	"$((":    {"arithmetic ($((…)))", insteadValue},
	"<<":     {"a here-document (<<)", insteadScript},
	"<(":     {"a process substitution (<(…))", insteadScript},
	">(":     {"a process substitution (>(…))", insteadScript},
	"<>":     {"the redirection <>", insteadOutput},
	"<&":     {"the redirection <&", insteadOutput},
	">|":     {"the redirection >|", insteadOutput},
	"N>":     {"a redirection of another file than 0, 1 and 2", insteadOutput},
	"${":     {"this ${…}", insteadVar},
	"$'":     {"a text in $'…'", "Write the text in '…'."},
	`$"`:     {`a text in $"…"`, "Write the text in \"…\"."},
	"$@":     {"the arguments of a script ($@)", insteadArgs},
	"$*":     {"the arguments of a script ($*)", insteadArgs},
	"$#":     {"the arguments of a script ($#)", insteadArgs},
	"$?":     {"a shell's own variable ($?)", insteadScript},
	"$!":     {"a shell's own variable ($!)", insteadScript},
	"$$":     {"a shell's own variable ($$)", insteadScript},
	"$-":     {"a shell's own variable ($-)", insteadScript},
	".":      {"a script that a shell reads (.)", insteadEnv},
	"source": {"a script that a shell reads (source)", insteadEnv},
	"ulimit": {"a limit (ulimit)", insteadLimit},
	"umask":  {"a file mode mask (umask)", "Set the modes in the app."},
	"exec >": {"a redirection of all commands (exec >)", insteadOutput},
	";":      {"an empty command (;)", insteadList},
}

// reserved are words that begin what is no simple command (2.4), and shellOnly are a shell's own commands.
var (
	reserved  = words("if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "select", "function", "time", "{", "}", "!", "[[", "((", "coproc")
	shellOnly = words(".", "source", "exec >", "ulimit", "umask", "eval", "trap", "wait", "read", "alias", "unalias", "shopt", "local", "declare", "typeset",
		"readonly", "let", "jobs", "bg", "fg", "disown", "shift", "return", "break", "continue", "getopts", "hash", "type", "times", "pushd", "popd", "test", "[")
)

func words(all ...string) map[string]bool {
	set := map[string]bool{}
	for _, w := range all {
		set[w] = true
	}
	return set
}

// refuse makes the error of a construct that stands here.
func (p *parser) refuse(construct string) error {
	what := refusals[construct]
	if what[0] == "" && len(construct) == 2 && construct[0] == '$' {
		what = [2]string{"an argument of a script (" + construct + ")", insteadArgs}
	}
	if what[0] == "" {
		what = [2]string{`"` + construct + `"`, insteadScript}
	}
	return &Unsupported{What: what[0], At: p.at + 1, Instead: what[1]}
}

func firstWord(s Simple) (string, bool) {
	if len(s.Words) == 0 || len(s.Words[0]) != 1 {
		return "", false
	}
	return s.Words[0][0].Text, s.Words[0][0].Var == "" // "[" is a pattern as well
}
