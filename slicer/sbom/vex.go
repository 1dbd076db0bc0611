package sbom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// Vulnerability is a known flaw and the files of a package that have it.
type Vulnerability struct {
	ID      string   `json:"id"`      // CVE-2026-12345
	Package string   `json:"package"` // a binary package, or a source package for all that are built from it
	Files   []string `json:"files"`   // paths in the package, or globs as path.Match has them; none: any file may have it
	Fixed   string   `json:"fixed"`   // first version without it; empty if there is none or it is unknown
}

// VEXOptions are the parts of a VEX document that a manifest does not know.
type VEXOptions struct {
	Author  string    // who says so; "whittle" if empty
	Time    time.Time // when it is said; written in UTC, whole seconds
	Distro  Distro
	Product string // package URL of the image; if empty, statements are about the packages themselves
}

// The types below are OpenVEX 0.2.0, as far as it is written.
type vexDocument struct {
	Context    string         `json:"@context"`
	ID         string         `json:"@id"`
	Author     string         `json:"author"`
	Timestamp  string         `json:"timestamp"`
	Version    int            `json:"version"`
	Tooling    string         `json:"tooling"`
	Statements []vexStatement `json:"statements"`
}

type vexStatement struct {
	Vulnerability vexName      `json:"vulnerability"`
	Products      []vexProduct `json:"products"`
	Status        string       `json:"status"`
	Justification string       `json:"justification,omitempty"`
	Impact        string       `json:"impact_statement,omitempty"`
	Action        string       `json:"action_statement,omitempty"`
}

type vexName struct {
	Name string `json:"name"`
}

type vexProduct struct {
	ID            string       `json:"@id"`
	Subcomponents []vexProduct `json:"subcomponents,omitempty"`
}

// VEX says of each vulnerability of a package that is in the manifest whether the image is affected: "fixed" from the
// fixed version on; "not_affected", because the vulnerable code is not present, when none of the vulnerable files was
// cut; "affected" otherwise. Of packages that are not in the image it says nothing: the SBOM does not list them. The
// document is OpenVEX 0.2.0 JSON; equal arguments give equal bytes.
//
// Files are compared by their paths. A file that a definition copies to another path counts as another file, so the
// list should name such copies too.
func VEX(m *manifest.Manifest, list []Vulnerability, o VEXOptions) ([]byte, error) {
	doc := vexDocument{
		Context: "https://openvex.dev/ns/v0.2.0", Author: cmp.Or(o.Author, "whittle"),
		Timestamp: o.Time.UTC().Format(time.RFC3339), Version: 1, Tooling: "whittle", Statements: []vexStatement{},
	}
	for _, v := range sortedVulnerabilities(list) {
		if err := v.check(); err != nil {
			return nil, err
		}
		for _, p := range m.Packages {
			if p.Name == v.Package || p.Source == v.Package {
				doc.Statements = append(doc.Statements, statementOf(m, v, p, o))
			}
		}
	}
	anonymous, err := doc.encode()
	if err != nil {
		return nil, err
	}
	sum, _ := digest.Of(anonymous)
	doc.ID = "https://whittle.dev/vex/" + sum // a name that says the same whenever the document does
	return doc.encode()
}

func (d vexDocument) encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("cannot write VEX document: %w", err)
	}
	return out.Bytes(), nil
}

func sortedVulnerabilities(list []Vulnerability) []Vulnerability {
	return slices.SortedStableFunc(slices.Values(list), func(a, b Vulnerability) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Package, b.Package), slices.Compare(a.Files, b.Files), strings.Compare(a.Fixed, b.Fixed))
	})
}

// check refuses what would lead to a statement that is not true: a pattern that matches nothing because it is
// malformed would read as "the file is not there".
func (v Vulnerability) check() error {
	if v.ID == "" || v.Package == "" {
		return errors.New("cannot state a vulnerability: it lacks an ID or a package")
	}
	for _, f := range v.Files {
		if _, err := path.Match(f, ""); err != nil || strings.Trim(f, "/") == "" {
			return fmt.Errorf("cannot state %s of package %s: file %q is no path or pattern", v.ID, v.Package, f)
		}
	}
	if v.Fixed != "" {
		if err := deb.CheckVersion(v.Fixed); err != nil {
			return fmt.Errorf("cannot state %s of package %s: %w", v.ID, v.Package, err)
		}
	}
	return nil
}

func statementOf(m *manifest.Manifest, v Vulnerability, p manifest.Package, o VEXOptions) vexStatement {
	product := vexProduct{ID: PURL(p, o.Distro)}
	if o.Product != "" {
		product = vexProduct{ID: o.Product, Subcomponents: []vexProduct{product}}
	}
	s := vexStatement{Vulnerability: vexName{v.ID}, Products: []vexProduct{product}}
	hit := firstVulnerable(m, v, p)
	switch {
	case v.Fixed != "" && deb.CompareVersions(fixedBy(v, p), v.Fixed) >= 0:
		s.Status = "fixed"
	case hit == "":
		s.Status, s.Justification = "not_affected", "vulnerable_code_not_present"
		s.Impact = fmt.Sprintf("package %s is in the image in part, without %s", p.Name, strings.Join(slices.Sorted(slices.Values(v.Files)), ", "))
	default:
		s.Status, s.Action = "affected", "no fixed version is known; the image has "+hit
		if v.Fixed != "" {
			s.Action = fmt.Sprintf("update package %s to %s or later; the image has %s", v.Package, v.Fixed, hit)
		}
	}
	return s
}

// fixedBy is the version that the fixed one is compared with: that of the package which the vulnerability names.
func fixedBy(v Vulnerability, p manifest.Package) string {
	if p.Name != v.Package {
		return p.SourceVersion
	}
	return p.Version
}

// firstVulnerable names a file of the package in the image that has the vulnerability, or "". Records about the package
// are no part of it.
func firstVulnerable(m *manifest.Manifest, v Vulnerability, p manifest.Package) string {
	for _, f := range m.Files {
		if f.Package != p.Name || f.Kind == tree.Directory || isRecord(f) {
			continue
		}
		if len(v.Files) == 0 || slices.ContainsFunc(v.Files, func(pattern string) bool { return matchesFile(pattern, f.Path) }) {
			return m.Place(f)
		}
	}
	return ""
}

// isRecord tells whether whittle wrote the file about a package. Such a file belongs to no slice.
func isRecord(f manifest.File) bool {
	return f.Slice == "" && debian.IsRecord(f.Path)
}

// matchesFile compares a path of a package, which may be older than the merged /usr, with one of the image. A pattern
// is taken as a plain path first, for files such as "[.1" that look like patterns.
func matchesFile(pattern, at string) bool {
	clean := debian.InRoot(pattern)
	ok, err := path.Match(clean, at)
	return clean == at || (err == nil && ok)
}
