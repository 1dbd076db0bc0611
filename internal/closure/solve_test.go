package closure

import (
	"context"
	"debug/elf"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

const lib = "/usr/lib/x86_64-linux-gnu"

// library makes a library; its soname is in e, or it has none.
func library(t testing.TB, path string, e slicertest.ELF) Library {
	t.Helper()
	return Library{Path: path, Object: object(t, e), Origin: "test"}
}

// needs makes a library whose soname is its file's name.
func needs(t testing.TB, dir, soname string, needed ...string) Library {
	t.Helper()
	return library(t, dir+"/"+soname, slicertest.ELF{Soname: soname, Needed: needed})
}

// packages is a Finder of made libraries.
type packages map[string][]Library

func (p packages) Library(_, soname string, _ elf.Machine, _ elf.Class, _ func(string) bool) ([]Library, error) {
	return p[soname], nil
}

func offer(libs ...Library) packages {
	p := packages{}
	for _, l := range libs {
		p[l.Object.Soname] = append(p[l.Object.Soname], l)
	}
	return p
}

func solve(t *testing.T, r Request) Result {
	t.Helper()
	if r.SearchDirs == nil {
		r.SearchDirs = DefaultDirs(elf.EM_X86_64)
	}
	got, err := Solve(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func paths(libs []Library) []string {
	var all []string
	for _, l := range libs {
		all = append(all, l.Path)
	}
	return all
}

func TestSolveFollowsNeedsToTheEnd(t *testing.T) {
	app := library(t, "/app/server", slicertest.ELF{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"liba.so.1", "libc.so.6"}})
	got := solve(t, Request{
		Roots: []Library{app},
		Floor: []FloorLibrary{{Soname: "libc.so.6", Path: lib + "/libc.so.6"}, {Soname: "ld-linux-x86-64.so.2"}},
		// A cycle: a needs b, b needs a.
		Find: offer(needs(t, lib, "liba.so.1", "libb.so.1", "libc.so.6"), needs(t, lib, "libb.so.1", "liba.so.1"), needs(t, lib, "unused.so")),
	})
	if diff := cmp.Diff([]string{lib + "/liba.so.1", lib + "/libb.so.1"}, paths(got.Added)); diff != "" {
		t.Errorf("added (-want +got)\n%s", diff)
	}
	want := []Edge{
		{From: "/app/server", Soname: "/lib64/ld-linux-x86-64.so.2", To: "ld-linux-x86-64.so.2", Kind: KindInterp, Floor: true},
		{From: "/app/server", Soname: "liba.so.1", To: lib + "/liba.so.1", Kind: KindNeeded},
		{From: "/app/server", Soname: "libc.so.6", To: lib + "/libc.so.6", Kind: KindNeeded, Floor: true},
		{From: lib + "/liba.so.1", Soname: "libb.so.1", To: lib + "/libb.so.1", Kind: KindNeeded},
		{From: lib + "/liba.so.1", Soname: "libc.so.6", To: lib + "/libc.so.6", Kind: KindNeeded, Floor: true},
		{From: lib + "/libb.so.1", Soname: "liba.so.1", To: lib + "/liba.so.1", Kind: KindNeeded},
	}
	if diff := cmp.Diff(want, got.Edges); diff != "" {
		t.Errorf("edges (-want +got)\n%s", diff)
	}
	if len(got.Missing) > 0 {
		t.Errorf("missing: %v", got.Missing)
	}
}

// Each row is one search. The library at want must be found, or reason given.
func TestSolveSearches(t *testing.T) {
	plain := func(path string) Library { return library(t, path, slicertest.ELF{Soname: "libx.so.1"}) }
	other := func(path string) Library {
		return library(t, path, slicertest.ELF{Soname: "libx.so.1", Machine: elf.EM_AARCH64})
	}
	narrow := func(path string) Library {
		return library(t, path, slicertest.ELF{Soname: "libx.so.1", Machine: elf.EM_386})
	}
	asking := func(e slicertest.ELF) Library {
		if e.Needed == nil {
			e.Needed = []string{"libx.so.1"}
		}
		return library(t, "/opt/bin/app", e)
	}
	simple := asking(slicertest.ELF{})
	for _, c := range []struct {
		name    string
		request Request
		want    string
		reason  Reason
	}{
		{name: "default directory", request: Request{Roots: []Library{simple}, Present: []Library{plain("/usr/lib/libx.so.1")}}, want: "/usr/lib/libx.so.1"},
		{name: "not in another directory", request: Request{Roots: []Library{simple}, Present: []Library{plain("/opt/lib/libx.so.1")}}, reason: NotFound},
		{name: "file name, not soname", request: Request{Roots: []Library{simple}, Present: []Library{plain("/usr/lib/libx.so.1.2")}}, reason: NotFound},
		{name: "through a link", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/usr/lib/libx.so.1.2")},
			Links: map[string]string{"/usr/lib/libx.so.1": "libx.so.1.2"},
		}, want: "/usr/lib/libx.so.1.2"},
		{name: "through a merged directory", request: Request{
			Roots: []Library{simple}, Present: []Library{plain(lib + "/libx.so.1")},
			Links: map[string]string{"/lib": "usr/lib"}, SearchDirs: []string{"/lib/x86_64-linux-gnu"},
		}, want: lib + "/libx.so.1"},
		{name: "links in a loop", request: Request{
			Roots: []Library{simple},
			Links: map[string]string{"/usr/lib/libx.so.1": "libx.so.2", "/usr/lib/libx.so.2": "libx.so.1"},
		}, reason: NotFound},
		{name: "dangling link", request: Request{Roots: []Library{simple}, Links: map[string]string{"/usr/lib/libx.so.1": "gone"}}, reason: NotFound},
		{name: "cache directory, by soname", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/l/blas/libx.so.1.2")},
			CacheDirs: []string{"/l/blas"},
		}, want: "/l/blas/libx.so.1.2"},
		{name: "cache directory, through a link and a door to another directory", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/l/usr/lib/blas/libx.so.1.2")},
			CacheDirs: []string{"/l/usr/lib"},
			Links: map[string]string{
				"/l/usr/lib/libx.so.1": "/usr/lib/blas/libx.so.1", "/l/usr/lib/blas/libx.so.1": "libx.so.1.2", "/usr/lib/blas": "/l/usr/lib/blas",
			},
		}, want: "/l/usr/lib/blas/libx.so.1.2"},
		{name: "cache entry", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/l/odd")},
			Cache: []CacheEntry{{Soname: "libx.so.1", Path: "/l/odd"}},
		}, want: "/l/odd"},
		{name: "cache before default", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/usr/lib/libx.so.1"), plain("/l/libx.so.1")},
			CacheDirs: []string{"/l"},
		}, want: "/l/libx.so.1"},
		{name: "environment before cache", request: Request{
			Roots: []Library{simple}, Present: []Library{plain("/e/libx.so.1"), plain("/l/libx.so.1")},
			CacheDirs: []string{"/l"}, EnvDirs: []string{"/e"},
		}, want: "/e/libx.so.1"},
		{name: "runpath with origin", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "$ORIGIN/../lib"})},
			Present: []Library{plain("/opt/lib/libx.so.1")},
		}, want: "/opt/lib/libx.so.1"},
		{name: "runpath with braces", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "${ORIGIN}/x:/y"})},
			Present: []Library{plain("/opt/bin/x/libx.so.1")},
		}, want: "/opt/bin/x/libx.so.1"},
		{name: "lib and platform", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "/opt/$LIB/$PLATFORM"})},
			Present: []Library{plain("/opt/lib/x86_64-linux-gnu/x86_64/libx.so.1")},
		}, want: "/opt/lib/x86_64-linux-gnu/x86_64/libx.so.1"},
		{name: "unknown token", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "$ORIGINAL/../lib"})},
			Present: []Library{plain("/opt/lib/libx.so.1")},
		}, reason: NotFound},
		{name: "environment before runpath", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "/r"})},
			Present: []Library{plain("/r/libx.so.1"), plain("/e/libx.so.1")}, EnvDirs: []string{"/e"},
		}, want: "/e/libx.so.1"},
		{name: "rpath before environment", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RPath: "/r"})},
			Present: []Library{plain("/r/libx.so.1"), plain("/e/libx.so.1")}, EnvDirs: []string{"/e"},
		}, want: "/r/libx.so.1"},
		{name: "runpath hides rpath", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RPath: "/r", RunPath: "/s"})},
			Present: []Library{plain("/r/libx.so.1")},
		}, reason: NotFound},
		{name: "relative runpath", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "../lib"})},
			Present: []Library{plain("/opt/lib/libx.so.1")},
		}, reason: NotFound},
		{name: "dot dot after a link leaves its target", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "/opt/link/../lib"})},
			Present: []Library{plain("/deep/lib/libx.so.1")}, Links: map[string]string{"/opt/link": "/deep/down"},
		}, want: "/deep/lib/libx.so.1"},
		{name: "needed with a slash", request: Request{
			Roots:   []Library{asking(slicertest.ELF{Needed: []string{"/opt/odd/libx.so.1"}})},
			Present: []Library{plain("/opt/odd/libx.so.1")},
		}, want: "/opt/odd/libx.so.1"},
		{name: "needed relative to nobody knows", request: Request{
			Roots:   []Library{asking(slicertest.ELF{Needed: []string{"./libx.so.1"}})},
			Present: []Library{plain("/opt/bin/libx.so.1")},
		}, reason: RelativePath},
		{name: "needed relative to origin", request: Request{
			Roots:   []Library{asking(slicertest.ELF{Needed: []string{"$ORIGIN/libx.so.1"}})},
			Present: []Library{plain("/opt/bin/libx.so.1")},
		}, want: "/opt/bin/libx.so.1"},
		{name: "other machine is skipped", request: Request{
			Roots:   []Library{asking(slicertest.ELF{RunPath: "/a:/b"})},
			Present: []Library{other("/a/libx.so.1"), plain("/b/libx.so.1")},
		}, want: "/b/libx.so.1"},
		{name: "only another machine", request: Request{Roots: []Library{simple}, Present: []Library{other("/usr/lib/libx.so.1")}}, reason: WrongArchitecture},
		{name: "only another class", request: Request{Roots: []Library{simple}, Present: []Library{narrow("/usr/lib/libx.so.1")}}, reason: WrongArchitecture},
		{name: "packages of another machine", request: Request{Roots: []Library{simple}, Find: offer(other("/usr/lib/libx.so.1"))}, reason: WrongArchitecture},
		{name: "package that is searched wins", request: Request{
			Roots: []Library{asking(slicertest.ELF{RunPath: "/usr/lib/private"})},
			Find:  offer(plain("/usr/lib/other/libx.so.1"), plain("/usr/lib/private/libx.so.1.5")),
		}, want: "/usr/lib/private/libx.so.1.5"},
		{name: "package in an unusual place", request: Request{Roots: []Library{simple}, Find: offer(plain(lib + "/blas/libx.so.1"))}, want: lib + "/blas/libx.so.1"},
		{name: "floor", request: Request{Roots: []Library{simple}, Floor: []FloorLibrary{{Soname: "libx.so.1"}}}, want: "libx.so.1"},
		{name: "floor of another machine", request: Request{
			Roots: []Library{simple},
			Floor: []FloorLibrary{{Soname: "libx.so.1", Machine: elf.EM_AARCH64}},
		}, reason: WrongArchitecture},
		{name: "loaded first by its program", request: Request{Roots: []Library{simple}, Present: []Library{plain("/opt/bin/server/libx.so.1")}}, want: "/opt/bin/server/libx.so.1"},
		{name: "nothing is loaded before a program", request: Request{
			Roots:   []Library{asking(slicertest.ELF{Exec: true})},
			Present: []Library{plain("/opt/bin/server/libx.so.1")},
		}, reason: NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := solve(t, c.request)
			if c.reason != "" {
				if len(got.Missing) != 1 || got.Missing[0].Reason != c.reason {
					t.Errorf("missing %+v, want reason %q; edges %+v", got.Missing, c.reason, got.Edges)
				}
				return
			}
			if len(got.Missing) > 0 || len(got.Edges) != 1 || got.Edges[0].To != c.want {
				t.Errorf("edges %+v, missing %+v; want %s", got.Edges, got.Missing, c.want)
			}
		})
	}
}

