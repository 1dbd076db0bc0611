package closure

import (
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

const notes = `[{"soname":["libnew.so.2","libold.so.1"],"feature":"must","priority":"required"},
{"soname":["librec.so.1"],"feature":"good","priority":"recommended"},
{"soname":["libsug.so.1"],"feature":"extra","description":"Rarely used","priority":"suggested"}]`

func TestSolveFollowsNotesByPriority(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Dlopen: notes})
	all := offer(needs(t, "/usr/lib", "libold.so.1"), needs(t, "/usr/lib", "librec.so.1"), needs(t, "/usr/lib", "libsug.so.1"))
	for _, c := range []struct {
		notes string
		want  []string
		hints int
	}{
		{"none", nil, 3},
		{"required", []string{"/usr/lib/libold.so.1"}, 2},
		{"", []string{"/usr/lib/libold.so.1", "/usr/lib/librec.so.1"}, 1},
		{"suggested", []string{"/usr/lib/libold.so.1", "/usr/lib/librec.so.1", "/usr/lib/libsug.so.1"}, 0},
	} {
		got := solve(t, Request{Roots: []Library{app}, Find: all, Notes: c.notes})
		if diff := cmp.Diff(c.want, paths(got.Added)); diff != "" || len(got.Hints) != c.hints || len(got.Missing) > 0 {
			t.Errorf("%q: hints %v, missing %v, added (-want +got)\n%s", c.notes, got.Hints, got.Missing, diff)
		}
	}
	none := solve(t, Request{Roots: []Library{app}})
	if len(none.Missing) != 1 || none.Missing[0].Soname != "libnew.so.2" || len(none.Hints) != 2 {
		t.Errorf("without packages: missing %+v, hints %+v", none.Missing, none.Hints)
	}
	present := solve(t, Request{Roots: []Library{app}, Notes: "none", Present: []Library{needs(t, "/usr/lib", "libsug.so.1")}})
	want := []Edge{{From: "/app/x", Soname: "libsug.so.1", To: "/usr/lib/libsug.so.1", Kind: KindDlopenNote, Rule: "extra"}}
	if diff := cmp.Diff(want, present.Edges); diff != "" {
		t.Errorf("what is there anyway (-want +got)\n%s", diff)
	}
}

