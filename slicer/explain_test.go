package slicer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
)

func explained(t *testing.T, m *slicer.Manifest, query string) string {
	t.Helper()
	found, err := slicer.Explain(m, query)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, e := range found {
		if err := e.Write(&b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestExplain asks about a cut for a run image, and about the same cut as a root.
func TestExplain(t *testing.T) {
	text := threePackages + "-- deb/tool_1.0/usr/share/man/man1/tool.1.gz --\nmanual\n"
	image := wantOf(t, text, "tool")
	image.Floor = floorWithDoors()
	inImage, inRoot := selectAll(t, image), selectOf(t, text, "tool")
	for _, row := range []struct {
		name, query string
		of          *slicer.Selection
		want        string
	}{
		{"FileByItsPath", "/usr/bin/tool", inImage, `/layers/whittle_whittle/slices/usr/bin/tool
  slice tool_bins from package tool 1.0
  asked for in project.toml
`},
		{"FileByItsPlace", "/layers/whittle_whittle/slices/usr/bin/sh", inImage, `/layers/whittle_whittle/slices/usr/bin/sh
  slice dash_bins from package dash 0.5
  interpreter /bin/sh of /layers/whittle_whittle/slices/usr/bin/tool-script
    asked for in project.toml
`},
		{"FileOfRoot", "usr/bin/sh", inRoot, `/usr/bin/sh
  slice dash_bins from package dash 0.5
  interpreter /bin/sh of /usr/bin/tool-script
    asked for in project.toml
`},
		{"LibraryOfRoot", "libc.so.6", inRoot, `/usr/lib/x86_64-linux-gnu/libc.so.6
  slice libc6_libs from package libc6 2.41
  needed as libc.so.6 by /usr/bin/dash
    interpreter /bin/sh of /usr/bin/tool-script
      asked for in project.toml
  needed as libc.so.6 by /usr/bin/tool
    asked for in project.toml
`},
		{"LeftOut", "tool: manual pages", inImage, "tool: manual pages\n  left out: no program reads them at run time\n  wanted by project.toml\n"},
		{"Nothing", "emacs", inImage, "cannot explain emacs: no file, package or slice of this image has that name\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, explained(t, &row.of.Manifest, row.query)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if got := explained(t, &inImage.Manifest, "dash"); !strings.HasPrefix(got, "package dash 0.5\n") || !strings.Contains(got, "\n  slice dash_bins\n    interpreter /bin/sh of /layers/whittle_whittle/slices/usr/bin/tool-script\n") {
		t.Errorf("got:\n%s", got)
	}
	if got := explained(t, &inImage.Manifest, "dash_bins"); strings.Count(got, "slice dash_bins from package dash 0.5") != 2 {
		t.Errorf("got:\n%s", got)
	}
}

// TestExplainCircle explains files that need each other.
func TestExplainCircle(t *testing.T) {
	m := &slicer.Manifest{Schema: slicer.ManifestSchema, RunImage: &slicer.RunImage{ID: "x"}, Files: []slicer.ManifestFile{
		{Layer: "libs", Path: "a", Kind: "file", Why: []slicer.Reason{{Kind: slicer.Needed, By: slicer.LayerPath("libs", "b"), Name: "a"}}},
		{Layer: "libs", Path: "b", Kind: "file", Why: []slicer.Reason{{Kind: slicer.Needed, By: slicer.LayerPath("libs", "a"), Name: "b"}}},
	}}
	want := `/layers/whittle_whittle/libs/a
  needed as a by /layers/whittle_whittle/libs/b
    needed as b by /layers/whittle_whittle/libs/a
`
	if diff := cmp.Diff(want, explained(t, m, "/a")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
