package manifest

import "fmt"

// Undone is a command of a package's maintainer script that a cut does not do, and that may matter. Nothing of the
// package is omitted by it: what the command would make was never there.
type Undone struct {
	Package string `json:"package"`
	Script  string `json:"script"`            // preinst or postinst
	Command string `json:"command,omitempty"` // on one line; empty for the whole script
	// Conditional says that a condition decides over it that cannot be judged without running the script.
	Conditional bool   `json:"conditional,omitempty"`
	Reason      string `json:"reason"` // a clause without a full stop
	// Matters says that a program of the cut may miss what the command would make: that is said unasked.
	Matters bool `json:"matters,omitempty"`
}

// NotCompiled is the reason of an Undone that a cut would have done if it had been let run programs.
const NotCompiled = "a program compiles data, and none is run unasked"

// UndoneLines say what was not done, a line a package: what matters, or everything if all is asked for, in the order of the
// manifest.
func UndoneLines(undone []Undone, all bool) []string {
	var lines []string
	for i := 0; i < len(undone); {
		end := i
		var told []Undone
		for ; end < len(undone) && undone[end].Package == undone[i].Package; end++ {
			if all || undone[end].Matters {
				told = append(told, undone[end])
			}
		}
		i = end
		switch {
		case all:
			for _, u := range told {
				lines = append(lines, u.String())
			}
		case len(told) == 1:
			lines = append(lines, told[0].String())
		case len(told) > 1:
			lines = append(lines, fmt.Sprintf("%s (and %d more)", told[0], len(told)-1))
		}
	}
	return lines
}

// String names the command and the reason in one line.
func (u Undone) String() string {
	line := u.Package + " " + u.Script
	if u.Command != "" {
		line += ": " + u.Command
	}
	if u.Conditional {
		line += " (perhaps)"
	}
	return line + ": " + u.Reason
}
