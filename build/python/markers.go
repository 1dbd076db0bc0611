package python

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
)

// markerScript evaluates markers by the packaging library that pip brings, for the interpreter that runs it.
//
//go:embed markers.py
var markerScript string

// interpreterMarkers asks the app's interpreter whether markers hold, many at once: each start of it costs a tenth of a
// second.
type interpreterMarkers struct {
	site   language.Site
	python string
	known  map[question]bool
}

type question struct {
	Marker string `json:"marker"`
	Extra  string `json:"extra"`
}

var extraName = regexp.MustCompile(`extra\s*[=!]=\s*['"]([^'"]+)['"]|['"]([^'"]+)['"]\s*[=!]=\s*extra`)

// Prepare evaluates markers with every extra that they name, and without.
func (i *interpreterMarkers) Prepare(ctx context.Context, all []string) error {
	var ask []question
	for _, marker := range all {
		if marker == "" {
			continue
		}
		extras := []string{""}
		for _, m := range extraName.FindAllStringSubmatch(marker, -1) {
			extras = append(extras, cmp.Or(m[1], m[2]))
		}
		for _, extra := range extras {
			q := question{marker, extra}
			if _, ok := i.known[q]; !ok && !slices.Contains(ask, q) {
				ask = append(ask, q)
			}
		}
	}
	return i.ask(ctx, ask)
}

// Holds tells whether a marker holds with one of the extras, or none.
func (i *interpreterMarkers) Holds(ctx context.Context, marker string, extras []string) (bool, error) {
	for _, extra := range append([]string{""}, extras...) {
		q := question{marker, extra}
		if _, ok := i.known[q]; !ok {
			if named := extraName.MatchString(marker); extra != "" && !named {
				continue
			}
			if err := i.ask(ctx, []question{q}); err != nil {
				return false, err
			}
		}
		if i.known[q] {
			return true, nil
		}
	}
	return false, nil
}

// ask has the interpreter answer questions, and remembers what it said.
func (i *interpreterMarkers) ask(ctx context.Context, all []question) error {
	if len(all) == 0 {
		return nil
	}
	file := filepath.Join(i.site.Temp, "markers.json")
	data, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot write markers: %w", err)
	}
	var answers []bool
	err = language.Ask(ctx, i.site.Run, language.Command{Args: []string{i.python, "-I", "-c", markerScript, file}, Dir: i.site.Temp, Env: i.site.Env}, &answers)
	if err == nil && len(answers) != len(all) {
		err = fmt.Errorf("%d answers to %d questions", len(answers), len(all))
	}
	if err != nil {
		return fmt.Errorf("cannot evaluate the environment markers of a lock: %w", err)
	}
	if i.known == nil {
		i.known = map[question]bool{}
	}
	for n, q := range all {
		i.known[q] = answers[n]
	}
	return nil
}

// markers are those that following a lock asks for.
func (l *lock) markers(roots []Requirement, local map[string]*manifest) []string {
	var all []string
	add := func(list []Requirement) {
		for _, r := range list {
			all = append(all, r.Marker)
		}
	}
	add(roots)
	for _, name := range keys(local) {
		add(local[name].Requires)
		for _, extra := range keys(local[name].Optional) {
			add(local[name].Optional[extra])
		}
	}
	for _, p := range l.Packages {
		all = append(all, p.Marker)
		for _, n := range p.Needs {
			all = append(all, n.Marker)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
