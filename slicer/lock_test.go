package slicer_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

func lockText(t *testing.T, l *lock.Lock) string {
	t.Helper()
	var b bytes.Buffer
	if err := l.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lockOf(t *testing.T, text string, names ...string) *lock.Lock {
	t.Helper()
	w := wantOf(t, text, names...)
	s := selectAll(t, w)
	return lock.New(w, s)
}

func TestLockRoundTrip(t *testing.T) {
	locked := lockOf(t, threePackages, "tool", "dash_bins", "tool")
	text := lockText(t, locked)
	back, err := lock.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(locked, back); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
	if again := lockText(t, back); again != text {
		t.Errorf("-first +second:\n%s", cmp.Diff(text, again))
	}
	if other := lockText(t, lockOf(t, threePackages, "dash_bins", "tool")); other != text {
		t.Errorf("names in another order, from another cache: -first +second:\n%s", cmp.Diff(text, other))
	}
}

// TestLockHasALineForEachThing looks at the text: a change of one package or file is a change of one line.
func TestLockHasALineForEachThing(t *testing.T) {
	text := lockText(t, lockOf(t, threePackages, "tool"))
	for _, want := range []string{
		`"schema": "whittle.lock/1"`, "\n    \"tool\"", `{"name":"libx1","version":"2.0-1","arch":"amd64","sha256":"`,
		`"origin":"Debian trixie","filename":"pool/main/l/libx1/libx1_2.0-1_amd64.deb","section":"libs"}`, `{"suite":"trixie","origin":"Debian","date":"2026-01-01T00:00:00Z","sha256":"`,
		`{"layer":"libs","path":"usr/lib/x86_64-linux-gnu/libx.so.1","mode":"0777","link":"libx.so.1.2"}`, `{"name":"slices","digest":"sha256:`,
	} {
		if !slices.ContainsFunc(strings.SplitAfter(text, "\n"), func(line string) bool { return strings.Contains("\n"+line, want) }) {
			t.Errorf("no line has %q in\n%s", want, text)
		}
	}
}

func TestReadLockRefuses(t *testing.T) {
	for name, row := range map[string][2]string{
		"Nothing":       {``, "cannot read lock: EOF"},
		"OtherSchema":   {`{"schema": "whittle.lock/2", "cuts": []}`, `cannot read lock: its schema is "whittle.lock/2", this whittle knows "whittle.lock/1"`},
		"UnknownField":  {`{"schema": "whittle.lock/1", "cuts": [], "signature": "x"}`, `cannot read lock: json: unknown field "signature"`},
		"MoreAfterEnd":  {`{"schema": "whittle.lock/1", "cuts": []} {}`, "cannot read lock: there is more after its end"},
		"PackageTwice":  {`{"schema": "whittle.lock/1", "cuts": [{"arch": "amd64", "packages": [{"name": "a"}, {"name": "a"}]}]}`, "cannot read lock: the packages for amd64 are not sorted by name, each once"},
		"FilesUnsorted": {`{"schema": "whittle.lock/1", "cuts": [{"arch": "amd64", "files": [{"layer": "b"}, {"layer": "a"}]}]}`, "cannot read lock: the files for amd64 are not sorted by layer and path, each once"},
		"ArchTwice":     {`{"schema": "whittle.lock/1", "cuts": [{"arch": "amd64"}, {"arch": "amd64"}]}`, "cannot read lock: its cuts are not sorted by architecture, each once"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := lock.Read(strings.NewReader(row[0])); err == nil || err.Error() != row[1] {
				t.Errorf("got error %v, want %s", err, row[1])
			}
		})
	}
}

