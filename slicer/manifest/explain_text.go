package manifest

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/terminal"
)

// wantedBy is the reason why something that was omitted is spoken of at all.
const wantedBy ReasonKind = "wanted"

// String says the reason as the end of a sentence about the thing.
func (r Reason) String() string {
	switch r.Kind {
	case Asked:
		return "asked for in " + orUnknown(r.By)
	case Runtime:
		return "runtime of " + orUnknown(r.By)
	case Essential:
		return "required by slice " + orUnknown(r.By)
	case Depends:
		return "package " + r.By + " depends on it"
	case Needed:
		if r.By == "" {
			return "needed as " + r.Name
		}
		return "needed as " + r.Name + " by " + r.By
	case Interpreter:
		return "interpreter " + r.Name + " of " + r.By
	case Command:
		return "command " + r.Name + " of " + r.By
	case Imported:
		return "module " + r.Name + " imported by " + r.By
	case Beside:
		return "belongs to the library " + r.By
	case DlopenNote:
		return "loaded at run time as " + r.Name + " by " + r.By + ", which says so in .note.dlopen"
	case DlopenRule:
		return "loaded at run time as " + r.Name + " by " + r.By + ", by whittle's rule"
	case DlopenLiteral:
		return "opened by its name " + r.Name + " in " + r.By
	case Listed:
		return "library " + r.Name + " listed in " + orUnknown(r.By)
	case Traced:
		return "seen by whittle trace: " + r.By
	case Alternative:
		return "alternative name of " + r.Name + ", offered by package " + r.By
	case LinkTarget:
		return "target of the link " + r.By
	case Generated:
		if r.By != "" {
			return "made by whittle from package " + r.By
		}
		return "made by whittle"
	case Compiled:
		return "compiled by " + r.Name + " of the cut, as a script of package " + r.By + " would"
	case Declared:
		return "named in " + r.By
	case Required:
		return "required by module " + r.By
	case Built:
		return "made by the build of the " + r.By + " app"
	case Source:
		return "the app's own, from its source"
	case wantedBy:
		return "wanted by " + orUnknown(r.By)
	default:
		return string(r.Kind) + " " + r.By
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "the command"
	}
	return s
}

// Write prints the explanation as indented text: the subject, what it is, and the tree of reasons.
func (e Explanation) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(terminal.Line(e.Subject) + "\n")
	for _, line := range e.About {
		b.WriteString("  " + terminal.Line(line) + "\n")
	}
	for _, line := range e.omissions() {
		b.WriteString("  left out: " + terminal.Line(line) + "\n")
	}
	writeWhy(&b, "  ", e.Why)
	if len(e.Why) == 0 && len(e.Omitted) == 0 {
		b.WriteString("  no reason is recorded\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("cannot print the explanation: %w", err)
	}
	return nil
}

func writeWhy(b *strings.Builder, indent string, all []Why) {
	for _, w := range all {
		b.WriteString(indent + terminal.Line(w.Text))
		if w.Seen {
			b.WriteString(" (see there)")
		}
		b.WriteString("\n")
		writeWhy(b, indent+"  ", w.Why)
		if w.More > 0 {
			fmt.Fprintf(b, "%sand %d more reasons\n", indent, w.More)
		}
	}
}

// omissions says why the subject was omitted, or what of it, and which slices bring it: a line for each reason.
func (e Explanation) omissions() []string {
	var lines []string
	at := map[string]int{} // of reasons, where their line is
	bring := map[int][]string{}
	for _, o := range e.Omitted {
		_, class, isClass := o.OfClass()
		if !isClass && o.Name != e.Subject && !isPart(o.Name, e.Subject) {
			class, isClass = debian.Class(o.Name), true
		}
		i, known := at[o.Reason]
		switch {
		case !known && isClass:
			lines = append(lines, class.Title()+" ("+o.Reason+")")
		case !known:
			lines = append(lines, o.Reason)
		case isClass:
			lines[i] = class.Title() + ", " + lines[i]
		}
		if !known {
			i = len(lines) - 1
			at[o.Reason] = i
		}
		if o.Slice != "" && !slices.Contains(bring[i], o.Slice) {
			bring[i] = append(bring[i], o.Slice)
		}
	}
	for i, names := range bring {
		lines[i] += "; to have them, name " + strings.Join(names, ", ")
	}
	return lines
}

// PackageReasons says in a few words why each package is there: its first reason, and how many there are besides.
func PackageReasons(m *Manifest) map[string]string {
	x, short := newExplainer(m), map[string]string{}
	for _, p := range m.Packages {
		all := x.reasonsOfPackage(p.Name)
		if len(all) == 0 {
			continue
		}
		short[p.Name] = all[0].brief()
		if more := len(all) - 1; more > 0 && all[0].Kind != Asked {
			short[p.Name] += fmt.Sprintf(" (+%d)", more)
		}
	}
	return short
}

// brief says the reason in a word or two: who wanted it, by its name alone.
func (r Reason) brief() string {
	by := r.By[strings.LastIndexByte(r.By, '/')+1:]
	switch r.Kind {
	case Asked:
		return "asked for"
	case Runtime:
		return "runtime"
	case Traced:
		return "seen by trace"
	case Generated, Compiled:
		return ""
	}
	if by == "" {
		return "for " + r.Name
	}
	return "for " + by
}
