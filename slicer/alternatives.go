package slicer

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	alternative = regexp.MustCompile(`--(?:install|slave)\s+(\S+)\s+(\S+)\s+(\S+)`)
	loopHead    = regexp.MustCompile(`^for\s+(\w+)\s+in\s+([^;]*?)\s*(?:;\s*do)?$`)
	assignment  = regexp.MustCompile(`^(\w+)=("[^"]*"|'[^']*'|[^\s;&|"']*)$`)
	variable    = regexp.MustCompile(`\$(?:\{(\w+)\}|(\w+))`)
)

// addAlternatives makes the names that update-alternatives would make when the packages were configured. They are read
// from the postinst scripts as text, never by running them: literal words, loops over literal words and variables with
// literal values are understood; what a script computes is listed as not done. Of several packages that offer one name
// the first by the package's name wins.
func (p *plan) addAlternatives() error {
	for _, name := range slices.Sorted(maps.Keys(p.packages)) {
		pkg := p.packages[name]
		script := pkg.Scripts["postinst"]
		if !strings.Contains(script, "update-alternatives") {
			continue
		}
		for _, line := range commands(script) {
			if !strings.Contains(line, "update-alternatives") {
				continue
			}
			for _, m := range alternative.FindAllStringSubmatch(line, -1) {
				if err := p.addAlternative(pkg, unquote(m[1]), unquote(m[3])); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (p *plan) addAlternative(pkg *picked, link, target string) error {
	at, to := mergedPath(strings.TrimPrefix(path.Clean(link), "/")), mergedPath(strings.TrimPrefix(path.Clean(target), "/"))
	if isBelowAny(at, "usr/share/man") {
		return nil
	}
	if strings.ContainsAny(link+target, "$`") || !path.IsAbs(link) || !path.IsAbs(target) {
		p.omit("alternative "+link, "the maintainer script of "+pkg.Name+" computes it", pkg.Name)
		return nil
	}
	there := p.seen[to]
	if there == nil || p.here(at) {
		return nil
	}
	f := &planned{ManifestFile: ManifestFile{
		Layer: p.layer(at, there.Layer), Path: at, Kind: Symlink.String(), Mode: "0777",
		Link: "/" + to, Package: pkg.Name, Slice: there.Slice,
	}}
	return p.put(f, Reason{Kind: Alternative, By: pkg.Name, Name: target})
}

// maxCommands bounds what loops in a script may grow to.
const maxCommands = 10_000

// commands are the lines of a shell script with continuation lines joined, loops over literal words unrolled, and
// variables with literal values replaced. Conditions are not judged: every branch counts, because an offer that finds
// no target is dropped later.
func commands(script string) []string {
	lines := strings.Split(strings.ReplaceAll(script, "\\\n", " "), "\n")
	var out []string
	unroll(lines, map[string]string{}, &out)
	return out
}

func unroll(lines []string, vars map[string]string, out *[]string) {
	for i := 0; i < len(lines) && len(*out) < maxCommands; i++ {
		line := strings.TrimSpace(lines[i])
		if m := assignment.FindStringSubmatch(line); m != nil {
			vars[m[1]] = replace(unquote(m[2]), vars)
			continue
		}
		m := loopHead.FindStringSubmatch(line)
		if m == nil {
			*out = append(*out, replace(line, vars))
			continue
		}
		end := i + 1 + loopEnd(lines[i+1:])
		words := strings.Fields(replace(m[2], vars))
		if strings.ContainsAny(m[2], "`(*") || len(words) == 0 {
			words = []string{"$" + m[1]} // computed: the loop's body stays as it is written
		}
		for _, w := range words {
			inner := maps.Clone(vars)
			inner[m[1]] = unquote(w)
			unroll(lines[i+1:end], inner, out)
		}
		i = end
	}
}

// loopEnd is the index of the "done" that ends a loop whose head was before the lines.
func loopEnd(lines []string) int {
	depth := 1
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch strings.TrimSuffix(words[0], ";") {
		case "for", "while", "until":
			depth++
		case "done":
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return len(lines)
}

func replace(text string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(ref string) string {
		if value, ok := vars[strings.Trim(ref, "${}")]; ok {
			return value
		}
		return ref
	})
}

func unquote(s string) string { return strings.Trim(s, `"'`) }
