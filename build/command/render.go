package command

import (
	"strconv"
	"strings"
)

// String writes the line so that Parse reads the same.
func (l Line) String() string {
	var b strings.Builder
	for i, s := range l {
		switch {
		case i == 0:
		case s.Join == Then:
			b.WriteString("; ")
		default:
			b.WriteString(" " + string(s.Join) + " ")
		}
		b.WriteString(s.String())
	}
	return b.String()
}

// String writes the command without its Join.
func (s Simple) String() string {
	var all []string
	for _, a := range s.Assign {
		all = append(all, a.Name+"="+a.Value.render(false))
	}
	for i, w := range s.Words {
		text := w.String()
		if n := nameLength(text); i == 0 && (reserved[text] || n > 0 && n < len(text) && text[n] == '=') {
			text = `\` + text // a program, whatever it is called
		}
		all = append(all, text)
	}
	for _, r := range s.Redirects {
		fd := strconv.Itoa(r.FD)
		if (r.Op == "<") == (r.FD == 0) && r.FD < 2 {
			fd = ""
		}
		all = append(all, fd+r.Op+r.Target.String())
	}
	return strings.Join(all, " ")
}

// String writes the word so that Parse reads the same.
func (w Word) String() string {
	if len(w) == 0 {
		return "''"
	}
	return w.render(false)
}

// render writes runs of quoted pieces between quotes, and the others as they are. within says that the word stands in
// ${…} in double quotes.
func (w Word) render(within bool) string {
	var b strings.Builder
	for i := 0; i < len(w); {
		end := i
		for end < len(w) && w[end].Quoted == w[i].Quoted {
			end++
		}
		run := w[i:end]
		switch {
		case !run[0].Quoted || within:
			b.WriteString(run.pieces(within, within))
		case len(run) == 1 && run[0].Var == "" && !strings.Contains(run[0].Text, "'"):
			b.WriteString("'" + run[0].Text + "'")
		default:
			b.WriteString(`"` + run.pieces(true, false) + `"`)
		}
		i = end
	}
	return b.String()
}

var (
	escaper     = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	deepEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`", "}", `\}`)
)

// pieces renders a word that stands in quotes, or within the braces of a variable, as such.
func (w Word) pieces(quoted, within bool) string {
	var b strings.Builder
	for i, p := range w {
		switch {
		case p.Var == "" && within:
			b.WriteString(deepEscaper.Replace(p.Text))
		case p.Var == "" && quoted:
			b.WriteString(escaper.Replace(p.Text))
		case p.Var == "":
			b.WriteString(p.Text)
		case p.Op == "" && (i+1 == len(w) || w[i+1].Var != "" || nameLength("_"+w[i+1].Text) == 1):
			b.WriteString("$" + p.Var)
		default:
			b.WriteString("${" + p.Var + p.Op + p.Arg.render(quoted) + "}")
		}
	}
	return b.String()
}