func TestSolveInheritsRPathButNotRunPath(t *testing.T) {
	private := needs(t, "/opt/lib", "libb.so.1")
	direct := needs(t, "/usr/lib", "liba.so.1", "libb.so.1")
	with := func(e slicertest.ELF) Result {
		e.Needed = []string{"liba.so.1"}
		return solve(t, Request{Roots: []Library{library(t, "/opt/bin/app", e)}, Present: []Library{private, direct}})
	}
	if got := with(slicertest.ELF{RPath: "/opt/lib"}); len(got.Missing) > 0 {
		t.Errorf("RPATH is not inherited: %+v", got.Missing)
	}
	if got := with(slicertest.ELF{RunPath: "/opt/lib"}); len(got.Missing) != 1 || got.Missing[0].Importer != "/usr/lib/liba.so.1" {
		t.Errorf("RUNPATH is inherited: missing %+v", got.Missing)
	}
}

// Two programs load one library; only one of them has the RPATH it needs.
func TestSolveLooksAtEachWayOfLoading(t *testing.T) {
	got := solve(t, Request{
		Roots: []Library{
			library(t, "/opt/bin/good", slicertest.ELF{Needed: []string{"liba.so.1"}, RPath: "/opt/lib"}),
			library(t, "/opt/bin/bad", slicertest.ELF{Needed: []string{"liba.so.1"}}),
		},
		Present: []Library{needs(t, "/opt/lib", "libb.so.1"), needs(t, "/usr/lib", "liba.so.1", "libb.so.1")},
	})
	if len(got.Missing) != 1 || got.Missing[0].Soname != "libb.so.1" {
		t.Errorf("missing %+v, want libb.so.1 for the second program", got.Missing)
	}
}

