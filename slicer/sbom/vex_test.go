package sbom_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/sbom"
	"whittle.dev/whittle/slicer/tree"
)

func vexManifest() *manifest.Manifest {
	return &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64",
		Packages: []manifest.Package{
			{Name: "curl", Version: "8.14.1-2", Arch: "amd64", Source: "curl", SourceVersion: "8.14.1-2"},
			{Name: "libcurl4t64", Version: "8.14.1-2+b1", Arch: "amd64", Source: "curl", SourceVersion: "8.14.1-2"},
		},
		Files: []manifest.File{
			{Layer: "slices", Path: "usr/bin/curl", Kind: tree.File, Package: "curl", Slice: "curl_bins"},
			{Layer: "slices", Path: "usr/share/doc/curl/copyright", Kind: tree.File, Package: "curl"},
			{Layer: "slices", Path: "usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0", Kind: tree.File, Package: "libcurl4t64", Slice: "libcurl4t64_libs"},
		},
	}
}

func vexOf(t *testing.T, o sbom.VEXOptions, list ...sbom.Vulnerability) []byte {
	t.Helper()
	o.Distro, o.Time = sbom.Distro{ID: "debian", Version: "13"}, time.Date(2026, 7, 1, 14, 0, 0, 5, time.FixedZone("", 7200))
	data, err := sbom.VEX(vexManifest(), list, o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestVEXStatus goes through what can be said of one vulnerability: package and status, a line a statement.
func TestVEXStatus(t *testing.T) {
	for _, row := range []struct {
		name string
		v    sbom.Vulnerability
		want string
	}{
		{
			"FileShipped",
			sbom.Vulnerability{Package: "curl", Files: []string{"/usr/bin/curl"}},
			"curl affected; libcurl4t64 not_affected vulnerable_code_not_present",
		},
		{
			"FileNotShipped",
			sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"/usr/bin/curl-config"}},
			"libcurl4t64 not_affected vulnerable_code_not_present",
		},
		{"OneOfSeveralShipped", sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"usr/none", "usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0"}}, "libcurl4t64 affected"},
		{"Pattern", sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"/usr/lib/*/libcurl.so.*"}}, "libcurl4t64 affected"},
		{"PathOlderThanMergedUsr", sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"/lib/x86_64-linux-gnu/libcurl.so.4.8.0"}}, "libcurl4t64 affected"},
		{"FileOfOtherPackage", sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"/usr/bin/curl"}}, "libcurl4t64 not_affected vulnerable_code_not_present"},
		{"NoFilesKnown", sbom.Vulnerability{Package: "libcurl4t64"}, "libcurl4t64 affected"},
		{
			"RecordIsNoCode",
			sbom.Vulnerability{Package: "curl", Files: []string{"/usr/share/doc/curl/copyright"}},
			"curl not_affected vulnerable_code_not_present; libcurl4t64 not_affected vulnerable_code_not_present",
		},
		{"Fixed", sbom.Vulnerability{Package: "libcurl4t64", Files: []string{"/usr/lib/*/libcurl.so.*"}, Fixed: "8.14.1-2"}, "libcurl4t64 fixed"},
		{"FixedInSourceOfRebuild", sbom.Vulnerability{Package: "curl", Fixed: "8.14.1-2"}, "curl fixed; libcurl4t64 fixed"},
		{"NotYetFixed", sbom.Vulnerability{Package: "curl", Fixed: "8.14.1-2+deb13u1"}, "curl affected; libcurl4t64 affected"},
		{"PackageNotInImage", sbom.Vulnerability{Package: "openssl", Files: []string{"/usr/bin/openssl"}}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.v.ID = "CVE-2026-1"
			var doc struct {
				Statements []struct {
					Vulnerability         struct{ Name string }
					Products              []map[string]any
					Status, Justification string
					Action                string `json:"action_statement"`
				}
			}
			if err := json.Unmarshal(vexOf(t, sbom.VEXOptions{}, row.v), &doc); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range doc.Statements {
				purl := s.Products[0]["@id"].(string)
				name := purl[strings.LastIndex(purl, "/")+1 : strings.Index(purl, "@")]
				got = append(got, strings.TrimSpace(name+" "+s.Status+" "+s.Justification))
				if (s.Status == "affected") != (s.Action != "") {
					t.Errorf("status %s with action %q: OpenVEX wants one for affected", s.Status, s.Action)
				}
			}
			if diff := cmp.Diff(row.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestVEXDocument(t *testing.T) {
	got := string(vexOf(t, sbom.VEXOptions{Author: "Ann <ann@example.com>", Product: "pkg:oci/shop"},
		sbom.Vulnerability{ID: "CVE-2026-1", Package: "libcurl4t64", Files: []string{"/usr/bin/curl-config"}}))
	head, rest, _ := strings.Cut(got, `  "@id": "https://whittle.dev/vex/`)
	if _, rest, _ = strings.Cut(rest, "\n"); head != "{\n  \"@context\": \"https://openvex.dev/ns/v0.2.0\",\n" {
		t.Errorf("got head %s", head)
	}
	want := `  "author": "Ann <ann@example.com>",
  "timestamp": "2026-07-01T12:00:00Z",
  "version": 1,
  "tooling": "whittle",
  "statements": [
    {
      "vulnerability": {
        "name": "CVE-2026-1"
      },
      "products": [
        {
          "@id": "pkg:oci/shop",
          "subcomponents": [
            {
              "@id": "pkg:deb/debian/libcurl4t64@8.14.1-2%2Bb1?arch=amd64&distro=debian-13&upstream=curl%408.14.1-2"
            }
          ]
        }
      ],
      "status": "not_affected",
      "justification": "vulnerable_code_not_present",
      "impact_statement": "package libcurl4t64 is in the image in part, without /usr/bin/curl-config"
    }
  ]
}
`
	if diff := cmp.Diff(want, rest); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestVEXIsDeterministic gives the list in two orders; another statement must give the document another name.
func TestVEXIsDeterministic(t *testing.T) {
	list := []sbom.Vulnerability{{ID: "CVE-2026-2", Package: "curl"}, {ID: "CVE-2026-1", Package: "libcurl4t64", Files: []string{"/x"}}, {ID: "CVE-2026-2", Package: "libcurl4t64"}}
	first := vexOf(t, sbom.VEXOptions{}, list...)
	slices.Reverse(list)
	if second := vexOf(t, sbom.VEXOptions{}, list...); !bytes.Equal(first, second) {
		t.Errorf("-first +second:\n%s", cmp.Diff(string(first), string(second)))
	}
	id := func(data []byte) string { return strings.Split(string(data), "\n")[2] }
	if id(first) == id(vexOf(t, sbom.VEXOptions{}, list[1:]...)) {
		t.Error("two documents have one ID")
	}
}

func TestVEXRefuses(t *testing.T) {
	for name, v := range map[string]sbom.Vulnerability{
		"WithoutID":         {Package: "curl"},
		"WithoutPackage":    {ID: "CVE-2026-1"},
		"MalformedPattern":  {ID: "CVE-2026-1", Package: "curl", Files: []string{"/usr/[bin"}},
		"EmptyFile":         {ID: "CVE-2026-1", Package: "curl", Files: []string{""}},
		"MalformedFixed":    {ID: "CVE-2026-1", Package: "curl", Fixed: "a b"},
		"RootIsNoFileEntry": {ID: "CVE-2026-1", Package: "curl", Files: []string{"/"}},
	} {
		if _, err := sbom.VEX(vexManifest(), []sbom.Vulnerability{v}, sbom.VEXOptions{}); err == nil || !strings.HasPrefix(err.Error(), "cannot state ") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}
