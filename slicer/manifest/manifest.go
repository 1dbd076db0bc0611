// Package manifest is the record of a cut: its packages, slices and files with the reason for each. It explains a record,
// compares two and merges several, and reads and writes the form of chisel (manifest.wall).
package manifest

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/slicer/tree"
)

// maxText bounds a manifest's text, in bytes: one of 100,000 files has some 40 MB.
const maxText = 256 << 20

// Manifest tells everything about a cut: the packages, slices and files of every layer, the reason for each, and what
// was omitted. It is what explain, the SBOMs and the patcher read. All lists are sorted, so equal cuts have equal
// manifests; see docs/manifest.md.
type Manifest struct {
	Schema   string     `json:"schema"` // whittle.manifest/1
	Arch     string     `json:"arch"`   // Debian's name
	Release  string     `json:"release,omitempty"`
	RunImage *RunImage  `json:"runImage,omitempty"`
	Archives []Snapshot `json:"archives,omitempty"`
	Packages []Package  `json:"packages"`
	Unfilled []Package  `json:"unfilled,omitempty"` // packages of which a slice was cut and no file; name, version, arch and digest alone
	Slices   []Slice    `json:"slices"`
	Files    []File     `json:"files"`
	Edges    []Edge     `json:"edges"`
	Omitted  []Omission `json:"omitted,omitempty"`
	NotDone  []Undone   `json:"notDone,omitempty"` // of maintainer scripts
	Unseen   []string   `json:"unseen,omitempty"`  // files that are there, but that no door shows at their own path: "layer:path"
	App      *App       `json:"app,omitempty"`     // what the build of an app made beside the cut; nil for a cut alone
}

// Schema names the form of a manifest, and FileName the file that holds it in an app image's layer
// LayerManifest.
const (
	Schema   = "whittle.manifest/1"
	FileName = "whittle.manifest.json"
)

// Read reads a manifest.
func Read(r io.Reader) (*Manifest, error) {
	m, _, err := ReadWithin(r, math.MaxInt64)
	return m, err
}

// ReadWithin reads a manifest that may take so many bytes of memory, and tells how many it takes, about.
func ReadWithin(r io.Reader, memory int64) (*Manifest, int64, error) {
	var m Manifest
	cost, err := document.DecodeWithin(r, maxText, memory, &m, &m.Schema, Schema)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read manifest: %w", err)
	}
	if err := checkSizes(m.Files); err != nil {
		return nil, 0, fmt.Errorf("cannot read manifest: %w", err)
	}
	return &m, cost, nil
}

// maxSize bounds the sizes of all files of a manifest together, in bytes: no image has as many, and no sum of them overflows.
const maxSize = 1 << 50

func checkSizes(files []File) error {
	left := int64(maxSize)
	for _, f := range files {
		if f.Size < 0 || f.Size > left {
			return fmt.Errorf("%q is said to have %d bytes", f.Path, f.Size)
		}
		left -= f.Size
	}
	return nil
}

// Encode writes the manifest as JSON that Read reads. Equal manifests give equal bytes.
func (m *Manifest) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return fmt.Errorf("cannot write manifest: %w", err)
	}
	return nil
}

// RunImage names the contract that a cut was made for.
type RunImage struct {
	ID    string `json:"id"`
	Floor string `json:"floor"` // digest of the floor
}

// Snapshot identifies the state of one suite of an archive.
type Snapshot struct {
	Suite  string `json:"suite"`
	Origin string `json:"origin,omitempty"`
	Date   string `json:"date"`   // RFC 3339, UTC
	SHA256 string `json:"sha256"` // of the signed Release text
}

// Package is a package of which at least one file was cut.
type Package struct {
	Name          string `json:"name"`
	Version       string `json:"version"`
	Arch          string `json:"arch"`
	Source        string `json:"source"`
	SourceVersion string `json:"sourceVersion"`
	SHA256        string `json:"sha256,omitempty"` // of the .deb
	Origin        string `json:"origin"`           // installed, or the suite
	Homepage      string `json:"homepage,omitempty"`
	Maintainer    string `json:"maintainer,omitempty"`
	Description   string `json:"description,omitempty"` // first line
	Section       string `json:"section,omitempty"`
	License       string `json:"license,omitempty"` // SPDX expression read from the copyright file, if machine-readable
}

// Slice is a named part of a package, and why it was taken.
type Slice struct {
	Name    string   `json:"name"` // package_slice
	Package string   `json:"package"`
	Why     []Reason `json:"why"`
}

