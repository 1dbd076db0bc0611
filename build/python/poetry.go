package python

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"
)

// poetryTable is [tool.poetry].
type poetryTable struct {
	Name         string              `toml:"name"`
	PackageMode  *bool               `toml:"package-mode"`
	Dependencies map[string]any      `toml:"dependencies"`
	Dev          map[string]any      `toml:"dev-dependencies"`
	Extras       map[string][]string `toml:"extras"`
	Scripts      map[string]any      `toml:"scripts"`
	Source       []struct {
		Name string `toml:"name"`
		URL  string `toml:"url"`
	} `toml:"source"`
	Group map[string]struct {
		Dependencies map[string]any `toml:"dependencies"`
	} `toml:"group"`
}

// poetry adds what [tool.poetry] says. Beside [project], its dependencies only say where those come from.
func (m *manifest) poetry(t *poetryTable) error {
	if t == nil {
		return nil
	}
	standsAlone := !m.Project || len(m.Requires) == 0
	m.Poetry, m.Project, m.Name = true, true, cmp.Or(m.Name, normalize(t.Name))
	for _, i := range t.Source {
		m.Indexes[i.Name] = i.URL
	}
	m.poetryScripts(t)
	optional, err := m.poetryRequires(t, standsAlone)
	if err != nil {
		return err
	}
	for extra, names := range t.Extras {
		for _, name := range names {
			if r, ok := optional[normalize(name)]; ok {
				m.Optional[normalize(extra)] = append(m.Optional[normalize(extra)], r)
			}
		}
	}
	return m.poetryGroups(t)
}

// poetryScripts adds scripts that [project] has not.
func (m *manifest) poetryScripts(t *poetryTable) {
	if m.Scripts == nil && len(t.Scripts) > 0 {
		m.Scripts = map[string]string{}
	}
	for name, value := range t.Scripts {
		target, _ := value.(string)
		if table, is := value.(map[string]any); is {
			target = cmp.Or(text(table, "reference"), text(table, "callable"))
		}
		if _, taken := m.Scripts[name]; !taken && target != "" {
			m.Scripts[name] = target
		}
	}
}

// poetryRequires adds the dependencies, where they count, and where they come from; it returns those that only extras bring.
func (m *manifest) poetryRequires(t *poetryTable, count bool) (map[string]Requirement, error) {
	optional := map[string]Requirement{}
	for _, name := range keys(t.Dependencies) {
		value := t.Dependencies[name]
		if normalize(name) == "python" {
			if spec, ok := value.(string); ok && m.RequiresPython == "" {
				m.RequiresPython, m.PythonFrom = spec, "pyproject.toml ([tool.poetry.dependencies] python)"
			}
			continue
		}
		list, s, isOptional, err := poetryDependency(name, value)
		if err != nil {
			return nil, err
		}
		if s != (source{}) {
			m.Sources[normalize(name)] = s
		}
		switch {
		case isOptional && len(list) > 0:
			optional[normalize(name)] = list[0]
		case count:
			m.Requires = append(m.Requires, list...)
		}
	}
	return optional, nil
}

// poetryGroups reads the groups of [tool.poetry], with the older dev-dependencies as dev.
func (m *manifest) poetryGroups(t *poetryTable) error {
	groups := map[string]map[string]any{"dev": t.Dev}
	for name, g := range t.Group {
		if name == "dev" && len(t.Dev) > 0 {
			continue
		}
		groups[name] = g.Dependencies
	}
	for name, deps := range groups {
		for _, dep := range keys(deps) {
			list, s, _, err := poetryDependency(dep, deps[dep])
			if err != nil {
				return err
			}
			if s.local() {
				m.Sources[normalize(dep)] = s
			}
			m.Groups[normalize(name)] = append(m.Groups[normalize(name)], list...)
		}
	}
	return nil
}

