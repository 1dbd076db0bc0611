package node

import (
	"cmp"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// A function that a platform calls (exports.handler = …) is no program: Node.js reads the file, and ends.

var (
	// harmless matches a line at the left margin that runs nothing: it takes a package, is a value or a function, exports one, or ends one.
	harmless = regexp.MustCompile(`^(?:$|\s|//|["']use strict|[})\]]+[,;]?$|\} (?:from|= require\()\s*["'][^."'][^"']*["']\)?;?$` +
		`|import\s.*\sfrom\s+["'][^."'][^"']*["'];?$|(?:import|const|let|var)\s+(?:type\s+)?\{[\w\s,:]*$` +
		`|(?:export\s+)?(?:async\s+)?function\b|(?:export\s+)?(?:class|type|interface)\s|export\s+(?:default\s+)?(?:async\s+)?function\b|export\s+default\s+\w+;?$|export\s+\{` +
		`|(?:const|let|var)\s+[^=]+=\s*require\(["'][^."'][^"']*["']\)[\w.]*;?$` +
		`|(?:(?:export\s+)?(?:const|let|var)\s+[^=]+|(?:module\.)?exports[\w.]*)\s*=\s*(?:async\b|function\b|\([^()]*\)\s*(?::[^=]+)?=>|\w+\s*=>|\{|\[|["'\d]|process\.env[\w.]*;?$|\w+;?$))`)
	// exportedName matches the name of a function that a file exports.
	exportedName = regexp.MustCompile(`(?m)^(?:(?:module\.)?exports\.(\w+)\s*=|(export default)\b|(module\.exports)\s*=\s*(?:async\b|function\b|\(|\w+;?$)|export\s+(?:const\s+(\w+)[^=\n]*=\s*(?:async\b|\(|function\b)|(?:async\s+)?function\s+(\w+)))`)
)

// checkIdle tells of a file that exports functions and does nothing else. Only where each of its lines is certain.
func (a *app) checkIdle(file string) error {
	text, _, err := language.ReadText(a.own.files, file)
	if err != nil || a.prefersBun() {
		return nil
	}
	text = blockComment.ReplaceAllString(text, "")
	var names []string
	for _, m := range exportedName.FindAllStringSubmatch(text, -1) {
		names = append(names, cmp.Or(m[1:]...))
	}
	for line := range strings.Lines(text) {
		if !harmless.MatchString(strings.TrimRight(line, "\r\n")) {
			return nil
		}
	}
	if len(names) == 0 {
		return nil
	}
	next := "Add a program that calls them, and a script start that runs it."
	if exported.MatchString(text) {
		next = "Add " + functionsFramework + " to package.json, which serves a function that answers requests, or a script start that runs a program which does."
	}
	return &language.Problem{
		What:     "the app would end as soon as it is started: " + language.Clip(file) + " exports functions, and nothing calls them",
		Evidence: []string{language.Some(language.Unique(names))},
		Next:     next,
	}
}