func TestLockWithOtherArchitecture(t *testing.T) {
	cut := func(arch, version string) *lock.Lock {
		return &lock.Lock{Schema: lock.Schema, Cuts: []lock.Cut{{Arch: arch, Packages: []lock.Package{{Name: "a", Version: version}}}}}
	}
	got := cut("arm64", "1").With(cut("amd64", "1")).With(cut("arm64", "2"))
	want := []lock.Cut{cut("amd64", "1").Cuts[0], cut("arm64", "2").Cuts[0]}
	if diff := cmp.Diff(want, got.Cuts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLockCheck compares a lock with cuts of an archive that moved on.
func TestLockCheck(t *testing.T) {
	locked := lockOf(t, threePackages, "tool")
	if err := locked.Check(selectOf(t, threePackages, "tool")); err != nil {
		t.Errorf("of the same cut: %v", err)
	}
	moved := strings.NewReplacer("libx1_2.0-1", "libx1_2.0-2", "colour=blue", "colour=grey").Replace(threePackages)
	moved = strings.Replace(moved, "-- deb/libc6", "-- deb/tool_1.0/etc/new.conf --\nnew\n-- deb/libc6", 1)
	err := locked.Check(selectOf(t, moved, "tool"))
	var differs *lock.Error
	if !errors.As(err, &differs) {
		t.Fatalf("got error %v", err)
	}
	text := strings.Join(differs.Lines, "\n")
	for _, want := range []string{
		"package libx1: version 2.0-2 instead of 2.0-1", "package tool: sha256 of version 1.0 ", "layer slices: digest sha256:",
		"file slices:etc/new.conf is not locked", "file slices:etc/tool.conf: sha256 ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	err = locked.Check(selectOf(t, threePackages, "libx1"))
	if err == nil || !strings.Contains(err.Error(), "cannot keep to the lock: package dash is missing; ") || !strings.Contains(err.Error(), " more") {
		t.Errorf("got error %v", err)
	}
	other := selectOf(t, threePackages, "tool")
	other.Arch = "arm64"
	if err := locked.Check(other); err == nil || err.Error() != "cannot keep to the lock: it has no cut for arm64" {
		t.Errorf("got error %v", err)
	}
}

// twoVersions is an archive that has the locked version of libx1 and a newer one.
const twoVersions = threePackages + `
-- deb/libx1_2.0-2/DEBIAN/control --
Source: x
Section: libs
-- deb/libx1_2.0-2/usr/lib/x86_64-linux-gnu/libx.so.1 --
-> libx.so.1.3
-- deb/libx1_2.0-2/usr/lib/x86_64-linux-gnu/libx.so.1.3 --
elf soname=libx.so.1
-- deb/libx1_2.0-2/usr/share/doc/libx1 --
-> tool
`

func TestPinServesLockedVersionBesideNewerOne(t *testing.T) {
	lock := lockOf(t, threePackages, "tool")
	w := wantOf(t, twoVersions, "tool")
	free := selectAll(t, w)
	if err := lock.Check(free); err == nil {
		t.Fatal("without a pin the newer version was not taken")
	}
	w.Sources = []packages.Source{lock.Pin("amd64", w.Sources...)}
	if err := lock.Check(selectAll(t, w)); err != nil {
		t.Errorf("pinned: %v", err)
	}
}

func TestPinFallsThroughToSourceThatHasIt(t *testing.T) {
	lock := lockOf(t, threePackages, "tool")
	moved := strings.ReplaceAll(threePackages, "libx1_2.0-1", "libx1_2.0-9")
	w := wantOf(t, moved, "tool")
	w.Sources = []packages.Source{lock.Pin("amd64", w.Sources[0], wantOf(t, threePackages).Sources[0])}
	if err := lock.Check(selectAll(t, w)); err != nil {
		t.Error(err)
	}
}

// TestPinNamesDifference pins archives that do not have what is locked any more.
func TestPinNamesDifference(t *testing.T) {
	locked := lockOf(t, threePackages, "tool")
	for name, row := range map[string]struct{ text, want string }{
		"NewerVersion": {strings.ReplaceAll(threePackages, "libx1_2.0-1", "libx1_2.0-2"), "package libx1 of the Debian archive: version 2.0-2 instead of 2.0-1"},
		"Gone":         {threePackages[:strings.Index(threePackages, "-- deb/dash")], "package dash 0.5 is not in the Debian archive"},
		"Rebuilt":      {strings.Replace(threePackages, "blue", "grey", 1), "package tool of the Debian archive: sha256 of version 1.0 "},
	} {
		t.Run(name, func(t *testing.T) {
			w := wantOf(t, row.text, "tool")
			w.Sources = []packages.Source{locked.Pin("amd64", w.Sources...)}
			_, err := slicer.Select(t.Context(), w)
			var differs *lock.Error
			if !errors.As(err, &differs) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got error %v, want %s", err, row.want)
			}
		})
	}
}

func TestPinWithoutCutOfArchitecture(t *testing.T) {
	s := (&lock.Lock{Schema: lock.Schema}).Pin("arm64", archiveOf(t, slicertest.Deb{Files: []slicertest.DebFile{{Path: "a"}}}))
	_, err := s.Package(t.Context(), "pkg")
	if err == nil || err.Error() != "cannot keep to the lock: it has no cut for arm64" {
		t.Errorf("got error %v", err)
	}
}

// TestPinOffersLockedProvider pins a dependency that two packages provide.
func TestPinOffersLockedProvider(t *testing.T) {
	one := `
-- deb/app_1/DEBIAN/control --
Depends: mailer
-- deb/app_1/usr/bin/app --
app
-- deb/zmail_1/DEBIAN/control --
Provides: mailer
-- deb/zmail_1/usr/bin/zmail --
mail
`
	two := one + `-- deb/amail_1/DEBIAN/control --
Provides: mailer
-- deb/amail_1/usr/bin/amail --
mail
`
	lock := lockOf(t, one, "app")
	w := wantOf(t, two, "app")
	w.Sources = []packages.Source{lock.Pin("amd64", w.Sources...)}
	if err := lock.Check(selectAll(t, w)); err != nil {
		t.Error(err)
	}
}

// TestSubsetAsSource selects from a few packages of an archive before the whole of it.
func TestSubsetAsSource(t *testing.T) {
	all := openArchive(t, slicertest.ArchiveOf(txtar.Parse([]byte(threePackages)), slicertest.NewKey("test", slicertest.KeyOptions{})))
	few := packages.Subset(all, "unpacked packages", []string{"tool", "libx1"})
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{few, all}}
	fileOf(t, selectAll(t, w), "usr/bin/sh")
	if _, err := few.Package(t.Context(), "dash"); !errors.Is(err, packages.ErrNoPackage) || err.Error() != "cannot find package dash among unpacked packages: no such package" {
		t.Errorf("got error %v", err)
	}
	owners, err := few.Owners(t.Context(), "libx.so.1")
	if diff := cmp.Diff([]packages.Owner{{Path: "usr/lib/x86_64-linux-gnu/libx.so.1", Package: "libx1"}}, owners); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if owners, err := few.Owners(t.Context(), "libc.so.6"); err != nil || owners != nil {
		t.Errorf("got owners %v, %v of a library outside", owners, err)
	}
}
