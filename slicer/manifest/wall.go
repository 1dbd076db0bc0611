package manifest

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// The versions of the wall that are written; a wall of another major version is not read.
const (
	wallVersion = "1.0" // of jsonwall: sorted JSON lines after a header
	wallSchema  = "1.0" // of chisel's manifest in it
)

// wallLimit bounds what a wall unpacks to, in bytes, and wallLine one line of it.
const (
	wallLimit = 256 << 20
	wallLine  = 1 << 20
)

// wallHeader is the first line of a wall. Count counts the lines, itself too.
type wallHeader struct {
	JSONWall string `json:"jsonwall"`
	Schema   string `json:"schema"`
	Count    int    `json:"count"`
}

// wallPackage, wallSlice, wallPath and wallContent are the kinds of lines. Their fields are in the order in which
// chisel writes them, because the lines are sorted as bytes.
type wallPackage struct {
	Kind    string `json:"kind"` // package
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	Arch    string `json:"arch"`
}

type wallSlice struct {
	Kind string `json:"kind"` // slice
	Name string `json:"name"`
}

type wallPath struct {
	Kind        string   `json:"kind"` // path
	Path        string   `json:"path"` // absolute, directories end in "/"
	Mode        string   `json:"mode"` // octal, rwx and sticky bits
	Slices      []string `json:"slices"`
	SHA256      string   `json:"sha256,omitempty"`
	FinalSHA256 string   `json:"final_sha256,omitempty"` // where a script of a slice changed the file
	Size        int64    `json:"size,omitempty"`
	Link        string   `json:"link,omitempty"`
	Inode       uint64   `json:"inode,omitempty"` // equal for hard links; none of a file of one name
}

type wallContent struct {
	Kind  string `json:"kind"` // content
	Slice string `json:"slice"`
	Path  string `json:"path"`
}

