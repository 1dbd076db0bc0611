package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/manifest"
)

// TestLeftOutTellsReasonsApart leaves out classes of files for two reasons.
func TestLeftOutTellsReasonsApart(t *testing.T) {
	m := &manifest.Manifest{Omitted: []manifest.Omission{
		{Name: "git: manual pages", Reason: "no program reads them"},
		{Name: "perl: bins", Reason: "they are for developers"},
		{Name: "perl: documentation", Reason: "no program reads them"},
		{Name: "dpkg", Reason: "it installs packages"},
	}}
	var b strings.Builder
	if err := printLeftOut(&b, m, ""); err != nil {
		t.Fatal(err)
	}
	want := `left out:
  no program reads them: documentation, manual pages of 2 packages
  they are for developers: bins of 1 package
  it installs packages: dpkg
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
