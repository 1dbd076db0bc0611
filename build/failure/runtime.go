package failure

import (
	"regexp"
	"slices"
	"strings"
)

// newer is what stands for the versions of a runtime where only that is known of them.
const newer = "newer ones"

// otherRuntimes match what tools write about a package that is for other versions of what runs it: its name, and the versions. npm, pnpm and
// Yarn hold engines of package.json against Node.js, Bundler what a gem requires of Ruby, cargo rust-version of Cargo.toml; other
// programs for Node.js look at its version themselves.
var otherRuntimes = []struct {
	pattern *regexp.Regexp
	least   bool // the version is the least one, and no range
}{
	{regexp.MustCompile(`(?m)^error (\S+): The engine "node" is incompatible with this module\. Expected version "([^"\n]+)"`), false},
	{regexp.MustCompile(`(?m)^npm (?:error|ERR!) \w* ?Not compatible with your version of (?:node/npm|npm/node): (\S+)\n(?:npm .*\n)*?npm .*Required: .*"node":"([^"\n]+)"`), false},
	{regexp.MustCompile(`Your Node version is incompatible with "([^"\n]+)"\.\s+Expected version: ([^\n]+)`), false},
	{regexp.MustCompile(`(?m)^(\S+) requires ruby version ([^\n]+), which is incompatible with the current version`), false},
	{regexp.MustCompile("(?m)^\\s*error: package `(\\S+ v\\S+)` cannot be built because it requires rustc (\\S+ or newer)"), false},
	{regexp.MustCompile(`(?m)^\s*error: rustc \S+ is not supported by the following packages?:\n\s*(\S+) requires rustc (\S+)`), true},
	{regexp.MustCompile(`This version of (pnpm) requires at least Node\.js v([\d.]+)`), true},
	{regexp.MustCompile(`ERROR: (npm) is known not to run on Node\.js v.*\n(?:.*\n){1,3}?.*update to at least ([\d.]*\d)`), true},
	{regexp.MustCompile(`The (Angular CLI) requires a minimum Node\.js version of v([\d.]*\d)`), true},
	{regexp.MustCompile(`For (Next\.js), Node\.js version "?([^"\n]+?)"? is required`), false},
	// Vite goes on, and may fail for another reason.
	{regexp.MustCompile(`You are using Node\.js \S+ (Vite) requires Node\.js version ([^\n]+?)\. Please.*\n(?:.*\n)*?.*\b(?:is not a function|is not defined)\b`), false},
}

// newerNode match how a package fails that is written for a newer Node.js, and that does not look at the version: by syntax that is none
// yet, or by a module that is not there yet. Their group is the package.
var newerNode = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^(?:file://)?/\S*/node_modules/((?:@[\w.-]+/)?[\w.-]+)/\S+:\d+\n(?:.*\n){1,5}?SyntaxError: (?:Unexpected token '?(?:[.?|&#*=({]|with\b|static\b|async\b|function\b)|Block-scoped declarations|Unexpected reserved word|Invalid regular expression flags)`),
	regexp.MustCompile(`(?m)^/\S*/bin/(npm|pnpm|yarn)(?:-cli)?\.[cm]?js:\d+\n(?:.*\n){1,5}?SyntaxError: `),
	regexp.MustCompile(`Cannot find module 'node:[\w/]+'\nRequire stack:\n- /\S*/node_modules/((?:@[\w.-]+/)?[\w.-]+)/`),
}

// pyo3 matches what the library by which Python's packages are written in Rust says of a Python that it does not know: the newest that it
// knows, or the oldest.
var pyo3 = regexp.MustCompile(`(?m)^.*Python interpreter version \(\S+\) is (?:newer than PyO3's maximum supported version \((\S+)\)|lower than PyO3's minimum supported version \((\S+)\)).*$`)

