package manifest

// Undone is a command of a package's maintainer script that a cut does not do, and that may matter. Nothing of the
// package is omitted by it: what the command would make was never there.
type Undone struct {
	Package string `json:"package"`
	Script  string `json:"script"`            // preinst or postinst
	Command string `json:"command,omitempty"` // on one line; empty for the whole script
	// Conditional says that a condition decides over it that cannot be judged without running the script.
	Conditional bool   `json:"conditional,omitempty"`
	Reason      string `json:"reason"` // a clause without a full stop
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
