package build

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/start"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/contract"
)

// cannotStart is the problem of a process whose program would not be found, or would not run.
func (b *builder) cannotStart(ctx context.Context, im start.Image, p language.Process, f *start.Fault, programs map[string]string) *language.Problem {
	problem := &language.Problem{
		What:     fmt.Sprintf("the process %s cannot start: %v", p.Type, f),
		Evidence: []string{p.Why + ": " + p.Text()},
		Err:      f,
	}
	if f.Looked != "" {
		problem.Evidence = append(problem.Evidence, "looked in PATH: "+f.Looked)
	}
	switch f.Kind {
	case start.NotExecutable:
		problem.Next = fmt.Sprintf("Make it executable where it is kept (git update-index --chmod=+x %s), or name its interpreter in front of it.", f.Missing)
	case start.NoHashBang:
		problem.Next = "Begin its first line with #! and the interpreter, such as #!/usr/bin/env python3."
	case start.OtherProcessor:
		problem.Next = "Build it for " + b.arch + ", or let the build make it from its source."
	case start.IsDirectory, start.NoScript, start.NoDirectory:
		problem.Next = near(f.Missing, b.appFiles(), "Correct the name, or leave the file in what is uploaded: it is not in the app's folder.")
	default:
		problem.Next = b.wherePrograms(ctx, im, f, programs)
	}
	return problem
}

// wherePrograms says how a program that is missing comes into the image.
func (b *builder) wherePrograms(ctx context.Context, im start.Image, f *start.Fault, programs map[string]string) string {
	name := path.Base(f.Missing)
	for _, l := range b.Languages {
		if next, ok := l.Absent[name]; ok {
			return next
		}
	}
	if strings.Contains(f.Missing, "/") && f.Kind == start.NotFound {
		return near(f.Missing, append(b.appFiles(), slices.Collect(maps.Values(programs))...), "Correct the path: it counts from the app's folder.")
	}
	if l, ok := b.row(b.app.Language); ok && l.Bring != nil && l.Bring(name) != "" {
		return l.Bring(name)
	}
	if owner := debian.Whole(b.owner(ctx, name)); owner != "" {
		return fmt.Sprintf("If Debian's %s is meant, add it to project.toml: [dev.whittle.run] slices = [%q], or set BP_WHITTLE_SLICES=%s.", name, owner, owner)
	}
	next := "Correct the name, or add the package that has it to the app's dependencies."
	if len(programs) > 0 { // of a language that compiles: nothing else is the app's
		next = fmt.Sprintf("Correct the name, or leave the process out: the build made %s.", language.List(slices.Sorted(maps.Keys(programs))))
	}
	return near(name, programsOf(im, programs), next)
}

// owner is the Debian package with a program of this name, or empty. It may read the archive's index of files, which is
// right for an error and nothing else.
func (b *builder) owner(ctx context.Context, name string) string {
	for _, source := range b.sources.inOrder() {
		owners, err := source.Owners(ctx, name)
		if err != nil {
			continue // the error that is told is another one
		}
		for _, o := range owners {
			if slices.Contains([]string{"usr/bin", "usr/sbin", "bin", "sbin"}, path.Dir(o.Path)) {
				return o.Package
			}
		}
	}
	return ""
}

// appFiles are the files in the app's folder and in the folders there.
func (b *builder) appFiles() []string {
	files, err := project.OpenFolder(b.dir)
	if err != nil {
		return nil // there is nothing that could be near
	}
	defer files.Close()
	var all []string
	for _, pattern := range []string{"*", "*/*"} {
		if found, err := fs.Glob(files, pattern); err == nil {
			all = append(all, found...)
		}
	}
	return all
}

// programsOf are the names of the programs in PATH and of those that the build made.
func programsOf(im start.Image, programs map[string]string) []string {
	all := slices.Collect(maps.Keys(programs))
	files, ok := im.Files.(imageFiles)
	if !ok {
		return all
	}
	for name := range files.known {
		if path.Base(path.Dir(name)) == "bin" && strings.HasPrefix(name, contract.BuildpackDir) {
			all = append(all, path.Base(name))
		}
	}
	for _, dir := range files.disk {
		entries, err := os.ReadDir(path.Join(dir, "bin"))
		if err != nil {
			continue // it has none
		}
		for _, e := range entries {
			all = append(all, e.Name())
		}
	}
	slices.Sort(all)
	return all
}

// near is advice with the nearest name in front, where one is near.
func near(word string, candidates []string, next string) string {
	if nearest, ok := text.Near(word, candidates); ok {
		return fmt.Sprintf("Is %s meant? %s", nearest, next)
	}
	return next
}
