package contract

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/paths"
)

// Door is a symbolic link of the run image that leads into a layer. Path and Target are clean relative paths: the link
// stands at /Path and leads to /layers/whittle_whittle/Layer/Target. A door is a promise: a new run image of the same
// contract may gain doors, never lose or move one.
type Door struct {
	Path   string `json:"path"`
	Layer  string `json:"layer"`
	Target string `json:"target"`
	Filled bool   `json:"filled,omitempty"` // the run image has files of its own behind it; see Fill
}

// Link is the door's absolute target.
func (d Door) Link() string { return LayerPath(d.Layer, d.Target) }

// Shared tells whether the run image may have files behind the door itself: data below usr/share, locales, and the C
// library's modules for character sets. They lie where the door leads, and the layers of an app add to them, because the
// layers of an image are laid over each other. Programs, libraries and configuration of the run image stand at their own
// paths.
func (d Door) Shared() bool {
	return d.Path == d.Target && (d.Filled || paths.IsBelow(d.Path, "usr/share", "usr/lib/locale") ||
		paths.IsBelow(d.Path, "usr/lib") && paths.Base(d.Path) == "gconv")
}

// Doors is a door table, sorted by path; no door lies below another.
type Doors []Door

// ReadDoors reads a door table: a line a door, "path layer [target]", target being path where there is none; "#"
// begins a comment, and ${TRIPLET} stands for the architecture's library directory (x86_64-linux-gnu).
func ReadDoors(r io.Reader, triplet string) (Doors, error) {
	var doors Doors
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		f := strings.Fields(strings.ReplaceAll(text, "${TRIPLET}", triplet))
		switch len(f) {
		case 0:
		case 2:
			doors = append(doors, Door{Path: f[0], Layer: f[1], Target: f[0]})
		case 3:
			doors = append(doors, Door{Path: f[0], Layer: f[1], Target: f[2]})
		default:
			return nil, fmt.Errorf("cannot read door table: line %d has %d words, want path, layer and perhaps a target", n, len(f))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read door table: %w", err)
	}
	return doors.Sorted()
}

// Sorted is a table of the doors, which it sorts and checks.
func (ds Doors) Sorted() (Doors, error) {
	slices.SortFunc(ds, func(a, b Door) int { return strings.Compare(a.Path, b.Path) })
	return ds, ds.check()
}

func (ds Doors) check() error {
	for i, d := range ds {
		if !paths.IsClean(d.Path) || !paths.IsClean(d.Target) || strings.ContainsAny(d.Layer, "/.") {
			return fmt.Errorf("cannot use door %q: its path or target is not a clean relative path", d.Path)
		}
		for _, above := range ds[:i] {
			if d.Path == above.Path || strings.HasPrefix(d.Path, above.Path+"/") {
				return fmt.Errorf("cannot use door %q: it lies behind door %q", d.Path, above.Path)
			}
		}
	}
	return nil
}

// At returns the door that the path leads through, if one does.
func (ds Doors) At(path string) (Door, bool) {
	for p := path; p != ""; p = paths.Parent(p) {
		if i, ok := slices.BinarySearchFunc(ds, p, func(d Door, p string) int { return strings.Compare(d.Path, p) }); ok {
			return ds[i], true
		}
	}
	return Door{}, false
}

// Layer names the layer in which a file must land to be seen at its own path; "" where no door leads there.
func (ds Doors) Layer(path string) string {
	if d, ok := ds.At(path); ok && d.Path == d.Target {
		return d.Layer
	}
	return ""
}

// Shows tells whether the file at path in the layer is seen at /path.
func (ds Doors) Shows(layer, path string) bool { return layer != "" && ds.Layer(path) == layer }

// Fill is the table for a run image that has files of its own behind doors which otherwise are for the layers of apps: these doors are
// shared then. A door that leads to another path cannot be.
func (ds Doors) Fill(files []string) Doors {
	filled := slices.Clone(ds)
	for _, name := range files {
		d, ok := ds.At(name)
		if !ok || d.Shared() || d.Path == name || d.Path != d.Target {
			continue
		}
		i, _ := slices.BinarySearchFunc(filled, d.Path, func(d Door, p string) int { return strings.Compare(d.Path, p) })
		filled[i].Filled = true
	}
	return filled
}

// Own is the path at which the run image's own file is seen that lies at a path of a layer, as [Doors.Place] has put it there.
func (ds Doors) Own(path string) (string, bool) {
	for _, d := range ds {
		if below := strings.TrimPrefix(d.Link(), "/"); d.Shared() && strings.HasPrefix(path, below+"/") {
			return d.Path + strings.TrimPrefix(path, below), true
		}
	}
	return "", false
}

// Place is where in the run image its own file of that path lies: behind the door that is shared, if one is over it.
func (ds Doors) Place(path string) string {
	d, ok := ds.At(path)
	if !ok || !d.Shared() {
		return path
	}
	return strings.TrimPrefix(d.Link()+strings.TrimPrefix(path, d.Path), "/")
}