// EncodeWall writes the manifest in the form of chisel's manifest.wall: jsonwall 1.0 in zstd. It has the packages, the
// slices and the files that slices have; reasons, edges, omissions and the records that whittle itself adds have no
// place in that form. Paths are those in the image, so that tools which read walls find the files.
func (m *Manifest) EncodeWall(w io.Writer) error {
	var lines []string
	add := func(v any) error {
		// Its readers find a line by its beginning as encoding/json writes it, so & < > are escaped as it escapes them.
		line, err := json.Marshal(v)
		lines = append(lines, string(line)+"\n")
		return err
	}
	for _, v := range m.wallEntries() {
		if err := add(v); err != nil {
			return fmt.Errorf("cannot write wall: %w", err)
		}
	}
	slices.Sort(lines)
	body := slices.Compact(lines)
	lines = nil
	if err := add(wallHeader{JSONWall: wallVersion, Schema: wallSchema, Count: len(body) + 1}); err != nil {
		return fmt.Errorf("cannot write wall: %w", err)
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("cannot write wall: %w", err)
	}
	for _, line := range append(lines, body...) {
		if _, err := io.WriteString(z, line); err != nil {
			return fmt.Errorf("cannot write wall: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("cannot write wall: %w", err)
	}
	return nil
}

func (m *Manifest) wallEntries() []any {
	var all []any
	for _, p := range slices.Concat(m.Packages, m.Unfilled) {
		all = append(all, wallPackage{Kind: "package", Name: p.Name, Version: p.Version, SHA256: p.SHA256, Arch: p.Arch})
	}
	for _, s := range m.Slices {
		all = append(all, wallSlice{Kind: "slice", Name: s.Name})
	}
	inodes := m.inodes()
	for _, f := range m.Files {
		if f.Slice == "" || f.Unlisted {
			continue // a record of whittle's own, a parent, what came along: in a wall every path is listed by a slice
		}
		at := m.Place(f)
		if f.Kind == tree.Directory {
			at += "/"
		}
		path := wallPath{
			Kind: "path", Path: at, Mode: wallMode(f.Mode), Slices: slices.Sorted(slices.Values(append([]string{f.Slice}, f.AlsoIn...))),
			SHA256: f.SHA256, Size: f.Size, Link: f.Link, Inode: inodes[at],
		}
		if f.Listed != "" {
			path.SHA256, path.FinalSHA256 = f.Listed, f.SHA256
		}
		all = append(all, path)
		for _, s := range path.Slices {
			all = append(all, wallContent{Kind: "content", Slice: s, Path: at})
		}
	}
	return all
}

// inodes numbers the files that have several names, from 1 in the order of their first names. It tells the number of each name by
// its place in the image.
func (m *Manifest) inodes() map[string]uint64 {
	further := map[string][]string{} // by the first name
	for _, f := range m.Files {
		if f.HardLink != "" {
			first := m.Place(File{Layer: f.Layer, Path: f.HardLink})
			further[first] = append(further[first], m.Place(f))
		}
	}
	numbers := map[string]uint64{}
	for i, first := range slices.Sorted(maps.Keys(further)) {
		for _, name := range append(further[first], first) {
			numbers[name] = uint64(i) + 1
		}
	}
	return numbers
}

// Place is where a file of the manifest stands in the image: below its layer's directory, or at its own path where the
// cut is a whole root.
func (m *Manifest) Place(f File) string {
	if m.RunImage == nil {
		return "/" + f.Path
	}
	return contract.LayerPath(f.Layer, f.Path)
}

// wallMode drops the setuid and setgid bits, which a wall does not have, and writes as chisel does: a zero and octal
// digits.
func wallMode(mode string) string {
	n, ok := parseMode(mode)
	if !ok {
		return mode
	}
	return fmt.Sprintf("0%o", n&0o1777)
}

func parseMode(mode string) (n int64, ok bool) {
	_, err := fmt.Sscanf(mode, "%o", &n)
	return n, err == nil && n >= 0 && n <= 0o7777
}

// ReadWall reads a manifest.wall, whittle's or chisel's. A wall knows neither layers nor reasons: a path below whittle's
// layers is given back to its layer, any other lands in LayerSlices; of several slices that list a path the first by
// name has it, and of several names of a file the first by path is its own.
func ReadWall(r io.Reader) (*Manifest, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(wallLimit))
	if err != nil {
		return nil, fmt.Errorf("cannot read wall: %w", err)
	}
	defer z.Close()
	limited := &io.LimitedReader{R: z, N: wallLimit}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, wallLine)
	w := wall{m: &Manifest{Schema: Schema}, inodes: map[string]uint64{}}
	for lines.Scan() {
		w.n++
		if err := w.line(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("cannot read wall: line %d: %w", w.n, err)
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, fmt.Errorf("cannot read wall: %w", err)
	case limited.N == 0:
		return nil, fmt.Errorf("cannot read wall: it is larger than %s", text.Bytes(wallLimit))
	case w.n == 0:
		return nil, fmt.Errorf("cannot read wall: it is empty")
	case w.n != w.count:
		return nil, fmt.Errorf("cannot read wall: it has %d lines, its header says %d", w.n, w.count)
	}
	if err := checkSizes(w.m.Files); err != nil {
		return nil, fmt.Errorf("cannot read wall: %w", err)
	}
	return w.manifest(), nil
}

// manifest brings what was read into the order of manifests.
func (w *wall) manifest() *Manifest {
	filled := map[string]bool{}
	for _, f := range w.m.Files {
		filled[f.Package] = true
	}
	for _, p := range w.packages {
		if filled[p.Name] {
			w.m.Packages = append(w.m.Packages, p)
		} else {
			w.m.Unfilled = append(w.m.Unfilled, p)
		}
	}
	slices.SortFunc(w.m.Unfilled, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(w.m.Packages, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(w.m.Slices, func(a, b Slice) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(w.m.Files, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Layer, b.Layer), strings.Compare(a.Path, b.Path))
	})
	first := map[uint64]File{}
	for i, f := range w.m.Files {
		number := w.inodes[w.m.Place(f)]
		if number == 0 || f.Kind != tree.File {
			continue
		}
		if of, known := first[number]; !known {
			first[number] = f
		} else if of.Layer == f.Layer {
			w.m.Files[i].HardLink = of.Path
		}
	}
	return w.m
}
