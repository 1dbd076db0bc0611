package contract

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testFloor is a floor with something of every kind.
func testFloor() *Floor {
	return &Floor{
		Schema: FloorSchema, ID: "whittle.test.base", Arch: "amd64",
		Packages: []FloorPackage{{"libc6", "2.41-1"}, {"libz1", "1:1.3-1"}},
		Files:    []string{"etc/passwd", "usr/lib/libc.so.6", "usr/lib/libz.so.1", "usr/lib/libz.so.1.3"},
		Links:    map[string]string{"usr/lib/libz.so.1": "libz.so.1.3"},
		Libraries: []FloorLibrary{
			{Soname: "libc.so.6", Path: "/usr/lib/libc.so.6", Versions: []string{"GLIBC_2.2.5", "GLIBC_2.38", "GLIBC_PRIVATE"}, Symbols: []string{
				"arc4random@@GLIBC_2.38", "inner@@GLIBC_PRIVATE", "malloc@@GLIBC_2.2.5",
			}},
			{Soname: "libz.so.1", Path: "/usr/lib/libz.so.1.3", Needed: []string{"libc.so.6"}, Symbols: []string{"deflate", "inflate"}},
		},
		Doors: Doors{{Path: "opt/x", Layer: "slices", Target: "opt/x"}, {Path: "usr/bin", Layer: "slices", Target: "usr/bin"}},
		Path:  []string{"/usr/local/bin", "/usr/bin"},
	}
}

func TestPromiseLeavesOutWhatUpdatesChange(t *testing.T) {
	want := &Promise{
		Schema: PromiseSchema, ID: "whittle.test.base", Arch: "amd64",
		Packages: []FloorPackage{{"libc6", "2.41-1"}, {"libz1", "1:1.3-1"}},
		Files:    []string{"etc/passwd", "usr/lib/libc.so.6", "usr/lib/libz.so.1"},
		Libraries: []PromisedLibrary{
			{Soname: "libc.so.6", Versions: []string{"GLIBC_2.2.5", "GLIBC_2.38"}}, {Soname: "libz.so.1", Symbols: []string{"deflate", "inflate"}},
		},
		Doors: Doors{{Path: "opt/x", Layer: "slices", Target: "opt/x"}, {Path: "usr/bin", Layer: "slices", Target: "usr/bin"}},
		Path:  []string{"/usr/local/bin", "/usr/bin"},
	}
	if d := cmp.Diff(want, testFloor().Promise()); d != "" {
		t.Error(d)
	}
}

