package manifest

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/contract"
)

// Explanation says why one thing is in the image, or why it is not.
type Explanation struct {
	Subject string     `json:"subject"`         // an absolute path in the image, a package, a slice, or what was omitted
	About   []string   `json:"about,omitempty"` // what it is, a line each
	Why     []Why      `json:"why"`
	Omitted []Omission `json:"leftOut,omitempty"` // of a package: what of it was not cut; else why the subject is not here
	OfApp   bool       `json:"ofApp,omitempty"`   // the subject is a file that the build of the app made or had: by its folder, if it is there
}

// Why is one reason, and in turn the reasons of what it names: of the file that needs it, of the package that depends on
// it. The chain ends at the app or at the setting that asked for it.
type Why struct {
	Reason
	Text string `json:"text"`
	Why  []Why  `json:"why,omitempty"`
	More int    `json:"more,omitempty"` // how many further reasons are not shown
	Seen bool   `json:"seen,omitempty"` // what it names is explained elsewhere in this explanation
}

// ErrAbsent is wrapped by the error about something that is not in the image, and of which nothing is recorded.
var ErrAbsent = errors.New("nothing that was asked for needs it")

// A tree of reasons has this many levels, and this many reasons at each of its things, at most.
const (
	whyDepth = 10
	whyWidth = 4
)

// Explain answers why something is in the image, or was omitted. The query is a path in the image (with or without the
// layer's directory), of a file or of a directory with files, a base name, a soname, a package, a slice or a module of the app; what several things fit has an
// explanation of each. For what is not there and was never wanted, the error wraps ErrAbsent and lists packages of similar
// names.
func Explain(m *Manifest, query string) ([]Explanation, error) {
	x := newExplainer(m)
	ofApp := x.ofApp(query)
	if p, ok := x.packages[query]; ok {
		return append([]Explanation{x.pkg(p)}, ofApp...), nil
	}
	if s, ok := x.slices[query]; ok {
		return []Explanation{x.slice(s)}, nil
	}
	var found []Explanation
	for _, f := range m.Files {
		if x.matches(f, query) {
			found = append(found, x.file(f))
		}
	}
	if found = append(found, ofApp...); found != nil {
		return found, nil
	}
	if e, ok := x.directory(query); ok {
		return []Explanation{e}, nil
	}
	if e, ok := x.omitted(query); ok {
		return []Explanation{e}, nil
	}
	return nil, x.absent(query)
}

// explainer looks things up by what reasons call them.
type explainer struct {
	m        *Manifest
	packages map[string]Package
	slices   map[string]Slice
	places   map[string]int   // of files, by their place in the image and by their layer's
	files    map[string][]int // by slice
}

func newExplainer(m *Manifest) explainer {
	x := explainer{m, map[string]Package{}, map[string]Slice{}, map[string]int{}, map[string][]int{}}
	for _, p := range m.Packages {
		x.packages[p.Name] = p
	}
	for _, s := range m.Slices {
		x.slices[s.Name] = s
	}
	for i, f := range m.Files {
		x.places[contract.LayerPath(f.Layer, f.Path)] = i
		x.places[m.Place(f)] = i
		x.files[f.Slice] = append(x.files[f.Slice], i)
	}
	return x
}

func (x explainer) matches(f File, query string) bool {
	clean := strings.TrimPrefix(path.Clean("/"+query), "/")
	return f.Path == clean || x.m.Place(f) == "/"+clean || path.Base(f.Path) == query
}

func (x explainer) pkg(p Package) Explanation {
	e := Explanation{Subject: fmt.Sprintf("package %s %s", p.Name, p.Version)}
	var size int64
	files := 0
	for _, f := range x.m.Files {
		if f.Package == p.Name {
			size += f.Weight()
			files++
		}
	}
	about := fmt.Sprintf("%s, %s", text.Count(files, "file"), text.Bytes(size))
	if p.Origin != "" {
		about += ", from " + p.Origin
	}
	e.About = append(e.About, about)
	for _, s := range x.m.Slices {
		if s.Package == p.Name {
			e.About = append(e.About, "slice "+s.Name)
		}
	}
	e.Why = x.why(x.reasonsOfPackage(p.Name), map[string]bool{p.Name: true}, 0)
	for _, o := range x.m.Omitted {
		if pkg, _, ok := o.OfClass(); ok && pkg == p.Name {
			e.Omitted = append(e.Omitted, o)
		}
	}
	for _, u := range x.m.NotDone {
		if u.Package == p.Name {
			e.About = append(e.About, "not done in "+strings.TrimPrefix(u.String(), p.Name+" "))
		}
	}
	return e
}

func (x explainer) slice(s Slice) Explanation {
	e := Explanation{Subject: "slice " + s.Name, About: []string{x.ofPackage(s.Package)}}
	for i, at := range x.files[s.Name] {
		if i == whyWidth {
			e.About = append(e.About, fmt.Sprintf("and %d more files", len(x.files[s.Name])-i))
			break
		}
		e.About = append(e.About, "has "+x.m.Place(x.m.Files[at]))
	}
	e.Why = x.why(x.reasonsOfSlice(s), map[string]bool{s.Name: true}, 0)
	return e
}

func (x explainer) file(f File) Explanation {
	e := Explanation{Subject: x.m.Place(f)}
	switch {
	case f.Slice != "":
		e.About = []string{"slice " + f.Slice + " " + x.ofPackage(f.Package)}
	case f.Package != "":
		e.About = []string{x.ofPackage(f.Package)}
	}
	if f.Link != "" {
		e.About = append(e.About, "link to "+f.Link)
	}
	e.Why = x.why(x.reasonsOfFile(f), map[string]bool{e.Subject: true}, 0)
	return e
}