func TestSolveEndsOnCyclicRPaths(t *testing.T) {
	var libs []Library
	names := []string{"la", "lb", "lc", "ld", "le", "lf", "lg", "lh", "li", "lj"}
	for _, name := range names {
		libs = append(libs, library(t, "/usr/lib/"+name, slicertest.ELF{Soname: name, Needed: names, RPath: "/r/" + name}))
	}
	got := solve(t, Request{Roots: libs})
	if len(got.Missing) > 0 || len(got.Edges) != len(names)*len(names) {
		t.Errorf("%d edges, missing %v", len(got.Edges), got.Missing)
	}
}

func TestSolveTakesFasterVariantsToo(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"libx.so.1"}})
	fast := needs(t, "/usr/lib/glibc-hwcaps/x86-64-v3", "libx.so.1", "libfast.so.1")
	got := solve(t, Request{Roots: []Library{app}, Present: []Library{needs(t, "/usr/lib", "libx.so.1"), fast, needs(t, "/usr/lib", "libfast.so.1")}})
	want := []Edge{
		{From: "/app/x", Soname: "libx.so.1", To: "/usr/lib/glibc-hwcaps/x86-64-v3/libx.so.1", Kind: KindNeeded, Rule: "glibc-hwcaps x86-64-v3"},
		{From: "/app/x", Soname: "libx.so.1", To: "/usr/lib/libx.so.1", Kind: KindNeeded},
		{From: fast.Path, Soname: "libfast.so.1", To: "/usr/lib/libfast.so.1", Kind: KindNeeded},
	}
	if diff := cmp.Diff(want, got.Edges); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	only := solve(t, Request{Roots: []Library{app}, Present: []Library{fast}})
	if len(only.Missing) != 1 {
		t.Errorf("a library for new processors only counts as found: %+v", only.Edges)
	}
}

