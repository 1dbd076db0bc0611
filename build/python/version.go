package python

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// versionSettings are the variables that say the version: our own, and Google's.
var versionSettings = []string{"BP_PYTHON_VERSION", language.GoogleVersion}

// wishes reads what an app says about its Python, the strongest first: setting, version files, manifest, lock. up is what a
// folder above says, which counts where the app has no version file. Spec of a pin is "3.13" or "3.13.5", else specifiers
// (PEP 440), alternatives joined by "||": ">=3.11,<3.14".
func wishes(dir fs.FS, env map[string]string, up *language.Wish, m *manifest, l *lock) ([]language.Wish, error) {
	var all []language.Wish
	if setting, name := language.Said(env, versionSettings...); setting != "" {
		setting = anyPatch(setting)
		w := language.Wish{Spec: setting, From: name, Pin: isPin(setting)}
		if err := checkWish(w); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	read := []func(fs.FS) (*language.Wish, error){versionFile, runtimeFile, toolVersions}
	if l != nil && l.File == "Pipfile.lock" || l == nil && !language.IsFile(dir, "requirements.txt") {
		read = append(read, pipfilePython) // where another list of packages decides, nothing of Pipfile is read
	}
	for _, read := range read {
		w, err := read(dir)
		if err != nil {
			return nil, err
		}
		if w != nil {
			all = append(all, *w)
		}
	}
	if up != nil && !slices.ContainsFunc(all, func(w language.Wish) bool { return w.Pin }) {
		all = append(all, *up)
	}
	if m != nil && m.RequiresPython != "" {
		w, err := manifestWish(m)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if l != nil && l.Python != "" {
		all = append(all, orPin(language.Wish{Spec: l.Python, From: l.File}))
	}
	if l != nil && l.Pin != "" && !language.IsFile(dir, "Pipfile") {
		all = append(all, language.Wish{Spec: l.Pin, From: l.File, Pin: true})
	}
	return all, nil
}

// manifestWish is what pyproject.toml and its like require, which Poetry writes in a notation of its own.
func manifestWish(m *manifest) (language.Wish, error) {
	w := language.Wish{Spec: m.RequiresPython, From: m.PythonFrom}
	if strings.Contains(m.PythonFrom, "poetry") {
		spec, err := poetryAny(m.RequiresPython)
		if err != nil {
			return w, nonsense(w.From, m.RequiresPython)
		}
		w.Spec = spec
	}
	return orPin(w), checkWish(w)
}

// anyPatch is a version without the place that says "any": Cloud Foundry's runtime.txt has python-3.13.x, Paketo's setting 3.13.*.
func anyPatch(spec string) string {
	if cut := strings.TrimSuffix(strings.TrimSuffix(spec, ".x"), ".*"); numbers.MatchString(cut) {
		return cut
	}
	return spec
}

// isPin tells whether what a file or setting says of a version is one, and no range of them.
func isPin(spec string) bool { return !strings.ContainsAny(spec, "<>=~!,*") }

// onePatch matches specifiers that allow a single patch of Python.
var onePatch = regexp.MustCompile(`^={0,3}\s*(\d+\.\d+\.\d+)$`)

// orPin is a wish for a single patch as the pin that it is meant for: where people write "==3.13.2", they name the version that they have.
func orPin(w language.Wish) language.Wish {
	if m := onePatch.FindStringSubmatch(strings.TrimSpace(w.Spec)); m != nil {
		w.Spec, w.Pin = m[1], true
	}
	return w
}

// nonsense is the problem of a version that is none.
func nonsense(from, spec string) error {
	return &language.Problem{
		What: fmt.Sprintf("cannot read the version of Python in %s", from), Evidence: []string{fmt.Sprintf("%q is no version of CPython", spec)},
		Next: `Write a version such as "3.13".`,
	}
}

// checkWish refuses a version that is none.
func checkWish(w language.Wish) error {
	if w.Pin {
		if _, err := release(w.Spec); err != nil {
			return nonsense(w.From, w.Spec)
		}
		return nil
	}
	for one := range strings.SplitSeq(w.Spec, "||") {
		if _, err := specifiers(one); err != nil {
			return nonsense(w.From, w.Spec)
		}
	}
	return nil
}

// versionFile reads .python-version, which pyenv and uv use.
func versionFile(dir fs.FS) (*language.Wish, error) {
	return onlyVersion(dir, ".python-version", func(line string) (language.Wish, error) {
		version := anyPatch(strings.TrimPrefix(strings.TrimPrefix(line, "python-"), "cpython-"))
		if version == "latest" || version == "system" { // as mise reads it, and pyenv: the one that is there
			version = ">=3"
		}
		return language.Wish{Spec: version, Pin: isPin(version)}, nil
	})
}

// runtimeFile reads runtime.txt, Heroku's: "python-3.13.5".
func runtimeFile(dir fs.FS) (*language.Wish, error) {
	return onlyVersion(dir, "runtime.txt", func(line string) (language.Wish, error) {
		spec, ok := strings.CutPrefix(line, "python-")
		if !ok {
			return language.Wish{}, &language.Problem{
				What: "cannot read runtime.txt", Evidence: []string{fmt.Sprintf("%q is not of the form python-3.13.5", line)},
				Next: "Write it so, or write the version into .python-version instead.",
			}
		}
		return language.Wish{Spec: anyPatch(spec), Pin: true}, nil
	})
}

// onlyVersion reads a file with one version, which parse makes of a line; empty lines, blanks around and comments say nothing. It
// returns nil where there is no such file.
func onlyVersion(dir fs.FS, file string, parse func(line string) (language.Wish, error)) (*language.Wish, error) {
	text, ok, err := language.ReadText(dir, file)
	if err != nil || !ok {
		return nil, err
	}
	if err := language.PlainText(file, text); err != nil {
		return nil, err
	}
	var found []language.Wish
	for n, line := range language.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		from := fmt.Sprintf("%s line %d", file, n)
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			return nil, &language.Problem{
				What: "cannot read the version of Python in " + from, Evidence: []string{fmt.Sprintf("it has an invisible or foreign character at byte %d: %+q", i+1, line)},
				Next: "Type the line anew.",
			}
		}
		w, err := parse(line)
		if err != nil {
			return nil, err
		}
		w.From = from
		if err := checkWish(w); err != nil {
			return nil, err
		}
		found = append(found, w)
	}
	switch len(found) {
	case 0:
		return nil, &language.Problem{What: "cannot read " + file, Evidence: []string{"it names no version"}, Next: `Write a version such as "3.13" into it, or remove it.`}
	case 1:
		return &found[0], nil
	}
	var versions []string
	for _, w := range found {
		versions = append(versions, w.Spec)
	}
	return nil, &language.Problem{
		What: "cannot choose a version of Python", Evidence: []string{file + " names several: " + strings.Join(versions, ", ")}, Next: "Leave one of them in the file, or set BP_PYTHON_VERSION.",
	}
}

