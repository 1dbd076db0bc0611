package shell

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// fields expands words; what is not known makes all of them unknown.
func (r *reader) fields(words []*syntax.Word, s *scope) ([]string, bool) {
	var all []string
	for _, w := range words {
		f, known := r.expand(w, s)
		if !known {
			return nil, false
		}
		all = append(all, f...)
	}
	return all, true
}

// expand is a word as a command gets it: several if an unquoted variable has spaces in it, or none if it is empty. A word
// that is not known is as it is written, with the variables in it that are.
func (r *reader) expand(w *syntax.Word, s *scope) ([]string, bool) {
	if len(w.Parts) == 1 && isAllArguments(w.Parts[0]) {
		return s.args, s.argsKnown
	}
	text, known := "", true
	split, globbed, quoted := false, false, false
	for _, p := range w.Parts {
		t, ok := r.part(p, s)
		text += t
		known = known && ok
		switch p := p.(type) {
		case *syntax.Lit:
			globbed = globbed || hasGlob(p.Value)
		case *syntax.ParamExp, *syntax.CmdSubst:
			split = true
		case *syntax.DblQuoted, *syntax.SglQuoted:
			quoted = true
		}
	}
	if known && split && !quoted {
		words := strings.Fields(text)
		return words, !globbed && !strings.ContainsAny(text, "*?[")
	}
	return []string{text}, known && !globbed
}

// isAllArguments tells whether a part is "$@" or $* alone.
func isAllArguments(p syntax.WordPart) bool {
	if q, ok := p.(*syntax.DblQuoted); ok && len(q.Parts) == 1 {
		p = q.Parts[0]
	}
	e, ok := p.(*syntax.ParamExp)
	return ok && e.Short && e.Param != nil && (e.Param.Value == "@" || e.Param.Value == "*")
}

// hasGlob tells whether literal text has a wildcard that no backslash takes the meaning of.
func hasGlob(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '*', '?', '[':
			return true
		}
	}
	return false
}

// word expands a word without splitting it.
func (r *reader) word(w *syntax.Word, s *scope) (string, bool) {
	if w == nil {
		return "", true
	}
	text, known := "", true
	for _, p := range w.Parts {
		t, ok := r.part(p, s)
		text += t
		known = known && ok
	}
	return text, known
}

func (r *reader) part(p syntax.WordPart, s *scope) (string, bool) {
	switch p := p.(type) {
	case *syntax.Lit:
		return unescape(p.Value), true
	case *syntax.SglQuoted:
		return p.Value, !p.Dollar
	case *syntax.DblQuoted:
		text, known := "", true
		for _, inner := range p.Parts {
			var t string
			var ok bool
			if l, isLit := inner.(*syntax.Lit); isLit {
				t, ok = unescapeQuoted(l.Value), true
			} else {
				t, ok = r.part(inner, s)
			}
			text += t
			known = known && ok
		}
		return text, known
	case *syntax.ParamExp:
		return r.parameter(p, s)
	case *syntax.CmdSubst:
		if text, known := r.substitution(p, s); known {
			return text, len(text) <= maxValue
		}
	}
	return source(p), false
}

func (r *reader) parameter(p *syntax.ParamExp, s *scope) (string, bool) {
	if p.Param == nil || p.Excl || p.Length || p.Width || p.Index != nil || p.Slice != nil || p.Repl != nil || p.Names != 0 {
		return source(p), false
	}
	v := r.variable(p.Param.Value, s)
	if p.Exp == nil {
		if !v.known {
			return source(p), false
		}
		return v.text, true
	}
	switch p.Exp.Op {
	case syntax.DefaultUnsetOrNull, syntax.DefaultUnset, syntax.AssignUnsetOrNull, syntax.AssignUnset:
		if v.known && v.text == "" {
			return r.word(p.Exp.Word, s)
		}
	case syntax.AlternateUnsetOrNull:
		if v.known && v.text != "" {
			return r.word(p.Exp.Word, s)
		}
	default:
		return source(p), false
	}
	if !v.known {
		return source(p), false
	}
	return v.text, true
}

// variable is the value of a variable or argument. A variable that nothing has set is not known: it may be of the
// environment.
func (r *reader) variable(name string, s *scope) value {
	switch name {
	case "@", "*":
		return value{strings.Join(s.args, " "), s.argsKnown}
	case "#":
		return value{strconv.Itoa(len(s.args)), s.argsKnown}
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n > 0 && n <= len(s.args) {
			return value{s.args[n-1], s.argsKnown}
		}
		return value{"", s.argsKnown && n > 0}
	}
	return s.vars[name]
}

// source is a part of a word as it is written.
func source(p syntax.WordPart) string {
	var b bytes.Buffer
	if err := syntax.NewPrinter(syntax.SingleLine(true)).Print(&b, &syntax.Word{Parts: []syntax.WordPart{p}}); err != nil {
		return "$?"
	}
	return strings.TrimSpace(b.String())
}

func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// unescapeQuoted is unescape within double quotes, where a backslash means something before a few characters only.
func unescapeQuoted(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\\n", text[i+1]) >= 0 {
			if i++; text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// matches judges whether a word matches one of the patterns of a case.
func (r *reader) matches(patterns []*syntax.Word, word string, s *scope) truth {
	result := no
	for _, p := range patterns {
		text, known := "", true
		for _, part := range p.Parts {
			t, ok := r.part(part, s)
			if _, isLit := part.(*syntax.Lit); isLit {
				t = part.(*syntax.Lit).Value
			} else {
				t = pattern.QuoteMeta(t, 0)
			}
			text += t
			known = known && ok
		}
		expr, err := pattern.Regexp(text, pattern.EntireString)
		if !known || err != nil {
			result = unknown
			continue
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			result = unknown
			continue
		}
		if re.MatchString(word) {
			return yes
		}
	}
	return result
}
