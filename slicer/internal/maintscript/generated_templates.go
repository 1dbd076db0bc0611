package maintscript

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/internal/plan"
)

// isTemporary tells whether a path is where scripts put files on their way to something else.
func isTemporary(at string) bool {
	return paths.IsBelow(debian.InRoot(at), "tmp", "var/tmp")
}

// template is the file that a script copies to a temporary one, as it stands: settings that the script would adjust there, by answers
// that nobody gave, keep the values that the package has for them. Empty where the script puts something else together.
func (p *Pass) template(pkg *plan.Package, temporary string) string {
	from := ""
	for _, r := range p.scriptsOf(pkg) {
		for _, c := range r.commands {
			writes := debian.InRoot(c.Writes) == debian.InRoot(temporary)
			if !mentions(c, temporary) || !writes && leavesContent(c) || adjustsSettings(c) || takesAway(c, temporary) {
				continue
			}
			source := copied(c, temporary)
			if source == "" || from != "" {
				return ""
			}
			from = source
		}
	}
	return from
}

// mentions tells whether a command has to do with a file.
func mentions(c shell.Command, at string) bool {
	at = debian.InRoot(at)
	return debian.InRoot(c.Writes) == at || slices.ContainsFunc(c.Words[1:], func(w string) bool { return debian.InRoot(w) == at })
}

// takesAway tells whether a command only takes a file to another place, or removes it.
func takesAway(c shell.Command, at string) bool {
	last := c.Words[len(c.Words)-1]
	return c.Writes == "" && (c.Name() == "rm" || slices.Contains([]string{"cp", "mv", "install", "ucf"}, c.Name()) && debian.InRoot(last) != debian.InRoot(at))
}

// copied is the file, in the root, whose content a command copies to a temporary one.
func copied(c shell.Command, to string) string {
	source := ""
	switch a, ok := readArguments(c); {
	case c.Computed || c.Maybe:
	case c.Name() == "cat" && len(c.Words) == 2 && debian.InRoot(c.Writes) == debian.InRoot(to):
		source = c.Words[1]
	case (c.Name() == "cp" || c.Name() == "install") && c.Writes == "" && ok && !a.directory && len(a.operands) == 2:
		source = a.operands[0]
	}
	if !path.IsAbs(source) || isTemporary(source) {
		return ""
	}
	return debian.InRoot(source)
}

// setting matches an expression of sed that replaces a line, told by its beginning: s/^#*PermitRootLogin .*/…/. What replaces a mark
// in the line, as in s/@PORT@/…/, makes a file of what is none yet.
var setting = regexp.MustCompile(`^s[/,|#!]\^`)

// adjustsSettings tells whether a command changes lines of a file in place that are good as they stand.
func adjustsSettings(c shell.Command) bool {
	if c.Name() != "sed" || c.Writes != "" {
		return false
	}
	var expressions, operands []string
	inPlace := false
	words := c.Words[1:]
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-i" || w == "--in-place":
			inPlace = true
		case w == "-e" && i+1 < len(words):
			i++
			expressions = append(expressions, words[i])
		case w == "-E" || w == "-r":
		case strings.HasPrefix(w, "-"):
			return false
		default:
			operands = append(operands, w)
		}
	}
	if len(expressions) == 0 && len(operands) > 0 {
		expressions = operands[:1]
	}
	return inPlace && len(expressions) > 0 && !slices.ContainsFunc(expressions, func(e string) bool {
		return !setting.MatchString(e) || strings.ContainsAny(e, ";\n")
	})
}

// writesTemporary tells whether a temporary file is all that a command makes.
func writesTemporary(c shell.Command) bool {
	last := c.Words[len(c.Words)-1]
	return c.Name() != "sed" && (c.Writes != "" && isTemporary(c.Writes) ||
		c.Writes == "" && slices.Contains([]string{"cp", "install", "mkdir", "touch", "chmod", "chown", "chgrp"}, c.Name()) && isTemporary(last))
}
