package lock

import (
	"cmp"
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/pairs"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// Error says how something differs from a lock: a line a difference, packages before layers before files.
type Error struct{ Lines []string }

// shownDifferences is how many differences an error message holds; Lines has them all.
const shownDifferences = 10

// Error has the first ten lines, and how many there are besides.
func (e *Error) Error() string {
	shown := e.Lines[:min(len(e.Lines), shownDifferences)]
	s := "cannot keep to the lock: " + strings.Join(shown, "; ")
	if more := len(e.Lines) - len(shown); more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	return s
}

// Check compares a selection with the cut of its architecture: contract, packages, layers and files must be equal. The
// archives' snapshots may differ, as the same packages are in many of them. The error is an *Error.
func (l *Lock) Check(s *slicer.Selection) error {
	locked, ok := l.ForArch(s.Arch)
	if !ok {
		return &Error{Lines: []string{"it has no cut for " + s.Arch}}
	}
	got := New(slicer.Want{}, s).Cuts[0]
	var lines []string
	if was, is := runImageID(locked.RunImage), runImageID(got.RunImage); was != is {
		lines = append(lines, fmt.Sprintf("run image %s instead of %s", is, was))
	}
	lines = append(lines, differences("package", locked.Packages, got.Packages, func(p Package) string { return p.Name }, packageDifference)...)
	lines = append(lines, differences("layer", locked.Layers, got.Layers, func(y Layer) string { return y.Name }, func(was, is Layer) string {
		return changed("digest", was.Digest, is.Digest)
	})...)
	lines = append(lines, differences("file", locked.Files, got.Files, func(f File) string { return f.Layer + ":" + f.Path }, fileDifference)...)
	if len(lines) > 0 {
		return &Error{Lines: lines}
	}
	return nil
}

// Date makes the manifest of a cut that keeps to the lock say where its packages came from when they were locked: the same packages may
// be in another suite by now, and what is made of equal cuts is to be equal.
func (l *Lock) Date(m *manifest.Manifest) {
	locked, ok := l.ForArch(m.Arch)
	if !ok {
		return
	}
	m.Archives = locked.Archives
	for i := range m.Packages {
		if was, ok := locked.Package(m.Packages[i].Name); ok {
			m.Packages[i].Origin = was.Origin
		}
	}
}

func runImageID(r *manifest.RunImage) string {
	if r == nil {
		return "none"
	}
	return r.ID + " (floor " + r.Floor + ")"
}

// packageDifference tells how a package differs from the locked one, or "". A digest counts where both sides know
// it: dpkg's records of an installed package do not.
func packageDifference(was, is Package) string {
	switch {
	case was.Version != is.Version:
		return changed("version", was.Version, is.Version)
	case was.Arch != is.Arch:
		return changed("architecture", was.Arch, is.Arch)
	case was.SHA256 != "" && is.SHA256 != "" && was.SHA256 != is.SHA256:
		return changed("sha256 of version "+is.Version, was.SHA256, is.SHA256)
	default:
		return ""
	}
}

func fileDifference(was, is File) string {
	return cmp.Or(changed("sha256", was.SHA256, is.SHA256), changed("link", was.Link, is.Link), changed("mode", was.Mode, is.Mode))
}

func changed(what, was, is string) string {
	if was == is {
		return ""
	}
	return fmt.Sprintf("%s %s instead of %s", what, cmp.Or(is, "none"), cmp.Or(was, "none"))
}

// differences compares two sorted lists without doubles.
func differences[T any](kind string, was, is []T, key func(T) string, differ func(was, is T) string) []string {
	var lines []string
	for p := range pairs.Of(was, is, key) {
		switch {
		case p.After == nil:
			lines = append(lines, fmt.Sprintf("%s %s is missing", kind, key(*p.Before)))
		case p.Before == nil:
			lines = append(lines, fmt.Sprintf("%s %s is not locked", kind, key(*p.After)))
		default:
			if d := differ(*p.Before, *p.After); d != "" {
				lines = append(lines, fmt.Sprintf("%s %s: %s", kind, key(*p.After), d))
			}
		}
	}
	return lines
}