// The three sources of known dlopen calls stay apart.
func TestSolveTellsTheSourcesOfDlopenApart(t *testing.T) {
	got := solve(t, Request{
		Roots: []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libmain.so.1"}, Dlopen: `[{"soname":["libnote.so.1"],"feature":"f"}]`})},
		Find:  offer(needs(t, "/usr/lib", "libmain.so.1"), needs(t, "/usr/lib", "libnote.so.1"), needs(t, "/usr/lib", "librule.so.1"), needs(t, "/usr/lib", "liblist.so.1")),
		Rules: []DlopenRule{{Name: "r", Library: "libmain.so.*", Sonames: []string{"librule.so.1"}}},
		Extra: []string{"liblist.so.1"},
	})
	want := []Edge{
		{From: "", Soname: "liblist.so.1", To: "/usr/lib/liblist.so.1", Kind: KindListed},
		{From: "/app/x", Soname: "libnote.so.1", To: "/usr/lib/libnote.so.1", Kind: KindDlopenNote, Rule: "f"},
		{From: "/app/x", Soname: "libmain.so.1", To: "/usr/lib/libmain.so.1", Kind: KindNeeded},
		{From: "/usr/lib/libmain.so.1", Soname: "librule.so.1", To: "/usr/lib/librule.so.1", Kind: KindDlopenRule, Rule: "r"},
	}
	if diff := cmp.Diff(want, got.Edges); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSolveListedWithoutRoots(t *testing.T) {
	app := library(t, "/usr/lib/libx.so.1", slicertest.ELF{Soname: "libx.so.1"})
	got := solve(t, Request{Machine: app.Object.Machine, Find: offer(app), Extra: []string{"libx.so.1", "libgone.so.1"}})
	if len(got.Added) != 1 || got.Added[0].Path != app.Path {
		t.Errorf("added %v", paths(got.Added))
	}
	want := []Missing{{Soname: "libgone.so.1", Kind: KindListed, Reason: NotFound}}
	if diff := cmp.Diff(want, got.Missing); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSolveAppliesRulesToTheFloorWhenItIsNeeded(t *testing.T) {
	floor := []FloorLibrary{{Soname: "libcrypto.so.3"}, {Soname: "libsasl2.so.2"}, {Soname: "libc.so.6"}, {Soname: "libgcc_s.so.1"}}
	got := solve(t, Request{
		Roots: []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libcrypto.so.3", "libc.so.6"}})},
		Floor: floor, Rules: Rules(),
	})
	rules := map[string]bool{}
	for _, m := range got.Modules {
		rules[m.Rule] = true
		if !path.IsAbs(m.Glob) {
			t.Errorf("glob %q is not absolute", m.Glob)
		}
	}
	if !rules["openssl"] || rules["sasl"] {
		t.Errorf("rules %v, want openssl and not sasl", rules)
	}
	if len(got.Missing) > 0 {
		t.Errorf("missing %+v", got.Missing)
	}
	if len(got.Hints) != 1 || got.Hints[0].Rule != "glibc-idn" {
		t.Errorf("hints %+v, want libidn2", got.Hints)
	}
}

func TestRulesAreSound(t *testing.T) {
	names := map[string]bool{}
	for _, r := range Rules() {
		if names[r.Name] || r.Name == "" || r.Why == "" {
			t.Errorf("rule %q has a name twice, or none, or no reason", r.Name)
		}
		names[r.Name] = true
		for _, pattern := range append([]string{r.Library}, r.Globs...) {
			if _, err := path.Match(pattern, "x"); err != nil {
				t.Errorf("rule %s: pattern %q: %v", r.Name, pattern, err)
			}
		}
		if len(r.Sonames)+len(r.Globs) == 0 {
			t.Errorf("rule %s brings nothing", r.Name)
		}
	}
	for soname, rule := range map[string]string{
		"libcrypto.so.3": "openssl", "libMagickCore-7.Q16.so.10": "imagemagick",
		"libvips.so.42": "vips", "_rust.abi3.so": "cryptography", "libicuuc.so.76": "icu-data", "libfontmanager.so": "java-fonts",
	} {
		found := false
		for _, r := range Rules() {
			found = found || r.Name == rule && r.matches(soname)
		}
		if !found {
			t.Errorf("rule %s does not match %s", rule, soname)
		}
	}
}

// A rule may name packages beside the library's own: some hold what the library
// does not work without, others what only some programs ask for.
func TestSolveNamesThePackagesOfARule(t *testing.T) {
	got := solve(t, Request{
		Roots: []Library{library(t, "/app/x", slicertest.ELF{Needed: []string{"libtinfo.so.6", "libsasl2.so.2"}})},
		Find:  offer(needs(t, "/usr/lib", "libtinfo.so.6"), needs(t, "/usr/lib", "libsasl2.so.2")), Rules: Rules(),
	})
	packages, hints := map[string]bool{}, map[string]bool{}
	for _, m := range got.Modules {
		packages[m.Rule+" "+m.Package] = true
	}
	for _, h := range got.Hints {
		hints[h.Importer+" "+h.Package] = true
	}
	for _, want := range []string{"terminfo ", "terminfo ncurses-base", "sasl ", "sasl libsasl2-modules-db"} {
		if !packages[want] {
			t.Errorf("no modules of %q in %v", want, packages)
		}
	}
	if !hints["/usr/lib/libsasl2.so.2 libsasl2-modules"] || packages["sasl libsasl2-modules"] {
		t.Errorf("libsasl2-modules is no hint: hints %v, modules %v", hints, packages)
	}
}

// The notes of Debian 13's libsystemd.so.0, as readelf shows them: what is recommended is followed, and the rest is told.
func TestSolveFollowsTheNotesOfLibsystemd(t *testing.T) {
	const notes = `[{"feature":"lzma","description":"Support lzma compression in journal and coredump files","priority":"suggested","soname":["liblzma.so.5"]},
{"feature":"lz4","description":"Support lz4 compression in journal and coredump files","priority":"suggested","soname":["liblz4.so.1"]},
{"feature":"zstd","description":"Support zstd compression in journal and coredump files","priority":"recommended","soname":["libzstd.so.1"]},
{"feature":"gcrypt","description":"Support for journald forward-sealing","priority":"suggested","soname":["libgcrypt.so.20"]}]`
	lib := library(t, "/usr/lib/libsystemd.so.0", slicertest.ELF{Soname: "libsystemd.so.0", Dlopen: notes})
	got := solve(t, Request{
		Roots: []Library{lib},
		Find:  offer(needs(t, "/usr/lib", "libzstd.so.1"), needs(t, "/usr/lib", "liblzma.so.5"), needs(t, "/usr/lib", "libgcrypt.so.20")),
	})
	edges := []Edge{{From: lib.Path, Soname: "libzstd.so.1", To: "/usr/lib/libzstd.so.1", Kind: KindDlopenNote, Rule: "zstd"}}
	if diff := cmp.Diff(edges, got.Edges); diff != "" {
		t.Errorf("edges (-want +got)\n%s", diff)
	}
	var hints []string
	for _, h := range got.Hints {
		hints = append(hints, h.Sonames[0]+": "+h.Why)
	}
	want := []string{
		"libgcrypt.so.20: Support for journald forward-sealing",
		"liblz4.so.1: Support lz4 compression in journal and coredump files",
		"liblzma.so.5: Support lzma compression in journal and coredump files",
	}
	if diff := cmp.Diff(want, hints); diff != "" || len(got.Missing) > 0 {
		t.Errorf("missing %v, hints (-want +got)\n%s", got.Missing, diff)
	}
}
