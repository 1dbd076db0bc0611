package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
)

func TestChooseDependsOnNamesAlone(t *testing.T) {
	names := strings.Fields("a b c d e f g h i j")
	fit := func(name string) (bool, error) { return name != "c", nil }
	first, err := choose(names, 5, fit)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(names)
	again, err := choose(append(names, "a", "e"), 5, fit)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" || len(first) != 5 || slices.Contains(first, "c") {
		t.Errorf("chose %v, then in another order %v", first, again)
	}
}

func TestChooseChangesOneEntryForOneThatIsNotFit(t *testing.T) {
	names := strings.Fields("a b c d e f g h i j")
	first, err := choose(names, 5, func(string) (bool, error) { return true, nil })
	if err != nil {
		t.Fatal(err)
	}
	without, err := choose(names, 5, func(name string) (bool, error) { return name != first[2], nil })
	if err != nil {
		t.Fatal(err)
	}
	left := slices.DeleteFunc(slices.Clone(without), func(n string) bool { return slices.Contains(first, n) })
	if len(left) != 1 {
		t.Errorf("%v became %v", first, without)
	}
}

func TestOwnersOfPrograms(t *testing.T) {
	const contents = `bin/old                admin/old
usr/bin/a program      utils/spaced
usr/bin/both           utils/one,contrib/x/two
usr/bin/deep/program   utils/deep
usr/games/play         games/play
usr/sbin/serve         net/serve
usr/share/bin/x        doc/share
`
	got := map[string]bool{}
	if err := addOwners(strings.NewReader(contents), got); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"old": true, "spaced": true, "one": true, "two": true, "play": true, "serve": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages with programs (-want +got):\n%s", diff)
	}
}

func TestTransitionalPackagesDoNotCount(t *testing.T) {
	for _, row := range []struct {
		p    packages.Package
		want bool
	}{
		{packages.Package{Description: "text editor", Section: "editors"}, true},
		{packages.Package{Description: "text editor (transitional package)", Section: "editors"}, false},
		{packages.Package{Description: "old library", Section: "oldlibs"}, false},
		{packages.Package{Description: "Metapackage for games", Section: "games"}, false},
	} {
		if got := counts(&row.p); got != row.want {
			t.Errorf("%q counts: %v", row.p.Description, got)
		}
	}
}

// TestNoPackageHasADefinition keeps the study honest: a package that somebody has written a definition for since must
// be picked anew.
func TestNoPackageHasADefinition(t *testing.T) {
	names, err := readList("packages.txt")
	if err != nil {
		t.Fatal(err)
	}
	defined, err := definedPackages()
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != wanted || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != wanted {
		t.Errorf("packages.txt has %d names, want %d sorted ones", len(names), wanted)
	}
	for _, n := range names {
		if defined[n] {
			t.Errorf("%s has a definition: pick the packages again (remove packages.txt and run scripts/study.sh)", n)
		}
	}
}

// TestCommittedTables reads what the repository has.
func TestCommittedTables(t *testing.T) {
	names, err := readList("packages.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"baseline.tsv", "results.tsv"} {
		rows, err := readRows(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if !slices.Contains(names, r.Package) || order(r.Place) < 0 {
				t.Errorf("%s has a row of %s at %s", table, r.Package, r.Place)
			}
		}
	}
	why, err := readReasons("reasons.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name := range why {
		if !slices.Contains(names, name) {
			t.Errorf("reasons.txt has %s, which is not in the study", name)
		}
	}
}

func TestTablesKeepWhatIsWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "t.tsv")
	rows := []row{
		{"b", "1", inChroot, "/usr/bin/b", "--help", 3, silent, "two\nlines\tand a tab\x00"},
		{"b", "1", inCut, "", "", 0, cutDone, "3 files, 4 kB"},
		{"a", "2", inDoors, "/usr/bin/a", "--version", 0, equal, ""},
	}
	if err := writeRows(name, rows); err != nil {
		t.Fatal(err)
	}
	got, err := readRows(name)
	if err != nil {
		t.Fatal(err)
	}
	want := []row{rows[2], rows[1], rows[0]}
	want[2].Detail = "two lines and a tab "
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	first, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeRows(name, got); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(first, again) {
		t.Errorf("written again, the table differs: %v", err)
	}
}

