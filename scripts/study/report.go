package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

// tables are the list of packages, sorted, what was seen of them on Debian, and what came out of the last run.
func (s *study) tables() (names []string, before, after []row, err error) {
	if names, err = readList(s.file("packages.txt")); err != nil {
		return nil, nil, nil, err
	}
	if before, err = readRows(s.file("baseline.tsv")); err != nil {
		return nil, nil, nil, err
	}
	after, err = readRows(s.file("results.tsv"))
	return slices.Sorted(slices.Values(names)), before, after, err
}

// report writes what came out of the last run.
func (s *study) report(context.Context) error {
	names, before, after, err := s.tables()
	if err != nil {
		return err
	}
	reasons, err := readReasons(s.file("reasons.txt"))
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := page.Execute(&b, count(names, before, after, reasons)); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	if err := os.WriteFile(s.doc, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// reasons say in one sentence each why a package fails, as somebody found who has looked.
type reasons map[string]string

// readReasons reads lines "package: reason".
func readReasons(name string) (reasons, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return reasons{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read reasons: %w", err)
	}
	defer f.Close()
	all := reasons{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, why, ok := strings.Cut(line, ": ")
		if !ok || strings.Contains(name, " ") {
			return nil, fmt.Errorf("cannot read reasons: %q is not of the form package: reason", line)
		}
		all[name] = strings.TrimSpace(why)
	}
	return all, lines.Err()
}

// of is a part of a whole.
type of struct{ Good, All int }

func (o of) String() string {
	if o.All == 0 {
		return "0 of 0"
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", o.Good, o.All, 100*float64(o.Good)/float64(o.All))
}

func (o *of) add(good bool) {
	o.All++
	if good {
		o.Good++
	}
}

// numbers are what the report tells.
type numbers struct {
	Seed                      string
	Picked                    int
	Refused                   []string // by apt
	Cut, Proven, Truthful     of       // packages
	Answering                 of       // packages of those installed that have a program that answers on Debian
	Chroot, Doors             of       // packages all of whose answering programs answer
	ChrootPrograms            of
	DoorsPrograms             of
	ChrootEqual, DoorsEqual   of // programs that answer with the same output
	CutMB, DebianMB           float64
	Failures                  []failure
	NotYetRun, NotYetBaseline int
}

type failure struct{ Package, What, Reason string }

// trialOf is all that is known of a package.
type trialOf struct{ before, after []row }

func count(names []string, before, after []row, why reasons) numbers {
	n := numbers{Seed: seed, Picked: len(names)}
	all := map[string]trialOf{}
	for _, r := range before {
		t := all[r.Package]
		t.before = append(t.before, r)
		all[r.Package] = t
	}
	for _, r := range after {
		t := all[r.Package]
		t.after = append(t.after, r)
		all[r.Package] = t
	}
	for _, name := range names {
		n.countPackage(name, all[name], why[name])
	}
	return n
}

func (n *numbers) countPackage(name string, t trialOf, why string) {
	switch {
	case len(t.before) == 0:
		n.NotYetBaseline++
	case t.before[0].Outcome == refused:
		n.Refused = append(n.Refused, name)
	default:
		n.Answering.add(len(answering(t.before)) > 0)
	}
	if len(t.after) == 0 {
		n.NotYetRun++
		return
	}
	bad := n.proof(t.after)
	bad = append(bad, n.answers(t)...)
	n.sizes(t)
	if len(bad) > 0 {
		f := failure{name, strings.Join(bad, "; "), why}
		if f.Reason == "" {
			f.Reason = "not yet understood"
		}
		n.Failures = append(n.Failures, f)
	}
}

// proof counts the cut and its proof, and says what is wrong.
func (n *numbers) proof(rows []row) []string {
	var bad []string
	complete, cut, honest := false, false, false
	for _, r := range rows {
		switch {
		case r.Outcome == cutFailed:
			bad = append(bad, fmt.Sprintf("%s: %s", r.Place, r.Detail))
		case r.Place == inCut:
			cut = true
		case r.Place == inProof && r.Outcome == proven:
			complete = true
		case r.Place == inProof:
			bad = append(bad, "proof: "+r.Detail)
		case r.Outcome == truthful:
			honest = true
		case r.Outcome == untrue:
			bad = append(bad, "Debian has: "+r.Detail)
		}
	}
	n.Cut.add(cut)
	n.Proven.add(complete)
	n.Truthful.add(complete || honest)
	return slices.Compact(bad)
}

// answering are the programs that answer on Debian.
func answering(before []row) map[string]bool {
	programs := map[string]bool{}
	for _, r := range before {
		if r.Outcome == answers {
			programs[r.Program] = true
		}
	}
	return programs
}

// answers counts the programs of a package in both places, and says which do not answer there. A package that could not
// be cut fails with all of its programs.
func (n *numbers) answers(t trialOf) []string {
	programs := answering(t.before)
	if len(programs) == 0 {
		return nil
	}
	var bad []string
	for _, at := range []struct {
		place                     string
		packages, programs, equal *of
	}{
		{inChroot, &n.Chroot, &n.ChrootPrograms, &n.ChrootEqual},
		{inDoors, &n.Doors, &n.DoorsPrograms, &n.DoorsEqual},
	} {
		all := true
		for _, p := range slices.Sorted(maps.Keys(programs)) {
			r := find(t.after, at.place, p)
			good := r.Outcome == answers || r.Outcome == equal
			all = all && good
			at.programs.add(good)
			at.equal.add(r.Outcome == equal)
			if !good && r.Program != "" {
				bad = append(bad, fmt.Sprintf("%s: %s %s ends with %d, %s", at.place, p, r.Argument, r.Exit, r.Detail))
			}
		}
		at.packages.add(all)
	}
	return bad
}

func find(rows []row, place, program string) row {
	for _, r := range rows {
		if r.Place == place && r.Program == program {
			return r
		}
	}
	return row{}
}

// sizes adds what the cut and what the Debian root weigh, where there are both.
func (n *numbers) sizes(t trialOf) {
	cut, debian := 0, 0
	for _, r := range t.after {
		if r.Place == inCut && r.Outcome == cutDone {
			cut = lastNumber(r.Detail)
		}
	}
	for _, r := range t.before {
		if r.Outcome == installed {
			debian = lastNumber(r.Detail)
		}
	}
	if cut > 0 && debian > 0 {
		n.CutMB += float64(cut) / 1000
		n.DebianMB += float64(debian) * 1024 / 1e6 // dpkg's kB are of 1024 bytes
	}
}

var number = regexp.MustCompile(`\d+`)

// lastNumber is the last number in a text: of "3 files, 500 kB" the 500.
func lastNumber(text string) int {
	all := number.FindAllString(text, -1)
	if len(all) == 0 {
		return 0
	}
	n, err := strconv.Atoi(all[len(all)-1])
	if err != nil {
		return 0
	}
	return n
}

//go:embed study.md.in
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"cell": cell}).Parse(pageText))

// cell makes a text fit for a cell of a table.
func cell(s string) string {
	s = strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace(s)
	if len(s) > 400 {
		s = strings.ToValidUTF8(s[:400], "") + " …"
	}
	return s
}
