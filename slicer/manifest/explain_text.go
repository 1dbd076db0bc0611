package manifest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/terminal"
)

// wantedBy is the reason why something that was omitted is spoken of at all.
const wantedBy ReasonKind = "wanted"

// reasons are how reasons end a sentence about the thing: {by} and {name} are those of the reason, {whom} is {by} or the command.
var reasons = map[ReasonKind]string{
	Asked:         "asked for in {whom}",
	Runtime:       "runtime of {whom}",
	Essential:     "required by slice {whom}",
	Depends:       "package {by} depends on it",
	Needed:        "needed as {name} by {by}",
	Interpreter:   "interpreter {name} of {by}",
	Command:       "command {name} of {by}",
	Imported:      "module {name} imported by {by}",
	Beside:        "belongs to the library {by}",
	DlopenNote:    "loaded at run time as {name} by {by}, which says so in .note.dlopen",
	DlopenRule:    "loaded at run time as {name} by {by}, by whittle's rule",
	DlopenLiteral: "opened by its name {name} in {by}",
	Listed:        "library {name} listed in {whom}",
	Traced:        "seen by whittle trace: {by}",
	Alternative:   "alternative name of {name}, offered by package {by}",
	LinkTarget:    "target of the link {by}",
	Generated:     "made by whittle from package {by}",
	Compiled:      "compiled by {name} of the cut, as a script of package {by} would",
	Declared:      "named in {by}",
	Required:      "required by module {by}",
	Built:         "made by the build of the {by} app",
	Source:        "the app's own, from its source",
	wantedBy:      "wanted by {whom}",
}

// reasonsByNobody are those of which it is not always known who had it.
var reasonsByNobody = map[ReasonKind]string{
	Needed:    "needed as {name}",
	Generated: "made by whittle",
}

// String says the reason as the end of a sentence about the thing.
func (r Reason) String() string {
	text, ok := reasons[r.Kind]
	if !ok {
		return string(r.Kind) + " " + r.By // of a newer whittle
	}
	if alone, ok := reasonsByNobody[r.Kind]; ok && r.By == "" {
		text = alone
	}
	return strings.NewReplacer("{name}", r.Name, "{by}", r.By, "{whom}", cmp.Or(r.By, "the command")).Replace(text)
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