// toolVersions reads the files of tool managers; their "latest" says nothing, as Debian's Python is the newest of its release.
func toolVersions(dir fs.FS) (*language.Wish, error) {
	all, err := language.ToolVersions(dir, "python")
	if err != nil || len(all) == 0 || all[0].Spec == "latest" {
		return nil, err
	}
	w := all[0]
	return &w, checkWish(w)
}

// pipfilePython reads [requires] of Pipfile.
func pipfilePython(dir fs.FS) (*language.Wish, error) {
	if !language.IsFile(dir, "Pipfile") {
		return nil, nil
	}
	p, err := decodePipfile(dir)
	if err != nil {
		return nil, err
	}
	spec := anyPatch(strings.TrimSpace(cmp.Or(p.Requires.Full, p.Requires.Version)))
	if spec == "" || spec == "*" {
		return nil, nil
	}
	w := &language.Wish{Spec: spec, From: "Pipfile ([requires])", Pin: isPin(spec)}
	return w, checkWish(*w)
}

// choose checks an interpreter against the wishes, and says which of them decided.
func choose(all []language.Wish, have language.Interpreter, others []language.Other) (why string, err error) {
	for i, w := range all {
		if allows(w, have.Version) {
			continue
		}
		for _, other := range all[:i] {
			// A weaker file that contradicts a pin: which of the two is meant, only the user knows. A setting overrules all.
			if slices.Contains(versionSettings, other.From) {
				return "", &language.Problem{
					What: fmt.Sprintf("%s asks for a Python that %s does not allow", other.From, w.From), Evidence: []string{other.String(), w.String()},
					Next: "Make them agree.",
				}
			}
			if other.Pin {
				return "", language.Disagree("Python", other, w)
			}
		}
		for _, other := range all[i+1:] {
			if w.Pin && other.Pin && allows(other, have.Version) {
				return "", language.Disagree("Python", w, other)
			}
		}
		return "", unavailable(w, have, others)
	}
	return have.Reason(all), nil
}

