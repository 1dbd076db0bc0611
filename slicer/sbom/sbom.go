// Package sbom writes what an image holds for scanners: CycloneDX, SPDX and Syft documents, and VEX statements about files that
// were not cut.
package sbom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"whittle.dev/whittle/internal/digest"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// Component is something in an image that is no Debian package: a module of the app's language. PURL is its package
// URL.
type Component struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	License string `json:"license,omitempty"`
}

// Distro names the distribution whose packages an SBOM lists.
type Distro struct{ ID, Version string }

// SBOM is the list of what a layer holds, from which documents are written. None of them holds a clock: equal layers
// have equal documents.
type SBOM struct {
	Name       string
	Distro     Distro
	Packages   []manifest.Package
	Components []Component
}

// OfLayer lists the packages of which a layer has files; all layers if the name is empty.
func OfLayer(m *manifest.Manifest, layer string, d Distro) SBOM {
	in := map[string]bool{}
	for _, f := range m.Files {
		if layer == "" || f.Layer == layer {
			in[f.Package] = true
		}
	}
	b := SBOM{Name: layer, Distro: d}
	for _, p := range m.Packages {
		if in[p.Name] {
			b.Packages = append(b.Packages, p)
		}
	}
	return b
}

// PURL is the package URL of a Debian package: pkg:deb/debian/libgmp10@2:6.3.0?arch=amd64&distro=debian-13.
func PURL(p manifest.Package, d Distro) string {
	q := map[string]string{"arch": p.Arch, "distro": d.ID + "-" + d.Version}
	if p.Source != "" && (p.Source != p.Name || p.SourceVersion != p.Version) {
		q["upstream"] = p.Source + "@" + p.SourceVersion
	}
	return packageurl.NewPackageURL("deb", d.ID, p.Name, p.Version, packageurl.QualifiersFromMap(q), "").ToString()
}

// CycloneDX writes the SBOM as CycloneDX 1.5 JSON. The operating system, if one is named, is a component of its own, because
// scanners match Debian packages only where they know the distribution.
func (b SBOM) CycloneDX() ([]byte, error) {
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = ""
	bom.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{Type: cyclonedx.ComponentTypeContainer, Name: cmp.Or(b.Name, "image")}}
	components := []cyclonedx.Component{}
	if b.Distro.ID != "" {
		components = append(components, cyclonedx.Component{BOMRef: "os", Type: cyclonedx.ComponentTypeOS, Name: b.Distro.ID, Version: b.Distro.Version})
	}
	for _, p := range b.Packages {
		c := cyclonedx.Component{
			BOMRef: PURL(p, b.Distro), Type: cyclonedx.ComponentTypeLibrary, Name: p.Name, Version: p.Version,
			PackageURL: PURL(p, b.Distro), Description: p.Description,
		}
		if p.Maintainer != "" {
			c.Supplier = &cyclonedx.OrganizationalEntity{Name: p.Maintainer}
		}
		c.Licenses = cyclonedxLicenses(p.License)
		if p.SHA256 != "" {
			c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: p.SHA256}}
		}
		components = append(components, c)
	}
	for _, m := range b.Components {
		components = append(components, cyclonedx.Component{
			BOMRef: m.PURL, Type: cyclonedx.ComponentTypeLibrary, Name: m.Name,
			Version: m.Version, PackageURL: m.PURL, Licenses: cyclonedxLicenses(m.License),
		})
	}
	bom.Components = &components
	var out bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).EncodeVersion(bom, cyclonedx.SpecVersion1_5); err != nil {
		return nil, fmt.Errorf("cannot write CycloneDX document: %w", err)
	}
	return out.Bytes(), nil
}

// cyclonedxLicenses lists licences by name; nil for none.
func cyclonedxLicenses(all string) *cyclonedx.Licenses {
	if all == "" {
		return nil
	}
	var list cyclonedx.Licenses
	for _, l := range strings.Split(all, " AND ") {
		list = append(list, cyclonedx.LicenseChoice{License: &cyclonedx.License{Name: l}})
	}
	return &list
}

