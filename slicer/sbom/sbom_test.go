package sbom_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"github.com/package-url/packageurl-go"
	spdxjson "github.com/spdx/tools-golang/json"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/sbom"
	"whittle.dev/whittle/slicer/tree"
)

var trixie = sbom.Distro{ID: "debian", Version: "13"}

func sbomManifest() *manifest.Manifest {
	return &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64",
		Packages: []manifest.Package{
			{
				Name: "libgmp10", Version: "2:6.3.0+dfsg-3", Arch: "amd64", Source: "gmp", SourceVersion: "2:6.3.0+dfsg-3", SHA256: strings.Repeat("ab", 32),
				Maintainer: "Debian Science <science@example.org>", Description: "Multiprecision arithmetic library", License: "GPL-2 AND LGPL-3",
			},
			{Name: "libstdc++6", Version: "14.2.0-19", Arch: "amd64", Source: "gcc-14", SourceVersion: "14.2.0-19", Origin: "installed"},
			{Name: "tzdata", Version: "2025b-4", Arch: "all", Source: "tzdata", SourceVersion: "2025b-4"},
		},
		Files: []manifest.File{
			{Layer: "libs", Path: "a", Kind: tree.File, Package: "libgmp10"},
			{Layer: "libs", Path: "b", Kind: tree.File, Package: "libstdc++6"},
			{Layer: "slices", Path: "c", Kind: tree.File, Package: "tzdata"},
			{Layer: "slices", Path: "d", Kind: tree.File},
		},
	}
}

func sbomOf(layer string) sbom.SBOM {
	b := sbom.OfLayer(sbomManifest(), layer, trixie)
	b.Components = []sbom.Component{{Name: "flask", Version: "3.1.0", PURL: "pkg:pypi/flask@3.1.0", License: "BSD-3-Clause"}}
	return b
}

func TestSBOMOfLayer(t *testing.T) {
	for layer, want := range map[string][]string{"libs": {"libgmp10", "libstdc++6"}, "slices": {"tzdata"}, "": {"libgmp10", "libstdc++6", "tzdata"}, "none": nil} {
		var got []string
		for _, p := range sbom.OfLayer(sbomManifest(), layer, trixie).Packages {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("layer %q: got %v, want %v", layer, got, want)
		}
	}
}

// TestPURL writes package URLs, and reads them back as other tools do: the version with its epoch and "+" must survive.
func TestPURL(t *testing.T) {
	for i, want := range []string{
		"pkg:deb/debian/libgmp10@2:6.3.0%2Bdfsg-3?arch=amd64&distro=debian-13&upstream=gmp%402:6.3.0%2Bdfsg-3",
		"pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14%4014.2.0-19",
		"pkg:deb/debian/tzdata@2025b-4?arch=all&distro=debian-13",
	} {
		p := sbomManifest().Packages[i]
		if got := sbom.PURL(p, trixie); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		back, err := packageurl.FromString(sbom.PURL(p, trixie))
		if err != nil || back.Type != "deb" || back.Namespace != "debian" || back.Name != p.Name || back.Version != p.Version {
			t.Errorf("%s is read as %+v, %v", p.Name, back, err)
		}
	}
}