func TestPromiseIsWrittenAndRead(t *testing.T) {
	var text bytes.Buffer
	want := testFloor().Promise()
	if err := want.Encode(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{` {"name":"libz1","version":"1:1.3-1"}`, ` "usr/lib/libz.so.1"`, ` {"soname":"libc.so.6","versions":["GLIBC_2.2.5","GLIBC_2.38"]},`} {
		if !strings.Contains(text.String(), "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, &text)
		}
	}
	got, err := ReadPromise(&text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "[]", `{"schema":"whittle.floor/1"}`, `{"schema":"whittle.promise/1","files":{}}`} {
		if _, err := ReadPromise(strings.NewReader(bad)); err == nil || !strings.HasPrefix(err.Error(), "cannot read promise: ") {
			t.Errorf("ReadPromise(%q): %v", bad, err)
		}
	}
}

func TestLossesAndGains(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(*Floor)
		lost, gained []string
	}{
		"nothing": {func(*Floor) {}, nil, nil},
		"a package": {
			func(f *Floor) { f.Packages = []FloorPackage{{"libc6", "2.41-1"}, {"libnew", "1"}} },
			[]string{"package libz1"},
			[]string{"package libnew"},
		},
		"a newer package": {func(f *Floor) { f.Packages[0].Version = "2.41-10" }, nil, nil},
		"an older package": {
			func(f *Floor) { f.Packages[1].Version = "1.9-1" }, // without the epoch
			[]string{"package libz1: 1.9-1 is older than the promised 1:1.3-1"}, nil,
		},
		"a file": {
			func(f *Floor) { f.Files[0] = "etc/group" },
			[]string{"file /etc/passwd"},
			[]string{"file /etc/group"},
		},
		"the real name of a library": {func(f *Floor) {
			f.Files[3], f.Libraries[1].Path, f.Links["usr/lib/libz.so.1"] = "usr/lib/libz.so.1.4", "/usr/lib/libz.so.1.4", "libz.so.1.4"
		}, nil, nil},
		"a library, and not its symbols besides": {
			func(f *Floor) { f.Libraries = f.Libraries[:1]; f.Files = f.Files[:3] },
			[]string{"library libz.so.1"},
			nil,
		},
		"a library with another soname": {
			func(f *Floor) { f.Libraries[0].Soname, f.Libraries[0].Path = "libc.so.7", "/usr/lib/libc.so.7" },
			[]string{"library libc.so.6"},
			[]string{"library libc.so.7"},
		},
		"a symbol version": {
			func(f *Floor) { f.Libraries[0].Versions = []string{"GLIBC_2.2.5", "GLIBC_2.39"} },
			[]string{"symbol version GLIBC_2.38 of libc.so.6"},
			[]string{"symbol version GLIBC_2.39 of libc.so.6"},
		},
		"private symbols": {func(f *Floor) {
			f.Libraries[0].Versions, f.Libraries[0].Symbols = []string{"GLIBC_2.2.5", "GLIBC_2.38"}, []string{"arc4random@@GLIBC_2.38", "malloc@@GLIBC_2.2.5"}
		}, nil, nil},
		"a symbol of a library without versions": {
			func(f *Floor) { f.Libraries[1].Symbols = []string{"deflate"} },
			[]string{"symbol inflate of libz.so.1"},
			nil,
		},
		"symbols that get versions": {func(f *Floor) {
			f.Libraries[1].Versions, f.Libraries[1].Symbols = []string{"Z_1"}, []string{"deflate@@Z_1", "inflate@@Z_1"}
		}, nil, []string{"symbol version Z_1 of libz.so.1"}},
		"a door": {
			func(f *Floor) { f.Doors = Doors{{Path: "opt/y", Layer: "slices", Target: "opt/y"}, f.Doors[1]} },
			[]string{"door /opt/x"},
			[]string{"door /opt/y"},
		},
		"a door that is moved": {
			func(f *Floor) { f.Doors = Doors{f.Doors[0], {Path: "usr/bin", Layer: "python", Target: "usr/bin"}} },
			[]string{"door /usr/bin: it leads to /layers/whittle_whittle/python/usr/bin and no longer to /layers/whittle_whittle/slices/usr/bin"},
			nil,
		},
		"PATH": {
			func(f *Floor) { f.Path = []string{"/bin", "/usr/bin"} },
			[]string{"directory of PATH /usr/local/bin"},
			[]string{"directory of PATH /bin"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			promise, now := testFloor().Promise(), testFloor()
			c.change(now)
			if d := cmp.Diff(c.lost, texts(promise.Losses(now))); d != "" {
				t.Errorf("lost: %s", d)
			}
			if d := cmp.Diff(c.gained, texts(promise.Gains(now))); d != "" {
				t.Errorf("gained: %s", d)
			}
			err, lost := promise.Keep(now), new(LossError)
			if kept := err == nil; kept != (len(c.lost) == 0) || !kept && !errors.As(err, &lost) {
				t.Errorf("Keep: %v", err)
			}
		})
	}
}

func texts(parts []Part) []string {
	var all []string
	for _, p := range parts {
		all = append(all, p.String())
	}
	return all
}

func TestPromiseIsForOneIDAndArchitecture(t *testing.T) {
	for _, change := range []func(*Floor){func(f *Floor) { f.ID = "whittle.test.cc" }, func(f *Floor) { f.Arch = "arm64" }} {
		f := testFloor()
		change(f)
		if err := testFloor().Promise().Keep(f); err == nil || !strings.HasPrefix(err.Error(), "cannot hold run image ") {
			t.Errorf("Keep: %v", err)
		}
	}
}

