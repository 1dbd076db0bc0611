package language

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Complaint is something that a language's own tool says when it fails, and what it means.
type Complaint struct {
	Texts   []string       // one of them occurs
	Pattern *regexp.Regexp // in their place; what its groups match stands for $1 in What
	What    string
	Next    string
	Lines   int // of evidence after the one with the text; 0 for four
}

// Hear returns the first of the complaints that a tool made, in the order of the complaints, and the line where it did: -1 for none.
func Hear(lines []string, complaints []Complaint) (c Complaint, line int) {
	for _, c := range complaints {
		for i, l := range lines {
			if what, ok := c.heard(l); ok {
				c.What = what
				return c, i
			}
		}
	}
	return Complaint{}, -1
}

// heard tells whether a line makes the complaint, and what that means there.
func (c Complaint) heard(line string) (what string, ok bool) {
	if c.Pattern == nil {
		return c.What, indexAny(line, c.Texts) >= 0
	}
	m := c.Pattern.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	found := strings.TrimSuffix(Clip(strings.Join(m[1:], "")), ".")
	return strings.ReplaceAll(c.What, "$1", found), true
}

// shared are texts of causes that the build phase knows for the tools of all languages: the way to an index, and native
// compilers. What a tool says beside them follows from them.
var shared = []string{
	"x509: ", "dial tcp", "no such host", "connection refused", "i/o timeout", "TLS handshake timeout", "401 Unauthorized", "403 Forbidden", "terminal prompts disabled",
	"could not read Username", "404 Not Found", "410 Gone", "unknown revision", "checksum mismatch", "SECURITY ERROR", "No space left on device", "signal: killed",
	"fatal error: ", "cannot find -l", "pkg-config", "collect2: error", "undefined reference", "executable file not found",
}

// maxEvidence bounds the lines of a tool's that an error shows.
const maxEvidence = 15

// Explain makes a problem of what a tool said before it failed: the first of the complaints that fits, the cause before what
// follows from it, else another. An error that is not the tool's own is left to the build phase.
func Explain(said string, err error, complaints []Complaint, other Complaint) error {
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(said), "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	if said == "" || indexAny(said, shared) >= 0 {
		return err
	}
	if c, i := Hear(lines, complaints); i >= 0 {
		return &Problem{What: c.What, Evidence: lines[max(0, i-2):min(len(lines), i+1+cmp.Or(c.Lines, 4))], Next: c.Next, Err: err}
	}
	evidence := lines[max(0, len(lines)-maxEvidence):]
	if i := indexAny(said, other.Texts); i >= 0 {
		evidence = from(lines, other.Texts[i])
	}
	return &Problem{What: other.What, Evidence: evidence, Next: other.Next, Err: err}
}

// indexAny returns which of some texts a text has, or -1.
func indexAny(said string, texts []string) int {
	return slices.IndexFunc(texts, func(t string) bool { return strings.Contains(said, t) })
}

// from returns the lines from the first one on that has a text.
func from(lines []string, text string) []string {
	i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) })
	return lines[max(0, i):min(len(lines), max(0, i)+maxEvidence)]
}
