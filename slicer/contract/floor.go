package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/document"
)

// maxText bounds a floor's text, in bytes.
const maxText = 64 << 20

// Floor is what every run image of a contract will always have: a run image may gain, never lose. Run images are made
// together with their floor, and the build image carries the floors, so that a build subtracts what the run image
// has without seeing it.
type Floor struct {
	Schema    string            `json:"schema"` // whittle.floor/1
	ID        string            `json:"id"`     // whittle.debian-13.base
	Arch      string            `json:"arch"`   // Debian's name: amd64, arm64
	Packages  []FloorPackage    `json:"packages"`
	Files     []string          `json:"files"` // clean relative paths of files and links, sorted; doors are not in it
	Links     map[string]string `json:"links"` // targets of the links among Files, as they are written
	Libraries []FloorLibrary    `json:"libraries"`
	Doors     Doors             `json:"doors"`
	Path      []string          `json:"path,omitempty"` // directories of the run image's PATH, absolute, first one first
}

// FloorSchema names the form of a floor file.
const FloorSchema = "whittle.floor/1"

// FloorPackage is a package of which the floor has at least a part.
type FloorPackage struct {
	Name    string `json:"name"`
	Version string `json:"version"` // when the floor was made; a later run image has this or a newer one
}

// FloorLibrary is a shared library of the floor, with what it exports.
type FloorLibrary struct {
	Soname   string   `json:"soname"`
	Path     string   `json:"path"`               // absolute, links resolved
	Needed   []string `json:"needed,omitempty"`   // DT_NEEDED
	Versions []string `json:"versions,omitempty"` // symbol versions it defines, sorted
	Symbols  []string `json:"symbols,omitempty"`  // exported symbols: "name", "name@VERSION", or "name@@VERSION" for the default; sorted
}

// ReadFloor reads a floor file.
func ReadFloor(r io.Reader) (*Floor, error) {
	var f Floor
	if err := document.Decode(r, maxText, &f, &f.Schema, FloorSchema); err != nil {
		return nil, fmt.Errorf("cannot read floor: %w", err)
	}
	return &f, nil
}

// Encode writes the floor as JSON that ReadFloor reads. Equal floors give equal bytes.
func (f *Floor) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(f)
}

// Layered tells whether a cut for the floor lands in layers on a run image. Without a floor, which is nil, it lands in one
// root that has nothing yet.
func (f *Floor) Layered() bool { return f != nil }

// At is where a file of a layer stands in the image, an absolute path: below the layer's directory, or at its own path where
// there is no floor.
func (f *Floor) At(layer, path string) string {
	if f == nil {
		return "/" + path
	}
	return LayerPath(layer, path)
}

// Layer names the layer in which a file must land to be seen at its own path, as [Doors.Layer] does; "" without a floor.
func (f *Floor) Layer(path string) string {
	if f == nil {
		return ""
	}
	return f.Doors.Layer(path)
}

// Shows tells whether the file at path in the layer is seen at /path, as [Doors.Shows] does. In a root every file is.
func (f *Floor) Shows(layer, path string) bool { return f == nil || f.Doors.Shows(layer, path) }

// Digest identifies what the floor promises: "sha256:" and hex; "" without a floor.
func (f *Floor) Digest() string {
	if f == nil {
		return ""
	}
	h := sha256.New()
	if err := f.Encode(h); err != nil {
		panic(err) // strings and slices always encode, and a hash takes every write
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// HasPackage tells whether the floor has a part of the package; no floor has none.
func (f *Floor) HasPackage(name string) bool {
	if f == nil {
		return false
	}
	_, ok := slices.BinarySearchFunc(f.Packages, name, func(p FloorPackage, n string) int { return strings.Compare(p.Name, n) })
	return ok
}

// HasFile tells whether the floor has a file or link at the clean relative path; no floor has none.
func (f *Floor) HasFile(path string) bool {
	if f == nil {
		return false
	}
	_, ok := slices.BinarySearch(f.Files, path)
	return ok
}

// HasBelow tells whether the floor has a file or link below the clean relative path of a directory; no floor has none.
func (f *Floor) HasBelow(dir string) bool {
	if f == nil {
		return false
	}
	i, _ := slices.BinarySearch(f.Files, dir+"/")
	return i < len(f.Files) && strings.HasPrefix(f.Files[i], dir+"/")
}

// HasLibrary tells whether the image has a library, by its soname; no floor has none.
func (f *Floor) HasLibrary(soname string) bool {
	return f != nil && slices.ContainsFunc(f.Libraries, func(l FloorLibrary) bool { return l.Soname == soname })
}

// HasLibc tells whether dynamic programs can start on the run image at all. They can in a root: the C library is cut for it.
func (f *Floor) HasLibc() bool {
	return f == nil || f.HasLibrary("libc.so.6")
}
