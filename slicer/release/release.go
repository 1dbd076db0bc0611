// Package release reads slice definitions: a release is a directory with chisel.yaml and slices/, in the format of
// chisel releases, v1, v2 and v3. It checks a whole release for conflicts, selects slices with all that they require,
// tells which members of a package a slice wants, and runs its mutation scripts. It imports nothing of whittle.
//
// Whittle differs from the format's first reader on purpose: unknown fields are warnings with file and line, a mode is
// kept for every kind of path, paths of disjoint architectures do not conflict, and archive keys may be of any kind
// and have subkeys.
package release

import (
	"fmt"
	"regexp"
	"sync"
)

// Release is a set of slice definitions and the archives they are cut from.
type Release struct {
	Format      string // v1, v2 or v3
	Maintenance Maintenance
	Archives    map[string]*Archive
	Warnings    []string // unknown fields, archives that were passed over; "file:line: text", in file order

	digest   string
	mu       sync.Mutex
	packages map[string]*Package
	unread   map[string]file // definitions that nobody asked for yet, by package
}

// Package is one definition file.
type Package struct {
	Name    string
	Archive string // the archive it is pinned to; empty for none
	Path    string // of the file, slash-separated, below the release
	Slices  map[string]*Slice
	line    int // of the pin
}

// Slice is a named part of a package.
type Slice struct {
	Package   string
	Name      string
	Hint      string
	Essential map[Key]Essential
	Contents  map[string]PathInfo // absolute path or glob, directories end in "/"
	Mutate    string              // Starlark
	File      string              // the definition file
	Line      int
}

// Key returns the name by which other slices and users refer to the slice.
func (s *Slice) Key() Key { return Key{s.Package, s.Name} }

// String is the slice's key: "libc6_libs".
func (s *Slice) String() string { return s.Key().String() }

// Essential says when a required slice is required.
type Essential struct {
	Arch []string // Debian names; empty for all
	Line int
}

// Kind is what stands at a path of a slice.
type Kind byte

// The kinds of paths.
const (
	Copy     Kind = iota // a member of the package; Info is its path there, empty if the same
	Glob                 // all members that match
	Text                 // a file whose content is Info
	Symlink              // a link to Info
	Dir                  // a directory made new ("make")
	Generate             // generated content; Info says which
)

// String is the option of the definition that says so ("copy", "text", "symlink", "make", "generate"), or "glob".
func (k Kind) String() string {
	return [...]string{"copy", "glob", "text", "symlink", "make", "generate"}[k]
}

// PathInfo is what a slice wants at one path.
type PathInfo struct {
	Kind    Kind
	Info    string
	Mode    uint     // permission, setuid, setgid and sticky bits as in tar; 0 for the package's or the kind's own
	Mutable bool     // a mutation script may write it
	Until   string   // "mutate": it is gone after the mutation scripts; empty: it stays
	Arch    []string // Debian names; empty for all
	Prefer  string   // the package whose version of this path wins
	Line    int
}

// same tells whether two slices say the same about a path.
func (p PathInfo) same(q PathInfo) bool {
	return p.Kind == q.Kind && p.Info == q.Info && p.Mode == q.Mode && p.Mutable == q.Mutable
}

// Key names a slice: package_slice.
type Key struct{ Package, Slice string }

// String is the key as ParseKey reads it: "libc6_libs".
func (k Key) String() string { return k.Package + "_" + k.Slice }

var (
	keyPattern   = regexp.MustCompile(`^([a-z0-9](?:-?[.a-z0-9+])+)_([a-z](?:-?[a-z0-9]){2,})$`)
	filePattern  = regexp.MustCompile(`^[a-z0-9](-?[.a-z0-9+])+\.yaml$`)
	slicePattern = regexp.MustCompile(`^[a-z](-?[a-z0-9]){2,}$`)
)

// ParseKey parses a reference such as "libc6_libs".
func ParseKey(s string) (Key, error) {
	m := keyPattern.FindStringSubmatch(s)
	if m == nil {
		return Key{}, fmt.Errorf("cannot parse slice reference %q: want <package>_<slice>", s)
	}
	return Key{m[1], m[2]}, nil
}