// A floor within a promise is what builds may count on, and its digest stays where an update changes nothing that they see.
func TestWithinAPromise(t *testing.T) {
	was := testFloor()
	promise := was.Promise()
	before := was.Within(promise)
	if d := cmp.Diff(was, before); d != "" {
		t.Errorf("a floor within its own promise: %s", d)
	}
	now := testFloor()
	now.Packages = []FloorPackage{{"busybox", "1"}, {"libc6", "2.41-2"}, {"libz1", "1:1.3-1"}}
	now.Files = append([]string{"busybox/sh"}, now.Files...)
	now.Libraries[0].Versions = append(now.Libraries[0].Versions, "GLIBC_2.99")
	now.Libraries[0].Symbols = append(now.Libraries[0].Symbols, "soon@@GLIBC_2.99")
	now.Libraries[1].Symbols = append(now.Libraries[1].Symbols, "more")
	now.Libraries = append(now.Libraries, FloorLibrary{Soname: "libnew.so.1", Path: "/usr/lib/libnew.so.1"})
	now.Doors = append(now.Doors, Door{Path: "var/x", Layer: "slices", Target: "var/x"})
	if d := cmp.Diff(before, now.Within(promise)); d != "" {
		t.Errorf("gains are in the floor: %s", d)
	}
	if now.Within(promise).Digest() != before.Digest() {
		t.Error("the digest of the floor is another")
	}
}

func TestPromiseGrows(t *testing.T) {
	now := testFloor()
	now.Packages = []FloorPackage{{"libc6", "2.41-2"}, {"libnew", "3"}, {"libz1", "1:1.3-1"}}
	now.Files = append(now.Files, "usr/lib/new")
	more := testFloor().Promise().With(now)
	if d := cmp.Diff([]FloorPackage{{"libc6", "2.41-1"}, {"libnew", "3"}, {"libz1", "1:1.3-1"}}, more.Packages); d != "" {
		t.Error(d)
	}
	if len(more.Gains(now)) > 0 || len(more.Losses(testFloor())) != 2 {
		t.Errorf("gains %v, losses %v", more.Gains(now), more.Losses(testFloor()))
	}
	if d := cmp.Diff(now.Promise(), (*Promise)(nil).With(now)); d != "" {
		t.Errorf("the first promise: %s", d)
	}
}

func TestDoorsThatAreFilledAreShared(t *testing.T) {
	table := Doors{
		{Path: "etc/fonts", Layer: "slices", Target: "etc/fonts"},
		{Path: "opt/x", Layer: "slices", Target: "opt/x"},
		{Path: "usr/local/bin", Layer: "slices", Target: "usr/bin"},
		{Path: "usr/share", Layer: "slices", Target: "usr/share"},
	}
	filled := table.Fill([]string{"etc/fonts/fonts.conf", "etc/passwd", "opt/x", "usr/local/bin/tool", "usr/share/zoneinfo/UTC"})
	want := Doors{{Path: "etc/fonts", Layer: "slices", Target: "etc/fonts", Filled: true}, table[1], table[2], table[3]}
	if d := cmp.Diff(want, filled); d != "" {
		t.Error(d)
	}
	if table[0].Filled {
		t.Error("the table itself was changed")
	}
	const at = "layers/whittle_whittle/slices/etc/fonts/fonts.conf"
	if got := filled.Place("etc/fonts/fonts.conf"); got != at {
		t.Errorf("the file lies at %s", got)
	}
	if own, ok := filled.Own(at); !ok || own != "etc/fonts/fonts.conf" {
		t.Errorf("the file is seen at %s, %t", own, ok)
	}
	if own, ok := table.Own(at); ok {
		t.Errorf("a file of an app's layer is the run image's own, at %s", own)
	}
}