// poetryDependency reads one dependency: a constraint, a table, or a list of tables for several environments.
func poetryDependency(name string, value any) (list []Requirement, s source, optional bool, err error) {
	if spec, ok := value.(string); ok {
		r, err := poetryRequirement(name, spec)
		return []Requirement{r}, s, false, err
	}
	tables, err := tablesOf(value)
	if err != nil {
		return nil, s, false, fmt.Errorf("dependency %s: %w", name, err)
	}
	for _, t := range tables {
		r, err := poetryRequirement(name, text(t, "version"))
		if err != nil {
			return nil, s, false, err
		}
		r.Extras = extras(language.Texts(t["extras"]))
		r.Marker = text(t, "markers")
		if python := text(t, "python"); python != "" {
			marker, err := pythonMarker(python)
			if err != nil {
				return nil, s, false, fmt.Errorf("dependency %s: %w", name, err)
			}
			r.Marker = and(r.Marker, marker)
		}
		if platform := text(t, "platform"); platform != "" {
			r.Marker = and(r.Marker, "sys_platform == "+strconv.Quote(platform))
		}
		list = append(list, r)
		optional = optional || t["optional"] == true
		s = source{
			Path: cmp.Or(text(t, "path"), text(t, "file")), Editable: t["develop"] == true, Git: text(t, "git"),
			Rev: cmp.Or(text(t, "rev"), text(t, "tag"), text(t, "branch")), Sub: text(t, "subdirectory"), URL: text(t, "url"), Index: text(t, "source"),
		}
	}
	return list, s, optional, nil
}

func poetryRequirement(name, constraint string) (Requirement, error) {
	r := Requirement{Name: normalize(name)}
	specs, err := poetrySpecs(constraint)
	if err != nil {
		return r, fmt.Errorf("dependency %s: %w", name, err)
	}
	if len(specs) == 1 {
		r.Spec = specs[0]
	} else {
		r.AnyOf = specs
	}
	return r, nil
}

var poetryOne = regexp.MustCompile(`^(\^|~=|~|===|==|=|!=|>=|<=|>|<)?\s*(\S+)$`)

// poetrySpecs writes a constraint of Poetry as version specifiers, one for each alternative: "^1.2" is ">=1.2,<2",
// "~1.2" is ">=1.2,<1.3", a bare version is that version, "*" is any.
func poetrySpecs(constraint string) ([]string, error) {
	var all []string
	for alternative := range strings.SplitSeq(strings.ReplaceAll(constraint, "||", "|"), "|") {
		var specs []string
		for _, part := range splitSpecs(alternative) {
			m := poetryOne.FindStringSubmatch(part)
			if m == nil {
				return nil, fmt.Errorf("%q is no version constraint", constraint)
			}
			spec, err := poetrySpec(m[1], m[2])
			if err != nil {
				return nil, fmt.Errorf("%q is no version constraint", constraint)
			}
			if spec != "" {
				specs = append(specs, spec)
			}
		}
		all = append(all, strings.Join(specs, ","))
	}
	if slices.Contains(all, "") {
		return []string{""}, nil
	}
	return all, nil
}

// splitSpecs splits at commas and blanks; a blank may stand after an operator.
func splitSpecs(text string) []string {
	var all []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if n := len(all); n > 0 && strings.Trim(all[n-1], "^~=!<>") == "" {
			all[n-1] += word
			continue
		}
		all = append(all, word)
	}
	return all
}

// poetrySpec is a constraint of Poetry's in the notation of PEP 440; empty where any version will do.
func poetrySpec(op, version string) (string, error) {
	if version == "*" {
		return "", nil
	}
	version = strings.ReplaceAll(strings.TrimPrefix(version, "v"), ".x", ".*")
	var spec string
	switch op {
	case "^", "~":
		upper, err := bump(version, op == "^")
		if err != nil {
			return "", err
		}
		spec = ">=" + version + ",<" + upper
	case "", "=":
		spec = "==" + version
	default:
		spec = op + version
	}
	_, err := specifiers(spec)
	return spec, err
}

// bump is the first version that a caret or tilde constraint does not allow.
func bump(version string, caret bool) (string, error) {
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			return "", err
		}
		numbers = append(numbers, n)
		if digits != part {
			break // 1.0b2
		}
	}
	at := min(1, len(numbers)-1) // tilde: the second number, or the only one
	if caret {
		// The leftmost number that is not zero; the last where all are.
		at = len(numbers) - 1
		for i, n := range numbers {
			if n != 0 {
				at = i
				break
			}
		}
	}
	numbers = numbers[:at+1]
	numbers[at]++
	var b strings.Builder
	for i, n := range numbers {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String(), nil
}

// pythonMarker is the marker for a constraint on Python's version.
func pythonMarker(constraint string) (string, error) {
	alternatives, err := poetrySpecs(constraint)
	if err != nil {
		return "", err
	}
	var any []string
	for _, specs := range alternatives {
		var all []string
		for _, spec := range splitSpecs(specs) {
			version := strings.TrimLeft(spec, "^~=!<>")
			all = append(all, fmt.Sprintf("python_full_version %s '%s'", spec[:len(spec)-len(version)], version))
		}
		if len(all) == 0 {
			return "", nil
		}
		any = append(any, strings.Join(all, " and "))
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return "(" + strings.Join(any, ") or (") + ")", nil
}