// SPDX writes the SBOM as SPDX 2.3 JSON. Its creation time is the fixed time of layers: the document depends on what
// the layer holds alone.
func (b SBOM) SPDX() ([]byte, error) {
	created := tree.LayerTime.Format("2006-01-02T15:04:05Z")
	doc := &spdx.Document{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXIdentifier: "DOCUMENT", DocumentName: cmp.Or(b.Name, "image"),
		CreationInfo: &spdx.CreationInfo{Created: created, Creators: []common.Creator{{CreatorType: "Tool", Creator: "whittle"}}},
	}
	sum, _ := digest.Of(fmt.Append(nil, b))
	doc.DocumentNamespace = "https://whittle.dev/spdx/" + url.PathEscape(cmp.Or(b.Name, "image")) + "-" + sum
	add := func(name, version, purl, license, supplier string) {
		p := &spdx.Package{
			PackageName: name, PackageSPDXIdentifier: common.ElementID("Package-" + spdxID(purl)), PackageVersion: version,
			PackageDownloadLocation: "NOASSERTION", FilesAnalyzed: false, PackageLicenseConcluded: "NOASSERTION",
			PackageLicenseDeclared: "NOASSERTION", PackageCopyrightText: "NOASSERTION", PackageComment: license,
			PackageExternalReferences: []*spdx.PackageExternalReference{{Category: "PACKAGE-MANAGER", RefType: "purl", Locator: purl}},
		}
		if supplier != "" {
			p.PackageSupplier = &common.Supplier{SupplierType: "Organization", Supplier: supplier}
		}
		doc.Packages = append(doc.Packages, p)
		doc.Relationships = append(doc.Relationships, &spdx.Relationship{
			RefA: common.MakeDocElementID("", "DOCUMENT"),
			RefB: common.MakeDocElementID("", string(p.PackageSPDXIdentifier)), Relationship: "DESCRIBES",
		})
	}
	for _, p := range b.Packages {
		add(p.Name, p.Version, PURL(p, b.Distro), p.License, p.Maintainer)
	}
	for _, m := range b.Components {
		add(m.Name, m.Version, m.PURL, m.License, "")
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("cannot write SPDX document: %w", err)
	}
	return out, nil
}

// spdxID keeps what SPDX allows in identifiers: letters, digits, "." and "-".
func spdxID(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", r) {
			return r
		}
		return '-'
	}, s)
}

// Syft writes the SBOM in Syft's own JSON form (schema 16), as far as it describes packages.
func (b SBOM) Syft() ([]byte, error) {
	var artifacts []map[string]any
	add := func(name, version, kind, purl, license string) {
		sum, _ := digest.Of([]byte(purl))
		licenses := []map[string]string{}
		if license != "" {
			licenses = append(licenses, map[string]string{"value": license, "spdxExpression": "", "type": "declared"})
		}
		artifacts = append(artifacts, map[string]any{
			"id": sum[:16], "name": name, "version": version, "type": kind, "foundBy": "whittle",
			"locations": []any{}, "licenses": licenses, "language": "", "cpes": []any{}, "purl": purl,
		})
	}
	for _, p := range b.Packages {
		add(p.Name, p.Version, "deb", PURL(p, b.Distro), p.License)
	}
	for _, m := range b.Components {
		add(m.Name, m.Version, purlType(m.PURL), m.PURL, m.License)
	}
	if artifacts == nil {
		artifacts = []map[string]any{}
	}
	slices.SortFunc(artifacts, func(x, y map[string]any) int { return strings.Compare(x["purl"].(string), y["purl"].(string)) })
	return json.Marshal(map[string]any{
		"artifacts": artifacts, "artifactRelationships": []any{},
		"source":     map[string]any{"id": "", "name": b.Name, "version": "", "type": "directory", "metadata": map[string]any{"path": b.Name}},
		"distro":     map[string]any{"id": b.Distro.ID, "name": b.Distro.ID, "version": b.Distro.Version, "versionID": b.Distro.Version},
		"descriptor": map[string]any{"name": "whittle", "version": ""},
		"schema":     map[string]any{"version": "16.0.15", "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.0.15.json"},
	})
}

func purlType(purl string) string {
	p, err := packageurl.FromString(purl)
	if err != nil {
		return "UnknownPackage"
	}
	switch p.Type {
	case packageurl.TypePyPi:
		return "python"
	case packageurl.TypeGolang:
		return "go-module"
	default:
		return p.Type
	}
}

// DistroOf reads the name of a set of definitions, such as debian-13; the zero value for a name of another form.
func DistroOf(release string) Distro {
	id, version, ok := strings.Cut(release, "-")
	if !ok || strings.Trim(version, "0123456789.") != "" {
		return Distro{}
	}
	return Distro{ID: id, Version: version}
}