func TestDamagedTablesAreRefused(t *testing.T) {
	for _, text := range []string{"a\tb\n", heading + "a\t1\tcut\t\t\tnone\tdone\t\n"} {
		name := filepath.Join(t.TempDir(), "t.tsv")
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if rows, err := readRows(name); err == nil {
			t.Errorf("%q was read as %v", text, rows)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, row := range []struct {
		a    answer
		want bool
	}{
		{answer{Stdout: []byte("tool 1.0\n")}, true},
		{answer{Stderr: []byte("tool 1.0\n")}, true},
		{answer{Stdout: []byte("\n")}, false},
		{answer{Exit: 1, Stdout: []byte("usage")}, false},
		{answer{Exit: 127, Error: "no such file"}, false},
	} {
		if got := row.a.answered(); got != row.want {
			t.Errorf("%+v answers: %v", row.a, got)
		}
	}
}

func TestDigestLeavesOutWhatIsFleeting(t *testing.T) {
	a := answer{Stdout: []byte("tool 1.0\nstarted at 10:11:12.5 in /tmp/x1 with 0x7ffe00112233\n")}
	b := answer{Stdout: []byte("tool 1.0\nstarted at 9:05 in /tmp/abc with 0x55aa00bb11cc\n")}
	if a.digest() != b.digest() {
		t.Error("equal answers of two runs have two digests")
	}
	if c := (answer{Stdout: []byte("tool 1.1\n")}); c.digest() == (answer{Stdout: []byte("tool 1.0\n")}).digest() {
		t.Error("two versions have one digest")
	}
	if c := (answer{Stderr: []byte("x")}); c.digest() == (answer{Stdout: []byte("x")}).digest() {
		t.Error("an error and a result have one digest")
	}
}

func TestFirstPrograms(t *testing.T) {
	files := strings.Fields("/. /usr/bin/a /usr/bin/b /usr/sbin/c /usr/bin/tool /usr/share/tool/bin/no /usr/games/d /usr/bin/e /usr/bin/f /usr/bin/g")
	want := strings.Fields("/usr/bin/tool /usr/bin/a /usr/bin/b /usr/bin/e /usr/bin/f /usr/bin/g")
	if diff := cmp.Diff(want, firstPrograms("tool", files)); diff != "" {
		t.Errorf("programs (-want +got):\n%s", diff)
	}
}

func TestReasons(t *testing.T) {
	name := filepath.Join(t.TempDir(), "reasons.txt")
	if err := os.WriteFile(name, []byte("# why\n\na: needs a display: none here\nb:  wants rm\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := readReasons(name)
	if err != nil {
		t.Fatal(err)
	}
	want := reasons{"a": "needs a display: none here", "b": "wants rm"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(name, []byte("no package here\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readReasons(name); err == nil {
		t.Error("a line without a package was taken")
	}
}

func TestReportCountsWhatTablesSay(t *testing.T) {
	before := []row{
		{Package: "good", Place: onDebian, Outcome: installed, Detail: "1 packages of 79, 10 kB of 1000"},
		{Package: "good", Place: onDebian, Program: "/usr/bin/good", Argument: "--version", Outcome: answers, Detail: "d1"},
		{Package: "half", Place: onDebian, Outcome: installed, Detail: "1 packages of 79, 10 kB of 1000"},
		{Package: "half", Place: onDebian, Program: "/usr/bin/half", Argument: "--version", Exit: 1, Outcome: silent},
		{Package: "half", Place: onDebian, Program: "/usr/bin/half", Argument: "--help", Outcome: answers, Detail: "d2"},
		{Package: "half", Place: onDebian, Program: "/usr/bin/other", Argument: "--version", Outcome: answers, Detail: "d3"},
		{Package: "mute", Place: onDebian, Outcome: installed, Detail: "1 packages of 79, 10 kB of 1000"},
		{Package: "mute", Place: onDebian, Program: "/usr/bin/mute", Argument: "--version", Exit: 1, Outcome: silent},
		{Package: "never", Place: onDebian, Outcome: refused, Exit: 100, Detail: "unmet"},
		{Package: "uncut", Place: onDebian, Outcome: installed, Detail: "1 packages of 79, 10 kB of 1000"},
		{Package: "uncut", Place: onDebian, Program: "/usr/bin/uncut", Argument: "--version", Outcome: answers, Detail: "d4"},
	}
	after := []row{
		{Package: "good", Place: inCut, Outcome: cutDone, Detail: "3 files, 500 kB"},
		{Package: "good", Place: inProof, Outcome: proven},
		{Package: "good", Place: inChroot, Program: "/usr/bin/good", Argument: "--version", Outcome: equal},
		{Package: "good", Place: inDoors, Outcome: cutDone, Detail: "1 files, 5 kB"},
		{Package: "good", Place: inDoors, Program: "/usr/bin/good", Argument: "--version", Outcome: answers},
		{Package: "half", Place: inCut, Outcome: cutDone, Detail: "3 files, 500 kB"},
		{Package: "half", Place: inProof, Exit: 1, Outcome: incomplete, Detail: "1: x needs y"},
		{Package: "half", Place: inTruth, Outcome: truthful, Detail: "1 of 1"},
		{Package: "half", Place: inChroot, Program: "/usr/bin/half", Argument: "--help", Outcome: equal},
		{Package: "half", Place: inChroot, Program: "/usr/bin/other", Argument: "--version", Exit: 127, Outcome: silent, Detail: "no such file"},
		{Package: "half", Place: inDoors, Outcome: cutDone, Detail: "1 files, 5 kB"},
		{Package: "half", Place: inDoors, Program: "/usr/bin/half", Argument: "--help", Outcome: equal},
		{Package: "half", Place: inDoors, Program: "/usr/bin/other", Argument: "--version", Outcome: equal},
		{Package: "mute", Place: inCut, Outcome: cutDone, Detail: "3 files, 500 kB"},
		{Package: "mute", Place: inProof, Outcome: proven},
		{Package: "mute", Place: inDoors, Outcome: cutDone, Detail: "1 files, 5 kB"},
		{Package: "uncut", Place: inCut, Exit: 2, Outcome: cutFailed, Detail: "conflict"},
		{Package: "uncut", Place: inDoors, Exit: 2, Outcome: cutFailed, Detail: "conflict"},
	}
	got := count(strings.Fields("good half later mute never uncut"), before, after, reasons{"half": "y is for debuggers"})
	want := numbers{
		Seed: seed, Picked: 6, Refused: []string{"never"}, Answering: of{3, 4},
		Cut: of{3, 4}, Proven: of{2, 4}, Truthful: of{3, 4},
		Chroot: of{1, 3}, ChrootPrograms: of{2, 4}, ChrootEqual: of{2, 4},
		Doors: of{2, 3}, DoorsPrograms: of{3, 4}, DoorsEqual: of{2, 4},
		CutMB: 1.5, DebianMB: 3.072, NotYetRun: 2, NotYetBaseline: 1,
		Failures: []failure{
			{"half", "proof: 1: x needs y; chroot: /usr/bin/other --version ends with 127, no such file", "y is for debuggers"},
			{"uncut", "cut: conflict; doors: conflict", "not yet understood"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestFindingsAreTruthfulWhereDebianHasThem(t *testing.T) {
	cut := []missing.Finding{
		{Kind: missing.Library, Importer: "/usr/lib/plug.so", Name: "liba.so.1", Package: "liba1"},
		{Kind: missing.Symbol, Importer: "/usr/lib/plug.so", Name: "a", Version: "V1"},
		{Kind: missing.Symbol, Importer: "/usr/lib/plug.so", Name: "a", Version: "V2"},
	}
	debian := []missing.Finding{
		{Kind: missing.Library, Importer: "/usr/lib/plug.so", Name: "liba.so.1"},
		{Kind: missing.Symbol, Importer: "/usr/lib/plug.so", Name: "a", Version: "V1"},
		{Kind: missing.Library, Importer: "/usr/lib/other.so", Name: "liba.so.1"},
	}
	if diff := cmp.Diff(cut[2:], without(cut, debian)); diff != "" {
		t.Errorf("findings that Debian does not have (-want +got):\n%s", diff)
	}
}