func TestSolveChecksVersions(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"libx.so.1"}, Undefined: []string{"f@V2:libx.so.1"}})
	old := library(t, "/usr/lib/libx.so.1", slicertest.ELF{Soname: "libx.so.1", Define: []string{"f@@V1"}})
	new := library(t, "/usr/lib/new/libx.so.1", slicertest.ELF{Soname: "libx.so.1", Define: []string{"f@@V2"}})
	want := []Missing{{Importer: "/app/x", Soname: "libx.so.1", Kind: KindNeeded, Reason: VersionNotProvided, Version: "V2", Provider: "/usr/lib/libx.so.1"}}
	for name, r := range map[string]Request{
		"present":  {Present: []Library{old}},
		"packages": {Find: offer(old)},
	} {
		r.Roots = []Library{app}
		if diff := cmp.Diff(want, solve(t, r).Missing); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	floor := solve(t, Request{Roots: []Library{app}, Floor: []FloorLibrary{{Soname: "libx.so.1", Versions: []string{"V1"}}}})
	if len(floor.Missing) != 1 || floor.Missing[0].Version != "V2" {
		t.Errorf("floor: missing %+v", floor.Missing)
	}
	if got := solve(t, Request{Roots: []Library{app}, Find: offer(old, new)}); len(got.Missing) > 0 || len(got.Added) != 1 || got.Added[0].Path != new.Path {
		t.Errorf("the package with the version was not taken: %+v", got)
	}
}

func TestSolveInterpreter(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Interp: "/lib64/ld.so"})
	if got := solve(t, Request{Roots: []Library{app}}); len(got.Missing) != 1 || got.Missing[0].Kind != KindInterp {
		t.Errorf("missing %+v, want the interpreter", got.Missing)
	}
	loader := library(t, "/usr/lib/ld.so", slicertest.ELF{Soname: "ld.so"})
	if got := solve(t, Request{Roots: []Library{app}, Present: []Library{loader}}); len(got.Missing) != 1 {
		t.Errorf("an interpreter at another path counts: %+v", got.Edges)
	}
	linked := solve(t, Request{Roots: []Library{app}, Present: []Library{loader}, Links: map[string]string{"/lib64": "usr/lib"}})
	if len(linked.Missing) > 0 {
		t.Errorf("missing %+v", linked.Missing)
	}
	found := solve(t, Request{Roots: []Library{app}, Find: offer(loader)})
	if len(found.Missing) > 0 || len(found.Added) != 1 {
		t.Errorf("added %v, missing %+v", paths(found.Added), found.Missing)
	}
}

func TestSolvePassesOnErrors(t *testing.T) {
	app := library(t, "/app/x", slicertest.ELF{Needed: []string{"libx.so.1"}})
	broken := errors.New("no network")
	if _, err := Solve(context.Background(), Request{Roots: []Library{app}, Find: failing{broken}}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Solve(ctx, Request{Roots: []Library{app}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Library(string, string, elf.Machine, elf.Class, func(string) bool) ([]Library, error) {
	return nil, f.err
}
