package failure

import (
	"regexp"
	"slices"
	"strings"
)

// otherRuntimes match what tools write about a package that is for other versions of what runs it: its name, and the versions. npm, pnpm and
// Yarn hold engines of package.json against Node.js, Bundler what a gem requires of Ruby, cargo rust-version of Cargo.toml.
var otherRuntimes = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^error (\S+): The engine "node" is incompatible with this module\. Expected version "([^"\n]+)"`),
	regexp.MustCompile(`(?m)^npm (?:error|ERR!) \w* ?Not compatible with your version of (?:node/npm|npm/node): (\S+)\n(?:npm .*\n)*?npm .*Required: .*"node":"([^"\n]+)"`),
	regexp.MustCompile(`Your Node version is incompatible with "([^"\n]+)"\.\s+Expected version: ([^\n]+)`),
	regexp.MustCompile(`(?m)^(\S+) requires ruby version ([^\n]+), which is incompatible with the current version`),
	regexp.MustCompile("(?m)^\\s*error: package `(\\S+ v\\S+)` cannot be built because it requires rustc (\\S+ or newer)"),
	regexp.MustCompile(`(?m)^\s*error: rustc \S+ is not supported by the following packages?:\n\s*(\S+) requires rustc (\S+)`),
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

// forOtherRuntime finds a package that its own tool refuses for the version of what runs it. A crate that cargo refuses may be in a
// package of another tool, such as one of Python.
func forOtherRuntime(output string) (Cause, bool) {
	if c, ok := forOtherPython(output); ok {
		return c, true
	}
	for _, r := range otherRuntimes {
		m := r.FindStringSubmatchIndex(output)
		if m == nil {
			continue
		}
		rest, _, _ := strings.Cut(output[m[1]:], "\n")
		lines := slices.DeleteFunc(readable(output[m[0]:m[1]]+rest), func(line string) bool { return strings.TrimSpace(line) == "" })
		names := []string{output[m[2]:m[3]], strings.TrimSpace(output[m[4]:m[5]])}
		c := Cause{Kind: OtherRuntime, Names: names, Lines: lines[:min(len(lines), maxLines)]}
		if name := packageAtWork(output); name != "" && strings.Contains(r.String(), "rustc") {
			c.Kind, c.Names = OtherRust, append([]string{name}, names...)
		}
		return c, true
	}
	return Cause{}, false
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