// File is one file, directory or link of a cut.
type File struct {
	Layer   string    `json:"layer"`
	Path    string    `json:"path"` // clean, relative to the layer
	Kind    tree.Kind `json:"kind"`
	Mode    string    `json:"mode"` // octal: 0644
	Size    int64     `json:"size,omitempty"`
	SHA256  string    `json:"sha256,omitempty"`
	Link    string    `json:"link,omitempty"`
	Package string    `json:"package,omitempty"` // empty for a generated file
	Slice   string    `json:"slice,omitempty"`
	Why     []Reason  `json:"why,omitempty"`
	// AlsoIn are further slices that list the path, sorted.
	AlsoIn []string `json:"alsoIn,omitempty"`
	// Unlisted says that the slice is of the definitions and does not list the path: it came along with what the slice lists.
	Unlisted bool `json:"unlisted,omitempty"`
	// HardLink is the first name of the file, by a path of the layer, where this is a further one.
	HardLink string `json:"hardLink,omitempty"`
	// Listed is the SHA-256 of what the package or the definition has, where a script of a slice changed the file.
	Listed string `json:"listed,omitempty"`
}

// Weight is how many bytes the file adds to a cut: none where it is a further name of another one.
func (f File) Weight() int64 {
	if f.HardLink != "" {
		return 0
	}
	return f.Size
}

// Reason says why something is in the tree. By names what wanted it: a path in the image, a slice, a package, or the
// setting in which the user named it.
type Reason struct {
	Kind ReasonKind `json:"kind"`
	By   string     `json:"by,omitempty"`
	Name string     `json:"name,omitempty"` // the soname, interpreter, module or dependency through which By wanted it
}

// ReasonKind is how something came to be wanted.
type ReasonKind string

// The kinds of reasons.
const (
	Asked         ReasonKind = "asked"          // the user named it
	Runtime       ReasonKind = "runtime"        // the language's runtime
	Essential     ReasonKind = "essential"      // a definition says so
	Depends       ReasonKind = "depends"        // the package that was asked for depends on it
	Needed        ReasonKind = "needed"         // DT_NEEDED of an ELF file
	Interpreter   ReasonKind = "interpreter"    // the loader of an ELF file or the #! of a script
	Command       ReasonKind = "command"        // a shell script names the program, or an ELF file starts it
	Imported      ReasonKind = "imported"       // a file imports the module
	Beside        ReasonKind = "beside"         // it stands beside a library in its package
	DlopenNote    ReasonKind = "dlopen-note"    // .note.dlopen of an ELF file
	DlopenRule    ReasonKind = "dlopen-rule"    // whittle's rule table
	DlopenLiteral ReasonKind = "dlopen-literal" // a script or an ELF file opens it by a name in its text
	Listed        ReasonKind = "listed"         // the user listed the library
	Traced        ReasonKind = "traced"         // whittle trace saw it in use
	Alternative   ReasonKind = "alternative"    // a name that update-alternatives would make
	LinkTarget    ReasonKind = "link-target"    // a link of the cut leads to it
	Generated     ReasonKind = "generated"      // made by whittle: a cache, a record
	Compiled      ReasonKind = "compiled"       // a program of the cut compiled it, as a maintainer script would have
	Declared      ReasonKind = "declared"       // a line of the project's files names the module
	Required      ReasonKind = "required"       // another module of the app requires it
	Built         ReasonKind = "built"          // the build of the app's language made it
	Source        ReasonKind = "source"         // it is of the app's own source
)

// Edge is a dependency between files of the image: From (absolute path in the image) needs Name, found at To. To is
// empty when nothing satisfies it.
type Edge struct {
	From string     `json:"from"`
	Name string     `json:"name"`
	To   string     `json:"to,omitempty"`
	Kind ReasonKind `json:"kind"`
}

// Omission is something that a cut knew of and did not take, and why: a package, a file or a library of the wanted
// packages, an alternative or another name that a maintainer script would make, or a class of a package's files.
type Omission struct {
	Name   string `json:"name"`         // of a class of files "package: class", see OfClass
	Reason string `json:"reason"`       // a clause without a full stop
	By     string `json:"by,omitempty"` // who wanted it, as Reason.By has it; "app" for the app
	// Slice brings what was omitted, where a slice does: of a definition, or a class of every package.
	Slice string `json:"slice,omitempty"`
}

// OmissionName is the name of the omission of a class of a package's files; see OfClass.
func OmissionName(pkg string, class debian.Class) string { return pkg + ": " + class.Title() }

// OfClass tells the package and the class of an omission of a class of files; ok is false for other omissions.
func (o Omission) OfClass() (pkg string, class debian.Class, ok bool) {
	pkg, name, ok := strings.Cut(o.Name, ": ")
	return pkg, debian.Titled(name), ok
}
