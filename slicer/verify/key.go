package verify

import (
	"fmt"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/tree"
)

// Key identifies what Check answers, in hexadecimal: by the build of this program, the floor, and the places and digests of what
// was cut and of the app's own ELF files. It is empty where that is not all of it, because nobody gave these a digest, or because a
// build cannot be told from others.
func (pr Image) Key() (string, error) {
	build := buildid.Of()
	if build == "" || pr.Floor == nil {
		return "", nil
	}
	type object struct{ Path, SHA256 string }
	type placed struct {
		Owner, Layer, Path, Mode, SHA256, Link, HardLink string
		Kind                                             tree.Kind
		Size                                             int64
	}
	key := struct {
		Build, Arch, Floor string
		Files              []placed
		Objects            []object
		Links              map[string]string
		LibraryPath        []string
	}{Build: build, Arch: pr.Arch, Floor: pr.Floor.Digest(), Links: pr.Links, LibraryPath: pr.LibraryPath}
	for _, f := range pr.Files {
		if f.Kind == tree.File && f.SHA256 == "" {
			return "", nil
		}
		key.Files = append(key.Files, placed{f.Owner(), f.Layer, f.Path, f.Mode, f.SHA256, f.Link, f.HardLink, f.Kind, f.Size})
	}
	for _, o := range pr.Objects {
		if o.SHA256 == "" {
			return "", nil
		}
		key.Objects = append(key.Objects, object{o.Path, o.SHA256})
	}
	text, err := digest.OfJSON(key)
	if err != nil {
		return "", fmt.Errorf("cannot tell proofs apart: %w", err)
	}
	return text, nil
}