func (x explainer) ofPackage(name string) string {
	return strings.TrimSpace("from package " + name + " " + x.packages[name].Version)
}

// why makes a tree of reasons. What was expanded once is not expanded again, so that there is an end to it however the
// reasons lead back to each other.
func (x explainer) why(reasons []Reason, seen map[string]bool, depth int) []Why {
	all := []Why{}
	for i, r := range reasons {
		if i == whyWidth && len(reasons) > whyWidth+1 {
			all[i-1].More = len(reasons) - i
			break
		}
		w := Why{Reason: r, Text: r.String()}
		next, known := x.reasonsOf(r.By)
		switch {
		case !known || depth == whyDepth:
		case seen[r.By]:
			w.Seen = true
		default:
			seen[r.By] = true
			w.Why = x.why(next, seen, depth+1)
		}
		all = append(all, w)
	}
	return all
}

// reasonsOf are the reasons of whatever a reason names: a file, a package or a slice of this manifest.
func (x explainer) reasonsOf(by string) ([]Reason, bool) {
	if i, ok := x.places[by]; ok {
		return x.reasonsOfFile(x.m.Files[i]), true
	}
	if _, ok := x.packages[by]; ok {
		return x.reasonsOfPackage(by), true
	}
	if s, ok := x.slices[by]; ok {
		return x.reasonsOfSlice(s), true
	}
	return nil, false
}

// reasonsOfFile are its own, or else those of its slice: without those of libraries of the slice that the closure brought, which name
// nobody and are about other files.
func (x explainer) reasonsOfFile(f File) []Reason {
	if len(f.Why) > 0 {
		return f.Why
	}
	all := x.slices[f.Slice].Why
	named := slices.DeleteFunc(slices.Clone(all), func(r Reason) bool { return r.Kind == Needed && r.By == "" })
	if len(named) == 0 {
		return all
	}
	return named
}

// reasonsOfSlice are those that name somebody: for a library of the closure, whoever needs it is known at its files.
func (x explainer) reasonsOfSlice(s Slice) []Reason {
	var all []Reason
	for _, r := range s.Why {
		if r.By != "" {
			all = append(all, r)
		}
	}
	for _, i := range x.files[s.Name] {
		all = append(all, x.m.Files[i].Why...)
	}
	if all == nil {
		return s.Why
	}
	return x.distinct(all)
}

func (x explainer) reasonsOfPackage(name string) []Reason {
	var all []Reason
	for _, s := range x.m.Slices {
		if s.Package == name {
			all = append(all, x.reasonsOfSlice(s)...)
		}
	}
	// A part of the package that needs another part of it says nothing about the package.
	outside := slices.DeleteFunc(slices.Clone(all), func(r Reason) bool {
		i, isFile := x.places[r.By]
		return isFile && x.m.Files[i].Package == name || x.slices[r.By].Package == name && r.By != "" || r.By == name
	})
	if len(outside) > 0 {
		all = outside
	}
	return x.distinct(all)
}

// distinct keeps each reason once, and of a slice and a file of it that give the same reason, the file.
func (x explainer) distinct(all []Reason) []Reason {
	ofFile := map[Reason]bool{}
	for _, r := range all {
		if i, ok := x.places[r.By]; ok {
			ofFile[Reason{r.Kind, x.m.Files[i].Slice, r.Name}] = true
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(r Reason) bool { return ofFile[r] })
	slices.SortFunc(all, CompareReasons)
	return slices.Compact(all)
}

// omitted explains what is not there on purpose: a package or library by its name, a class of files by a path.
func (x explainer) omitted(query string) (Explanation, bool) {
	e := Explanation{Subject: query, Why: []Why{}}
	for _, o := range x.m.Omitted {
		if pkg, _, ok := o.OfClass(); o.Name == query || ok && pkg == query || isPart(o.Name, query) {
			e.Omitted = append(e.Omitted, o)
		}
	}
	if class := debian.OmittedClass(strings.TrimPrefix(debian.Merged(query), "/")); class != "" && len(e.Omitted) == 0 {
		i := slices.IndexFunc(x.m.Omitted, func(o Omission) bool { _, of, ok := o.OfClass(); return ok && of == class })
		if i >= 0 {
			e.Omitted = append(e.Omitted, Omission{Name: class.Title(), Reason: x.m.Omitted[i].Reason, Slice: class.Slice("PACKAGE")})
		}
	}
	seen := map[string]bool{}
	for _, o := range e.Omitted {
		if o.By == "" || seen[o.By] {
			continue
		}
		seen[o.By] = true
		r := Reason{Kind: wantedBy, By: o.By}
		next, _ := x.reasonsOf(o.By) // what the user wrote has none
		e.Why = append(e.Why, Why{Reason: r, Text: r.String(), Why: x.why(next, seen, 1)})
	}
	return e, len(e.Omitted) > 0
}

// isPart tells whether a path is one of those that an omission has a pattern for.
func isPart(pattern, at string) bool {
	ok, err := path.Match(pattern, "/"+strings.TrimPrefix(debian.Merged(at), "/"))
	return ok && err == nil && strings.HasPrefix(pattern, "/")
}

// absent is the error about what is not in the image: it lists packages of similar names.
func (x explainer) absent(query string) error {
	var similar []string
	for _, p := range x.m.Packages {
		if len(query) > 2 && (strings.Contains(p.Name, query) || strings.Contains(query, p.Name)) {
			similar = append(similar, p.Name)
		}
	}
	if similar == nil {
		return fmt.Errorf("%s is not in it: %w", query, ErrAbsent)
	}
	return fmt.Errorf("%s is not in it: %w; it has %s", query, ErrAbsent, strings.Join(similar[:min(len(similar), 5)], ", "))
}
