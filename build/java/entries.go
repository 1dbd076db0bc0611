package java

import (
	"path"
	"slices"
	"strings"
)

// withoutParts leaves out archives that another one has all of, and starts by the same class: what it is with its dependencies (Gradle's
// plugin shadow, Maven's assemblies).
func (a *app) withoutParts(starts []archive) []archive {
	if len(starts) < 2 {
		return starts
	}
	entries := map[string]map[string]bool{}
	for _, o := range starts {
		entries[o.Path] = a.entriesOf(o)
	}
	return slices.DeleteFunc(slices.Clone(starts), func(part archive) bool {
		return slices.ContainsFunc(starts, func(whole archive) bool {
			return path.Dir(whole.Path) == path.Dir(part.Path) && whole.Manifest["main-class"] == part.Manifest["main-class"] && hasMore(entries[whole.Path], entries[part.Path])
		})
	})
}

// entriesOf are the names of an archive's files, less those about the archive.
func (a *app) entriesOf(o archive) map[string]bool {
	all := map[string]bool{}
	z, err := openZip(a.root, o.Path)
	if err != nil {
		return all // it was read before
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "META-INF/") && !strings.HasSuffix(f.Name, "/") {
			all[f.Name] = true
		}
	}
	return all
}

// hasMore tells whether a set has all of another one, and more.
func hasMore(whole, part map[string]bool) bool {
	for name := range part {
		if !whole[name] {
			return false
		}
	}
	return len(whole) > len(part) && len(part) > 0
}