func TestCycloneDX(t *testing.T) {
	data, err := sbomOf("libs").CycloneDX()
	if err != nil {
		t.Fatal(err)
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(data), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.SpecVersion != cyclonedx.SpecVersion1_5 || bom.SerialNumber != "" || bom.Metadata.Timestamp != "" || bom.Metadata.Component.Name != "libs" {
		t.Errorf("got version %s, serial number %q, metadata %+v", bom.SpecVersion, bom.SerialNumber, bom.Metadata)
	}
	var got []string
	refs := map[string]bool{}
	for _, c := range *bom.Components {
		got = append(got, string(c.Type)+" "+c.Name+" "+c.Version)
		if refs[c.BOMRef] || c.BOMRef == "" {
			t.Errorf("component %s has the reference %q of another", c.Name, c.BOMRef)
		}
		refs[c.BOMRef] = true
	}
	want := []string{"operating-system debian 13", "library libgmp10 2:6.3.0+dfsg-3", "library libstdc++6 14.2.0-19", "library flask 3.1.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	gmp := (*bom.Components)[1]
	if (*gmp.Hashes)[0].Value != strings.Repeat("ab", 32) || len(*gmp.Licenses) != 2 || gmp.PackageURL != sbom.PURL(sbomManifest().Packages[0], trixie) {
		t.Errorf("got %+v", gmp)
	}
	if flask := (*bom.Components)[3]; flask.Licenses == nil || (*flask.Licenses)[0].License.Name != "BSD-3-Clause" {
		t.Errorf("the licence of a component of the app is lost: %+v", flask)
	}
}

func TestSPDX(t *testing.T) {
	data, err := sbomOf("libs").SPDX()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spdxjson.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if doc.SPDXVersion != "SPDX-2.3" || doc.DataLicense != "CC0-1.0" || doc.CreationInfo.Created != "1980-01-01T00:00:01Z" || !strings.HasPrefix(doc.DocumentNamespace, "https://whittle.dev/spdx/libs-") {
		t.Errorf("got %+v", doc)
	}
	var got []string
	ids := map[string]bool{}
	for _, p := range doc.Packages {
		id := string(p.PackageSPDXIdentifier)
		if ids[id] || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
			t.Errorf("package %s has the identifier %q", p.PackageName, id)
		}
		ids[id] = true
		got = append(got, p.PackageName+" "+p.PackageVersion+" "+p.PackageExternalReferences[0].Locator)
	}
	want := []string{
		"libgmp10 2:6.3.0+dfsg-3 " + sbom.PURL(sbomManifest().Packages[0], trixie),
		"libstdc++6 14.2.0-19 " + sbom.PURL(sbomManifest().Packages[1], trixie),
		"flask 3.1.0 pkg:pypi/flask@3.1.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(doc.Relationships) != 3 {
		t.Errorf("got %d relationships, want that the document describes each of 3 packages", len(doc.Relationships))
	}
}

// TestSPDXNamespaceFollowsContent compares the names of documents: SPDX wants another namespace for other content.
func TestSPDXNamespaceFollowsContent(t *testing.T) {
	space := func(b sbom.SBOM) string {
		data, err := b.SPDX()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Namespace string `json:"documentNamespace"`
		}
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Namespace
	}
	other := sbomOf("libs")
	other.Packages = slices.Clone(other.Packages)
	other.Packages[0].Version = "2:6.3.0+dfsg-4"
	first, again := space(sbomOf("libs")), space(sbomOf("libs"))
	if first == space(other) || first != again {
		t.Error("the namespace does not follow the content")
	}
}

func TestSyft(t *testing.T) {
	data, err := sbomOf("").Syft()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Artifacts []struct{ ID, Name, Version, Type, PURL string }
		Distro    struct{ ID, VersionID string }
		Schema    struct{ Version string }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range doc.Artifacts {
		got = append(got, a.Type+" "+a.Name+" "+a.Version)
	}
	want := []string{"deb libgmp10 2:6.3.0+dfsg-3", "deb libstdc++6 14.2.0-19", "deb tzdata 2025b-4", "python flask 3.1.0"}
	if diff := cmp.Diff(want, got); diff != "" || doc.Distro.ID != "debian" || doc.Distro.VersionID != "13" {
		t.Errorf("distro %+v, -want +got:\n%s", doc.Distro, diff)
	}
}

// TestSBOMsAreDeterministic writes each document twice; an empty layer has valid documents too.
func TestSBOMsAreDeterministic(t *testing.T) {
	for name, write := range map[string]func(sbom.SBOM) ([]byte, error){"CycloneDX": sbom.SBOM.CycloneDX, "SPDX": sbom.SBOM.SPDX, "Syft": sbom.SBOM.Syft} {
		first, err := write(sbomOf(""))
		if err != nil {
			t.Fatal(err)
		}
		if second, err := write(sbomOf("")); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: two documents differ, %v", name, err)
		}
		empty, err := write(sbom.OfLayer(sbomManifest(), "none", trixie))
		if err != nil || !json.Valid(empty) {
			t.Errorf("%s of an empty layer: %v, %s", name, err, empty)
		}
	}
}
