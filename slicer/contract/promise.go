package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/internal/paths"
)

// Promise is what every run image of a contract has, whatever updates it got: the part of a floor that is kept under version control
// beside the run image's spec. What an update changes is not in it: where links lead, the real name of a library's file
// (libz.so.1.3.1), and the symbols of a version, which are the library's own promise.
type Promise struct {
	Schema    string            `json:"schema"` // whittle.promise/1
	ID        string            `json:"id"`     // whittle.debian-13.base
	Arch      string            `json:"arch"`   // Debian's name
	Packages  []FloorPackage    `json:"packages"`
	Files     []string          `json:"files"` // clean relative paths, sorted
	Libraries []PromisedLibrary `json:"libraries"`
	Doors     Doors             `json:"doors"`
	Path      []string          `json:"path"` // directories of PATH, absolute, first one first
}

// PromisedLibrary is a library that programs find by its soname.
type PromisedLibrary struct {
	Soname   string   `json:"soname"`
	Versions []string `json:"versions,omitempty"` // symbol versions it defines, without private ones; sorted
	Symbols  []string `json:"symbols,omitempty"`  // exported symbols, of a library that promises no versions; sorted
}

// PromiseSchema names the form of a promise file.
const PromiseSchema = "whittle.promise/1"

// Promise is what the floor promises when it is promised for the first time, or anew.
func (f *Floor) Promise() *Promise {
	p := &Promise{Schema: PromiseSchema, ID: f.ID, Arch: f.Arch, Packages: f.Packages, Doors: f.Doors, Path: f.Path}
	moving := map[string]bool{}
	bySoname := map[string]PromisedLibrary{}
	for _, l := range f.Libraries {
		if paths.Base(l.Path) != l.Soname {
			moving[strings.TrimPrefix(l.Path, "/")] = true
		}
		promised := PromisedLibrary{Soname: l.Soname, Versions: slices.DeleteFunc(slices.Clone(l.Versions), isPrivate)}
		if len(promised.Versions) == 0 {
			promised.Symbols = slices.DeleteFunc(slices.Clone(l.Symbols), func(s string) bool { return strings.Contains(s, "@") })
		}
		bySoname[l.Soname] = promised
	}
	for _, name := range f.Files {
		if !moving[name] {
			p.Files = append(p.Files, name)
		}
	}
	for _, l := range bySoname {
		p.Libraries = append(p.Libraries, l)
	}
	slices.SortFunc(p.Libraries, func(a, b PromisedLibrary) int { return strings.Compare(a.Soname, b.Soname) })
	return p
}

// With is the promise, or none, of all that a floor has in addition. The packages that are promised keep the version that they
// are promised in.
func (p *Promise) With(f *Floor) *Promise {
	more := f.Promise()
	if p == nil {
		return more
	}
	more.Packages = slices.Clone(more.Packages)
	for i, pkg := range more.Packages {
		if j := slices.IndexFunc(p.Packages, func(was FloorPackage) bool { return was.Name == pkg.Name }); j >= 0 {
			more.Packages[i].Version = p.Packages[j].Version
		}
	}
	return more
}

// isPrivate tells whether a symbol version is for the packages of one source only, as glibc's GLIBC_PRIVATE is: an update may take
// its symbols away.
func isPrivate(version string) bool { return strings.HasSuffix(version, "_PRIVATE") }

// ReadPromise reads a promise file.
func ReadPromise(r io.Reader) (*Promise, error) {
	var p Promise
	if err := document.Decode(r, maxText, &p, &p.Schema, PromiseSchema); err != nil {
		return nil, fmt.Errorf("cannot read promise: %w", err)
	}
	return &p, nil
}

// Encode writes the promise as JSON that ReadPromise reads, a line for each thing, so that what is promised in addition is a line in
// addition. Equal promises give equal bytes.
func (p *Promise) Encode(w io.Writer) error {
	b := bytes.NewBufferString("{\n")
	fmt.Fprintf(b, "\"schema\": %q,\n\"id\": %q,\n\"arch\": %q", p.Schema, p.ID, p.Arch)
	for _, list := range []struct {
		name string
		text func(*bytes.Buffer) error
	}{
		{"packages", lines(p.Packages)},
		{"files", lines(p.Files)},
		{"libraries", lines(p.Libraries)},
		{"doors", lines(p.Doors)},
		{"path", lines(p.Path)},
	} {
		fmt.Fprintf(b, ",\n%q: [", list.name)
		if err := list.text(b); err != nil {
			return fmt.Errorf("cannot write promise: %w", err)
		}
		b.WriteString("]")
	}
	b.WriteString("\n}\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("cannot write promise: %w", err)
	}
	return nil
}

// lines writes the elements of a JSON list, one a line.
func lines[T any](list []T) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error {
		for i, v := range list {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n ")
			b.Write(text)
		}
		if len(list) > 0 {
			b.WriteString("\n")
		}
		return nil
	}
}