// forOtherPython finds a package in Rust that is for other Pythons.
func forOtherPython(output string) (Cause, bool) {
	m := pyo3.FindStringSubmatch(output)
	name := packageAtWork(output)
	if m == nil || name == "" {
		return Cause{}, false
	}
	versions := "<=" + m[1]
	if m[1] == "" {
		versions = ">=" + m[2]
	}
	return Cause{Kind: OtherRuntime, Names: []string{name, versions}, Lines: []string{strings.TrimSpace(m[0])}}, true
}

// forOtherRuntime finds a package that its own tool refuses for the version of what runs it, or that fails by it. A crate that cargo
// refuses may be in a package of another tool, such as one of Python.
func forOtherRuntime(output string) (Cause, bool) {
	if c, ok := forOtherPython(output); ok {
		return c, true
	}
	for _, r := range otherRuntimes {
		m := r.pattern.FindStringSubmatchIndex(output)
		if m == nil {
			continue
		}
		versions := strings.TrimSpace(output[m[4]:m[5]])
		if r.least {
			versions += " or newer"
		}
		c := ofRuntime(output, m, versions)
		if name := packageAtWork(output); name != "" && strings.Contains(r.pattern.String(), "rustc") {
			c.Kind, c.Names = OtherRust, append([]string{name}, c.Names...)
		}
		return c, true
	}
	for _, r := range newerNode {
		if m := r.FindStringSubmatchIndex(output); m != nil {
			return ofRuntime(output, m, newer), true
		}
	}
	return Cause{}, false
}

// ofRuntime is the cause that a match tells, whose first group is the package.
func ofRuntime(output string, m []int, versions string) Cause {
	rest, _, _ := strings.Cut(output[m[1]:], "\n")
	lines := slices.DeleteFunc(readable(output[m[0]:m[1]]+rest), func(line string) bool { return strings.TrimSpace(line) == "" })
	return Cause{Kind: OtherRuntime, Names: []string{output[m[2]:m[3]], versions}, Lines: lines[:min(len(lines), maxLines)]}
}

// ignoredByPip corrects the cause where the index has the version, and pip ignored it: because its metadata is none to pip, or because
// it is for other Pythons: "Ignored the following versions that require a different python version: 1.26.0 Requires-Python <3.13,>=3.9; …".
func ignoredByPip(c Cause, output string) Cause {
	if c.Kind != NoSuchVersion || len(c.Names) == 0 {
		return c
	}
	if bad, ok := badMetadata(c.Names[0], output); ok {
		return bad
	}
	_, version, pinned := strings.Cut(c.Names[0], "==")
	_, ignored, told := strings.Cut(output, "Ignored the following versions that require a different python version: ")
	if !pinned || !told {
		return c
	}
	ignored, _, _ = strings.Cut(ignored, "\n")
	for one := range strings.SplitSeq(ignored, "; ") {
		if asks, ok := strings.CutPrefix(one, version+" Requires-Python "); ok {
			return Cause{Kind: OtherRuntime, Names: []string{c.Names[0], asks}, Lines: []string{c.Names[0] + " Requires-Python " + asks}}
		}
	}
	return c
}

// ignoredMetadata matches what pip writes of a version whose metadata it refuses: the version, the name, and why.
var ignoredMetadata = regexp.MustCompile(`(?m)^\s*WARNING: Ignoring version (\S+) of (\S+) since it has invalid metadata:\n.* has invalid metadata: ((?:.*\n)*?)\s*Please use pip`)

// badMetadata finds the version that a requirement asks for among those whose metadata pip refuses: packages of before 2024 have
// specifiers that were never in the standard.
func badMetadata(requirement, output string) (Cause, bool) {
	for _, m := range ignoredMetadata.FindAllStringSubmatch(output, -1) {
		name, version, pinned := strings.Cut(requirement, "==")
		if found := strings.ToLower(m[2]); !strings.HasPrefix(strings.ToLower(name), found) || pinned && version != m[1] {
			continue
		}
		lines := slices.DeleteFunc(readable(m[3]), noise.MatchString)
		return Cause{Kind: BadMetadata, Names: []string{m[2] + " " + m[1]}, Lines: lines[:min(len(lines), maxLines)]}, true
	}
	return Cause{}, false
}
