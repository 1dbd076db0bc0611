package slicer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

func TestStatusOfPackage(t *testing.T) {
	s := selectOf(t, strings.Replace(threePackages, "Section: libs", "Section: libs\nHomepage: https://x.example/\nPriority: optional", 1), "libx1")
	want := `Package: libx1
Status: install ok installed
Priority: optional
Section: libs
Maintainer: A Test <test@example.com>
Architecture: amd64
Source: x
Version: 2.0-1
Description: a package made by a test
Homepage: https://x.example/
`
	got := bodyOf(t, s, contract.LayerSlices, "var/lib/dpkg/status.d/libx1")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMD5SumsListTheLayersFiles holds md5sums against md5sum(1)'s answer for the bytes "colour=blue\n": the record lists
// the files that were cut and no others, and no links.
func TestMD5SumsListTheLayersFiles(t *testing.T) {
	s := selectOf(t, threePackages, "tool_config")
	got := bodyOf(t, s, contract.LayerSlices, "var/lib/dpkg/status.d/tool.md5sums")
	if want := "4c54a78208ea8cf9083f72e6ef3ce076  etc/tool.conf\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s = selectOf(t, threePackages, "libx1_libs")
	got = bodyOf(t, s, contract.LayerSlices, "var/lib/dpkg/status.d/libx1.md5sums")
	if !strings.HasSuffix(got, "  usr/lib/x86_64-linux-gnu/libx.so.1.2\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
}

// TestCopyrightThroughLinks cuts packages whose copyright file is another package's, in the ways that Debian has.
func TestCopyrightThroughLinks(t *testing.T) {
	const text = "Format: 1.0\nLicense: MIT\n"
	owner := "-- deb/owner_1/usr/share/doc/owner/copyright --\n" + text
	for name, row := range map[string]struct{ deb, want string }{
		"DirectoryIsLink": {"-- deb/pkg_1/usr/share/doc/pkg --\n-> owner\n", text},
		"AbsoluteLink":    {"-- deb/pkg_1/usr/share/doc/pkg --\n-> /usr/share/doc/owner\n", text},
		"FileIsLink":      {"-- deb/pkg_1/usr/share/doc/pkg/copyright --\n-> ../owner/copyright\n", text},
		"LinkInPackage":   {"-- deb/pkg_1/usr/share/doc/pkg/copyright --\n-> copyright.real\n-- deb/pkg_1/usr/share/doc/pkg/copyright.real --\nown\n", "own\n"},
		"LinkOfLink":      {"-- deb/pkg_1/usr/share/doc/pkg --\n-> other\n-- deb/other_1/usr/share/doc/other --\n-> owner\n", text},
		"Circle":          {"-- deb/pkg_1/usr/share/doc/pkg --\n-> other\n-- deb/other_1/usr/share/doc/other --\n-> pkg\n", ""},
		"None":            {"-- deb/pkg_1/usr/share/doc/pkg/changelog --\nx\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := selectOf(t, owner+row.deb+"-- deb/pkg_1/etc/pkg --\nx\n", "pkg")
			var got string
			for _, f := range s.Files {
				if f.Path == "usr/share/doc/pkg/copyright" {
					got = bodyOf(t, s, f.Layer, f.Path)
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if len(s.Packages) != 1 || s.Packages[0].Name != "pkg" {
				t.Errorf("reading a copyright file took packages: %v", s.Packages)
			}
		})
	}
}

// A slice that takes the link has the copyright file behind it, not below it, where there is no directory.
func TestCopyrightBehindALinkThatIsTaken(t *testing.T) {
	const text = "Format: 1.0\nLicense: MIT\n"
	debs := "-- deb/owner_1/usr/share/doc/owner/copyright --\n" + text + "-- deb/pkg_1/usr/share/doc/pkg --\n-> owner\n"
	s := selectOf(t, debs, "pkg_copyright")
	if got := bodyOf(t, s, contract.LayerSlices, "usr/share/doc/owner/copyright"); got != text {
		t.Errorf("got %q, want %q", got, text)
	}
}

func TestLicenseOfPackage(t *testing.T) {
	s := selectOf(t, threePackages, "tool_config", "dash_bins")
	got := map[string]string{}
	for _, p := range s.Packages {
		got[p.Name] = p.License
	}
	if diff := cmp.Diff(map[string]string{"tool": "GPL-2+ AND MIT", "dash": "", "libc6": ""}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestManifestRoundTrip(t *testing.T) {
	w := wantOf(t, threePackages, "tool")
	w.Floor = floorWithDoors()
	s := selectAll(t, w)
	s.Release = "debian-13"
	text := encode(t, &s.Manifest)
	back, err := manifest.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&s.Manifest, back); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
	if len(back.Files) == 0 || len(back.Edges) == 0 || back.RunImage == nil || len(back.Archives) == 0 {
		t.Errorf("the manifest says nothing: %s", text)
	}
}

func TestReadManifestRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema":"whittle.manifest/2"}`: `cannot read manifest: its schema is "whittle.manifest/2", this whittle knows "whittle.manifest/1"`,
		`{}`:                              `cannot read manifest: its schema is "", this whittle knows "whittle.manifest/1"`,
		`{"schema":`:                      "cannot read manifest: unexpected EOF",
		`[]`:                              "cannot read manifest: json: cannot unmarshal array into Go value of type manifest.Manifest",
	} {
		if _, err := manifest.Read(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", text, err, want)
		}
	}
}
