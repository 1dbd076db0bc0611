package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/tree"
)

// Definitions holds every slice of a valid release against the packages of an architecture: the packages exist,
// every path and glob has content, and the slice cut alone into an empty root is complete. The faults are sorted by
// package and slice. An error means that the source cannot be read.
func Definitions(ctx context.Context, r *release.Release, arch string, from packages.Source, progress func(string)) ([]release.Fault, error) {
	c := checker{release: r, arch: arch, from: from, say: progress}
	names := r.Names()
	found := make([][]release.Fault, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2) // a cut is as parallel as its packages; two keep a small machine busy
	for i, name := range names {
		group.Go(func() (err error) {
			found[i], err = c.check(ctx, r.Package(name))
			c.tell(name, len(names))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

type checker struct {
	release *release.Release
	arch    string
	from    packages.Source
	say     func(string)
	done    atomic.Int64
}

func (c *checker) tell(name string, all int) {
	if n := c.done.Add(1); c.say != nil {
		c.say(fmt.Sprintf("checked %s (%s, %d of %d)", name, c.arch, n, all))
	}
}

// check holds one package's slices against the package.
func (c *checker) check(ctx context.Context, d *release.Package) ([]release.Fault, error) {
	members, err := c.members(ctx, d)
	if errors.Is(err, packages.ErrNoPackage) {
		return []release.Fault{{Kind: release.FaultPackage, Slice: d.Name, Arch: c.arch, At: d.Path, Text: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	var faults []release.Fault
	for _, name := range slices.Sorted(maps.Keys(d.Slices)) {
		s := d.Slices[name]
		if missing := c.missing(s, members); len(missing) > 0 {
			faults = append(faults, missing...)
			continue // cutting it would only say the same again
		}
		more, err := c.cut(ctx, s)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
	}
	return faults, nil
}

// members lists the paths of the package as definitions name them; none if no slice takes a file of it here.
func (c *checker) members(ctx context.Context, d *release.Package) ([]string, error) {
	takes := func(s *release.Slice) bool { return s.Matcher(c.arch).Takes() }
	if !slices.ContainsFunc(slices.Collect(maps.Values(d.Slices)), takes) {
		return nil, nil
	}
	p, err := c.from.Package(ctx, d.Name)
	if err != nil {
		return nil, err
	}
	contents, err := c.from.Contents(ctx, p)
	if err != nil {
		return nil, err
	}
	return contents.Members(), nil
}

// missing lists the paths and globs of the slice that no member fills.
func (c *checker) missing(s *release.Slice, members []string) []release.Fault {
	var faults []release.Fault
	for _, path := range s.Matcher(c.arch).Missing(slices.Values(members)) {
		faults = append(faults, release.Fault{
			Kind: release.FaultContent, Slice: s.String(), Path: path, Arch: c.arch, At: fmt.Sprintf("%s:%d", s.File, lineOf(s, path)),
			Text: "the package has nothing at " + path,
		})
	}
	return faults
}

// lineOf is the line that asks for a source path or glob.
func lineOf(s *release.Slice, path string) int {
	if info, ok := s.Contents[path]; ok {
		return info.Line
	}
	for _, at := range slices.Sorted(maps.Keys(s.Contents)) {
		if info := s.Contents[at]; info.Kind == release.Copy && info.Info == path {
			return info.Line
		}
	}
	return s.Line
}

// cut selects the slice alone and proves it.
func (c *checker) cut(ctx context.Context, s *release.Slice) ([]release.Fault, error) {
	fault := release.Fault{Slice: s.String(), Arch: c.arch, At: fmt.Sprintf("%s:%d", s.File, s.Line)}
	var faults []release.Fault
	report := func(kind release.FaultKind, text string) {
		f := fault
		f.Kind, f.Text = kind, text
		faults = append(faults, f)
	}
	cut, err := slicer.Select(ctx, slicer.Want{
		Arch: c.arch, Names: []slicer.Named{{Name: s.String(), Kind: manifest.Asked}}, Release: c.release, Sources: []packages.Source{c.from}, ClosureLayer: contract.LayerSlices,
	})
	var lacks *missing.Error
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &lacks):
		for _, m := range lacks.Findings {
			report(release.FaultProof, m.String())
		}
		return faults, nil
	case err != nil:
		report(release.FaultCut, err.Error())
		return faults, nil
	}
	found, err := Findings(ctx, Image{Arch: c.arch, Files: inRoot(cut)})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, isOfHost)
	slices.SortFunc(found, func(a, b missing.Finding) int { return cmp.Compare(a.String(), b.String()) })
	for _, f := range found {
		report(release.FaultProof, f.String())
	}
	return faults, nil
}

// isOfHost tells whether a finding is a symbol that a module expects of the program that loads it: Python's modules are
// sliced without Python, which requires them.
func isOfHost(f missing.Finding) bool {
	at := strings.TrimPrefix(f.Importer, "/")
	program := debian.IsProgram(at) || paths.IsBelow(at, "usr/libexec")
	return f.Kind == missing.Symbol && f.Version == "" && !program
}

// inRoot are the files of a selection as a cut lays it out in a root: with the links of the merged /usr, and with the loader's cache,
// told as links of its names in a directory that the loader searches.
func inRoot(s *slicer.Selection) []*plan.File {
	files, there := slices.Clip(s.Planned()), map[string]bool{}
	for _, f := range files {
		for at := f.Path; at != ""; at = paths.Parent(at) {
			there[at] = true
		}
	}
	link := func(at, to string) {
		if !there[at] {
			there[at] = true
			files = append(files, &plan.File{File: manifest.File{Layer: contract.LayerSlices, Path: at, Kind: tree.Symlink, Link: to}})
		}
	}
	for _, dir := range debian.MergedDirs {
		link(dir, "usr/"+dir)
	}
	for _, e := range s.Edges {
		if e.Kind != manifest.Interpreter && e.To != "" && !strings.Contains(e.Name, "/") {
			link("usr/lib/"+debian.Triplet(s.Arch)+"/"+e.Name, e.To)
		}
	}
	return files
}
