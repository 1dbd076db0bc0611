package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/contract"
)

const contents = `usr/bin/tool                        utils/tool
usr/share/tool/a b.txt              utils/tool,doc/tool-data
usr/share/doc/tool/copyright        utils/tool
usr/lib/x86_64-linux-gnu/libx.so.1  libs/libx1
usr/lib/x86_64-linux-gnu/x/y.so     libs/libx1
usr/share/zoneinfo/Europe/Moon      utils/moon
usr/share/two/one                   utils/pair
usr/share/two-more/one              utils/pair
opt/app                             utils/opt
`

func counted(t *testing.T, r *rules) *count {
	t.Helper()
	c := newCount(r)
	if err := c.read(strings.NewReader(contents), "x86_64-linux-gnu"); err != nil {
		t.Fatal(err)
	}
	return c
}

func runRules(t *testing.T, fixed string) *rules {
	t.Helper()
	doors, err := contract.ReadDoors(strings.NewReader(fixed), triplet)
	if err != nil {
		t.Fatal(err)
	}
	r := &rules{fixed: doors, filled: map[string]bool{}}
	r.fill("usr/share/zoneinfo/UTC")
	return r
}

func TestChooseTakesWhatMakesMostPackagesWhole(t *testing.T) {
	c := counted(t, runRules(t, "usr/bin slices\n"))
	got := c.choose(3, 1)
	want := []chosen{
		{path: "usr/share/tool", whole: 2, users: 2},
		{path: "usr/lib/" + triplet + "/x", whole: 1, users: 1},
		{path: "usr/share/two", users: 1, near: 1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(chosen{})); diff != "" {
		t.Errorf("chosen doors (-want +got):\n%s", diff)
	}
	if n := c.whole(); n != 3 {
		t.Errorf("%d packages are whole, want tool, tool-data and libx1", n)
	}
}

func TestChooseLeavesWhatTheFloorFills(t *testing.T) {
	for _, d := range counted(t, runRules(t, "")).choose(100, 1) {
		if d.path == "usr/share/zoneinfo" {
			t.Error("usr/share/zoneinfo is a door, but the floor has files there")
		}
	}
}

func TestChooseLeavesWhatAFixedDoorLiesIn(t *testing.T) {
	for _, d := range counted(t, runRules(t, "usr/share/two/below slices\n")).choose(100, 1) {
		if d.path == "usr/share/two" {
			t.Error("usr/share/two is a door, above the fixed door usr/share/two/below")
		}
	}
}

func TestCheckRefusesFixedDoorAtFloorPath(t *testing.T) {
	filled := func(door string) error {
		r := runRules(t, door+" slices\n")
		r.fill("usr/lib/ssl/cert.pem")
		return r.check()
	}
	for _, door := range []string{"usr/lib/ssl", "usr/lib/ssl/cert.pem", "usr/lib/ssl/cert.pem/x", "usr/share/zoneinfo/UTC"} {
		if err := filled(door); err == nil || !strings.Contains(err.Error(), "cannot keep door "+door) {
			t.Errorf("check of door %s: %v", door, err)
		}
	}
	if err := filled("usr/lib/ssl/private"); err != nil {
		t.Error(err)
	}
}

// The run image's own data lies behind a shared door too, so everything there is at its own path.
func TestSharedDoorMayBeFilled(t *testing.T) {
	r := runRules(t, "usr/share slices\nusr/lib/locale slices\nusr/lib/${TRIPLET}/gconv slices\n")
	r.fill("usr/lib/locale/C.utf8/LC_CTYPE")
	r.fill("usr/lib/" + triplet + "/gconv/UTF-16.so")
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	for _, d := range counted(t, r).choose(100, 1) {
		if strings.HasPrefix(d.path, "usr/share") {
			t.Errorf("%s is chosen behind the door usr/share", d.path)
		}
	}
	if dir, ok := r.where("usr/share/zoneinfo/Europe/Moon"); dir != "" || !ok {
		t.Errorf("a zone of a package needs door %q, reachable %v", dir, ok)
	}
}

func TestRenderedRunTableReads(t *testing.T) {
	r := runRules(t, "usr/bin slices\nusr/local/bin slices usr/bin\n")
	text := render(r, []chosen{{path: "usr/lib/" + triplet + "/x"}}, summary{packages: 4, fixed: 1, chosen: 2, doors: 3})
	got, err := contract.ReadDoors(strings.NewReader(string(text)), "aarch64-linux-gnu")
	if err != nil {
		t.Fatal(err)
	}
	want := contract.Doors{
		{Path: "usr/bin", Layer: "slices", Target: "usr/bin"},
		{Path: "usr/lib/aarch64-linux-gnu/x", Layer: "slices", Target: "usr/lib/aarch64-linux-gnu/x"},
		{Path: "usr/local/bin", Layer: "slices", Target: "usr/bin"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("door table (-want +got):\n%s", diff)
	}
}

func TestRenderedBuildListLeavesWhatTheImageHas(t *testing.T) {
	text := buildTable([]byte("# comment\n/usr/include/libxml2\n/usr/lib/TRIPLET/glib-2.0\n/usr/share/xml\n"))
	doors, err := contract.ReadDoors(strings.NewReader(string(text)), triplet)
	if err != nil {
		t.Fatal(err)
	}
	r := &rules{build: true, fixed: doors, filled: map[string]bool{"usr/share/xml": true}}
	var lines []string
	for line := range strings.Lines(string(render(r, nil, summary{}))) {
		if strings.HasPrefix(line, "/") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff([]string{"/usr/include/libxml2", "/usr/lib/TRIPLET/glib-2.0"}, lines); diff != "" {
		t.Errorf("build doors (-want +got):\n%s", diff)
	}
}