// unavailable is the problem of a version that is not here: what it is, what can be had, and where.
func unavailable(w language.Wish, have language.Interpreter, others []language.Other) error {
	p := have.Refuse(w)
	if w.Pin {
		if note := history(w.Spec); note != "" {
			p.Evidence = append(p.Evidence, note)
		}
	}
	evidence, steps := language.TellOthers("Python", others, func(v string) bool { return w.Pin && allows(w, v) || !w.Pin && fits(v, w.Spec) })
	p.Evidence = append(p.Evidence, evidence...)
	if n := newest(w.Spec); !w.Pin || n >= 8 && n <= newestPython {
		p.Evidence = append(p.Evidence, "elsewhere: other versions as builds of CPython made to be relocated, with BP_PYTHON_SOURCE=standalone")
		steps = append(steps, "set BP_PYTHON_SOURCE=standalone")
	}
	p.Next = language.Or("Ask for "+minor(have.Version), steps...) + "."
	return p
}

// ends tells since when a version of Python 3 has no fixes any more (devguide.python.org/versions), as of this release.
var ends = map[int]string{
	0: "2009", 1: "2012", 2: "2016", 3: "2017", 4: "2019", 5: "2020", 6: "2021", 7: "2023", 8: "2024", 9: "October 2025", 10: "October 2026",
}

// newestPython is the newest minor version of Python 3 that this version of whittle knows.
const newestPython = 15

// history tells of a version that has no fixes any more, or that does not exist.
func history(version string) string {
	n := newest(version)
	major, _, _ := strings.Cut(version, ".")
	switch {
	case major == "2":
		return "Python 2 has had no fixes since 2020"
	case major != "3" || n > newestPython:
		return fmt.Sprintf("there is no Python %s", version)
	case ends[n] != "":
		return fmt.Sprintf("Python 3.%d has had no fixes since %s", n, ends[n])
	}
	return ""
}

// newest is the second number of a version, or 0.
func newest(version string) int {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 || parts[0] != "3" {
		return 0
	}
	n, _ := strconv.Atoi(parts[1]) // checked before
	return n
}

// fits tells whether a version of Python is within the range that a package is for.
func fits(version, wanted string) bool {
	w := language.Wish{Spec: wanted}
	return allows(w, version) || allows(w, version+".99")
}

// allows tells whether a wish allows a version.
func allows(w language.Wish, have string) bool {
	if w.Pin {
		want, err := release(w.Spec)
		if err != nil {
			return false
		}
		got, err := release(have)
		// Debian ships the newest patch of a minor version with fixes: a pinned patch is that minor version.
		return err == nil && slices.Equal(want[:min(2, len(want))], got[:min(2, len(want))])
	}
	for one := range strings.SplitSeq(w.Spec, "||") {
		if v, err := pep440.Parse(have); err == nil {
			if ss, err := specifiers(one); err == nil && ss.Check(v) {
				return true
			}
		}
	}
	return false
}

var numbers = regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){0,2}(?:t|(?:a|b|rc)\d{1,3})?$`)

// release reads a version's numbers.
func release(v string) ([]int, error) {
	if !numbers.MatchString(v) {
		return nil, fmt.Errorf("%q is no Python version", v)
	}
	var all []int
	for part := range strings.SplitSeq(v, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break // 3.14.0rc1: the numbers before it
		}
		all = append(all, n)
	}
	return all, nil
}

// minor is the first two numbers of a version.
func minor(v string) string { return strings.Join(strings.SplitN(v, ".", 3)[:2], ".") }
