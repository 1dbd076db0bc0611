package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

// weighedPackage is a package of which both the cut and the installation on Debian are known.
type weighedPackage struct {
	Name, Version    string
	CutMB, DebianMB  float64
	Chroot, Doors    of // of its programs that answer on Debian
	Complete         bool
	Installed, IsCut bool
}

// popular writes what packages weigh that many images are made of, and whether their programs answer.
func (s *study) popular(context.Context) error {
	names, before, after, err := s.tables()
	if err != nil {
		return err
	}
	var all []weighedPackage
	for _, name := range names {
		if p := weigh(name, trialOf{rowsOf(before, name), rowsOf(after, name)}); p.Installed && p.IsCut {
			all = append(all, p)
		}
	}
	done, err := s.doneTasks()
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := popularPage.Execute(&b, popularTables{all, done}); err != nil {
		return fmt.Errorf("cannot write the table of popular packages: %w", err)
	}
	if err := os.WriteFile(s.doc, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("cannot write the table of popular packages: %w", err)
	}
	return nil
}

// popularTables are what the page shows.
type popularTables struct {
	Packages []weighedPackage
	Tasks    []doneTask
}

func rowsOf(all []row, name string) []row {
	return slices.DeleteFunc(slices.Clone(all), func(r row) bool { return r.Package != name })
}

func weigh(name string, t trialOf) weighedPackage {
	p := weighedPackage{Name: name}
	for _, r := range t.before {
		if r.Outcome == installed {
			p.Installed, p.DebianMB = true, float64(lastNumber(r.Detail))*1024/1e6 // dpkg's kB are of 1024 bytes
		}
	}
	for _, r := range t.after {
		p.Version = cmp.Or(p.Version, r.Version)
		switch {
		case r.Place == inCut && r.Outcome == cutDone:
			p.IsCut, p.CutMB = true, float64(lastNumber(r.Detail))/1000
		case r.Place == inProof:
			p.Complete = r.Outcome == proven
		}
	}
	for program := range answering(t.before) {
		for place, count := range map[string]*of{inChroot: &p.Chroot, inDoors: &p.Doors} {
			r := find(t.after, place, program)
			count.add(r.Outcome == answers || r.Outcome == equal)
		}
	}
	return p
}

// Short is how many of how many.
func (o of) Short() string {
	if o.All == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", o.Good, o.All)
}

//go:embed popular.md.in
var popularText string

var popularPage = template.Must(template.New("popular").Parse(popularText))
