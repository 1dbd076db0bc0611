package slicer

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/digest"
)

// deciding is what of a want a selection follows from, beside the definitions and the sources: files of the app by their digests.
type deciding struct {
	Release, Arch, Floor, ClosureLayer string
	Unprivileged                       bool
	Names, Sonames, Opened             []Named
	Omit                               []Omit
	Objects, Scripts                   []summed
	Links                              map[string]string
	LibraryPath                        []string
}

// summed is a file of the app.
type summed struct{ Path, SHA256 string }

func decidingOf(w Want) deciding {
	return deciding{
		Release: w.ReleaseName, Arch: w.Arch, Floor: w.Floor.Digest(), ClosureLayer: w.ClosureLayer, Unprivileged: w.Unprivileged,
		Names: inOrder(w.Names), Sonames: inOrder(w.Sonames), Opened: inOrder(w.Opened), Omit: w.Omit,
		Objects: sumsOf(w.Objects), Scripts: sumsOf(w.Scripts), Links: w.Links, LibraryPath: w.LibraryPath,
	}
}

// inOrder sorts names, whose order makes no difference to a selection.
func inOrder(names []Named) []Named {
	return slices.SortedFunc(slices.Values(names), func(a, b Named) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
}

func sumsOf(objects []Object) []summed {
	var all []summed
	for _, o := range objects {
		all = append(all, summed{o.Path, o.SHA256})
	}
	return all
}

// digestOf is a key, in hexadecimal, of all that a selection follows from.
func digestOf(from ...any) (string, error) {
	key, err := digest.OfJSON(from)
	if err != nil {
		return "", fmt.Errorf("cannot tell selections apart: %w", err)
	}
	return key, nil
}
