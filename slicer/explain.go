package slicer

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Explanation says why one thing is in the image: the lines of a chain from the file to the app or to the setting that
// asked for it.
type Explanation struct {
	Subject string   `json:"subject"` // an absolute path in the image, or a package
	Lines   []string `json:"lines"`
}

// Explain answers why something is in the image. The query is a path in the image (with or without the layer's
// directory), a base name, a soname, a package or a slice. Nothing found is an error that names what comes near.
func Explain(m *Manifest, query string) ([]Explanation, error) {
	x := explainer{m}
	if i := slices.IndexFunc(m.Packages, func(p ManifestPackage) bool { return p.Name == query }); i >= 0 {
		return []Explanation{x.pkg(m.Packages[i])}, nil
	}
	var found []Explanation
	for _, f := range m.Files {
		if x.matches(f, query) {
			found = append(found, x.file(f))
		}
	}
	if found == nil {
		if i := slices.IndexFunc(m.Omitted, func(o Omission) bool { return o.Name == query || strings.HasPrefix(o.Name, query+":") }); i >= 0 {
			o := m.Omitted[i]
			return []Explanation{{Subject: o.Name, Lines: []string{"left out: " + o.Reason, "wanted by " + o.By}}}, nil
		}
		return nil, fmt.Errorf("cannot explain %s: no file, package or slice of this image has that name", query)
	}
	return found, nil
}

type explainer struct{ m *Manifest }

func (x explainer) matches(f ManifestFile, query string) bool {
	clean := strings.TrimPrefix(path.Clean("/"+query), "/")
	return f.Path == clean || x.m.Place(f) == "/"+clean || path.Base(f.Path) == query || f.Slice == query
}

func (x explainer) pkg(p ManifestPackage) Explanation {
	e := Explanation{Subject: fmt.Sprintf("package %s %s", p.Name, p.Version)}
	var size int64
	files := 0
	for _, f := range x.m.Files {
		if f.Package == p.Name {
			size += f.Size
			files++
		}
	}
	e.Lines = append(e.Lines, fmt.Sprintf("%d files, %s, from %s", files, Bytes(size), p.Origin))
	for _, s := range x.m.Slices {
		if s.Package == p.Name {
			e.Lines = append(e.Lines, "slice "+s.Name)
			for _, r := range s.Why {
				e.Lines = append(e.Lines, "  "+r.String())
			}
		}
	}
	return e
}

// file follows the reasons of a file up to the app: each importer that is a file of the manifest is explained in turn.
func (x explainer) file(f ManifestFile) Explanation {
	e := Explanation{Subject: x.m.Place(f)}
	if f.Package != "" {
		e.Lines = append(e.Lines, x.origin(f))
	}
	x.reasons(&e, f, "", map[string]bool{})
	return e
}

func (x explainer) origin(f ManifestFile) string {
	line := "from package " + f.Package
	if i := slices.IndexFunc(x.m.Packages, func(p ManifestPackage) bool { return p.Name == f.Package }); i >= 0 {
		line += " " + x.m.Packages[i].Version
	}
	if f.Slice != "" {
		line = "slice " + f.Slice + " " + line
	}
	return line
}

func (x explainer) reasons(e *Explanation, f ManifestFile, indent string, seen map[string]bool) {
	seen[f.Layer+":"+f.Path] = true
	for _, r := range f.Why {
		e.Lines = append(e.Lines, indent+r.String())
		if by, ok := x.byImagePath(r.By); ok && !seen[by.Layer+":"+by.Path] {
			x.reasons(e, by, indent+"  ", seen)
		}
	}
	if len(f.Why) > 0 {
		return
	}
	if i := slices.IndexFunc(x.m.Slices, func(s ManifestSlice) bool { return s.Name == f.Slice }); i >= 0 {
		for _, r := range x.m.Slices[i].Why {
			e.Lines = append(e.Lines, indent+r.String())
		}
	}
}

func (x explainer) byImagePath(at string) (ManifestFile, bool) {
	i := slices.IndexFunc(x.m.Files, func(f ManifestFile) bool { return x.m.Place(f) == at || LayerPath(f.Layer, f.Path) == at })
	if i < 0 {
		return ManifestFile{}, false
	}
	return x.m.Files[i], true
}

// String says the reason as the end of a sentence about the thing.
func (r Reason) String() string {
	switch r.Kind {
	case Asked:
		return "asked for in " + orUnknown(r.By)
	case Runtime:
		return "runtime of " + orUnknown(r.By)
	case Essential:
		return "required by slice " + orUnknown(r.By)
	case Depends:
		return "package " + r.By + " depends on it"
	case Needed:
		if r.By == "" {
			return "needed as " + r.Name
		}
		return "needed as " + r.Name + " by " + r.By
	case Interpreter:
		return "interpreter " + r.Name + " of " + r.By
	case Command:
		return "command " + r.Name + " of the script " + r.By
	case Imported:
		return "module " + r.Name + " imported by " + r.By
	case Beside:
		return "belongs to the library " + r.By
	case DlopenNote:
		return "loaded at run time as " + r.Name + " by " + r.By + ", which says so in .note.dlopen"
	case DlopenRule:
		return "loaded at run time as " + r.Name + " by " + r.By + ", by whittle's rule"
	case Listed:
		return "library " + r.Name + " listed in " + orUnknown(r.By)
	case Traced:
		return "seen by whittle trace: " + r.By
	case Alternative:
		return "alternative name of " + r.Name + ", offered by package " + r.By
	case LinkTarget:
		return "target of the link " + r.By
	case Generated:
		if r.By != "" {
			return "made by whittle from package " + r.By
		}
		return "made by whittle"
	default:
		return string(r.Kind) + " " + r.By
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "the command"
	}
	return s
}

// Bytes writes a size for people: decimal units, as registries and disks count.
func Bytes(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1_000_000:
		return fmt.Sprintf("%.2f MB", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	default:
		return fmt.Sprintf("%d B", n)
	}
}

// Write prints explanations as indented text.
func (e Explanation) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s\n  %s\n", e.Subject, strings.Join(e.Lines, "\n  "))
	return err
}
