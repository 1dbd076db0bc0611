package slicer_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// gate serves an archive, and holds back every package until as many are asked for at once as it is told.
type gate struct {
	files http.Handler
	open  chan struct{}

	mu    sync.Mutex
	count int
	asked []string // names of packages, sorted
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, ".deb") {
		name, _, _ := strings.Cut(path.Base(r.URL.Path), "_")
		g.mu.Lock()
		g.asked = append(g.asked, name)
		slices.Sort(g.asked)
		if len(g.asked) == g.count {
			close(g.open)
		}
		g.mu.Unlock()
		select {
		case <-g.open:
		case <-time.After(10 * time.Second):
			http.Error(w, "not all are asked for", http.StatusGone)
			return
		}
	}
	g.files.ServeHTTP(w, r)
}

// gated opens an archive behind a gate.
func gated(t *testing.T, text string, atOnce int) (*gate, packages.Source) {
	t.Helper()
	a := slicertest.ArchiveOf(txtar.Parse([]byte(text)), slicertest.NewKey("test", slicertest.KeyOptions{}))
	g := &gate{files: slicertest.Handler(a.Files()), open: make(chan struct{}), count: atOnce}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	sources := filepath.Join(dir, "test.sources")
	if err := os.WriteFile(sources, []byte(a.Sources(server.URL)), 0o644); err != nil {
		t.Fatal(err)
	}
	from, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Root: dir, Sources: sources, Arch: "amd64", Cache: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	return g, from
}

const chain = `
-- deb/tool_1/DEBIAN/control --
Depends: libfirst1, tool-data | ghost, debconf, floored
-- deb/tool_1/usr/bin/tool --
elf needs=libfirst.so.1
-- deb/libfirst1_1/DEBIAN/control --
Depends: libsecond2 (>= 1)
-- deb/libfirst1_1/usr/lib/x86_64-linux-gnu/libfirst.so.1 --
elf soname=libfirst.so.1 needs=libsecond.so.2
-- deb/libsecond2_2/DEBIAN/control --
Pre-Depends: libthird3
-- deb/libsecond2_2/usr/lib/x86_64-linux-gnu/libsecond.so.2 --
elf soname=libsecond.so.2 needs=libthird.so.3
-- deb/libthird3_3/usr/lib/x86_64-linux-gnu/libthird.so.3 --
elf soname=libthird.so.3
-- deb/tool-data_1/DEBIAN/control --
Depends: more-data
-- deb/tool-data_1/usr/share/tool/x --
x
-- deb/more-data_1/usr/share/tool/more --
more
-- deb/floored_1/usr/share/floored --
x
-- deb/debconf_1/usr/bin/debconf --
x
`

// TestDependenciesAreDownloadedAtOnce has an archive that answers nothing before everything is asked for that the cut needs,
// however deep: what only shows when a package is unpacked would never come. What the cut does not need is not asked for.
func TestDependenciesAreDownloadedAtOnce(t *testing.T) {
	want := []string{"libfirst1", "libsecond2", "libthird3", "more-data", "tool", "tool-data"}
	g, from := gated(t, chain, len(want))
	selectAll(t, slicer.Want{
		Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool"}},
		Floor: &contract.Floor{Arch: "amd64", Packages: []contract.FloorPackage{{Name: "floored", Version: "1"}}},
	})
	if !slices.Equal(g.asked, want) {
		t.Errorf("asked for %v, want %v", g.asked, want)
	}
}

// TestSlicesForeseeLibrariesAlone cuts the programs of the same package: its data are not asked for.
func TestSlicesForeseeLibrariesAlone(t *testing.T) {
	want := []string{"libfirst1", "libsecond2", "libthird3", "tool"}
	g, from := gated(t, chain, len(want))
	selectAll(t, slicer.Want{Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool_bins"}}})
	if !slices.Equal(g.asked, want) {
		t.Errorf("asked for %v, want %v", g.asked, want)
	}
}

// TestLockForeseesToo cuts by a lock, which puts itself before the archive.
func TestLockForeseesToo(t *testing.T) {
	_, from := gated(t, chain, 1)
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool_bins"}}}
	lock := lock.New(w, selectAll(t, w))
	g, fresh := gated(t, chain, 4)
	w.Sources = []packages.Source{lock.Pin("amd64", fresh)}
	selectAll(t, w)
	if len(g.asked) != 4 {
		t.Errorf("asked for %v", g.asked)
	}
}

// TestWrongForesightIsNoFailure depends on a library that no file needs and that the archive has lost.
func TestWrongForesightIsNoFailure(t *testing.T) {
	g, from := gated(t, chain, 1)
	files := g.files
	g.files = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "libthird3_") {
			http.NotFound(w, r)
			return
		}
		files.ServeHTTP(w, r)
	})
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool-data_data"}}}
	if s := selectAll(t, w); len(s.Slices) != 1 {
		t.Errorf("got %v", s.Slices)
	}
	w.Names = []slicer.Named{{Name: "libsecond2_libs"}}
	if _, err := slicer.Select(t.Context(), w); err == nil || !strings.Contains(err.Error(), "libthird3") {
		t.Errorf("a library that is needed is lost: error %v", err)
	}
}

// TestDriversBesideALibraryAreNotFollowed has a library whose package depends on drivers, which are libraries that nobody
// links to: they are looked into, and what they depend on is not downloaded when further libraries are looked for.
func TestDriversBesideALibraryAreNotFollowed(t *testing.T) {
	g, from := gated(t, `
-- deb/tool_1/DEBIAN/control --
Depends: libgbm1
-- deb/tool_1/usr/bin/tool --
elf needs=libgbm.so.1
-- deb/libgbm1_1/DEBIAN/control --
Depends: gbm-tools, mesa-drivers
-- deb/libgbm1_1/usr/lib/x86_64-linux-gnu/libgbm.so.1 --
elf soname=libgbm.so.1
-- deb/gbm-tools_1/DEBIAN/control --
Depends: liblate1
-- deb/gbm-tools_1/usr/bin/gbm --
elf needs=liblate.so.1
-- deb/liblate1_1/DEBIAN/control --
Depends: libdeep1
-- deb/liblate1_1/usr/lib/x86_64-linux-gnu/liblate.so.1 --
elf soname=liblate.so.1 needs=libdeep.so.1
-- deb/libdeep1_1/usr/lib/x86_64-linux-gnu/libdeep.so.1 --
elf soname=libdeep.so.1
-- deb/mesa-drivers_1/DEBIAN/control --
Section: libs
Depends: libhuge9
-- deb/mesa-drivers_1/usr/lib/x86_64-linux-gnu/libdrivers-1.so --
elf soname=libdrivers-1.so needs=libhuge.so.9
-- deb/libhuge9_9/usr/lib/x86_64-linux-gnu/libhuge.so.9 --
elf soname=libhuge.so.9
`, 1)
	selectAll(t, slicer.Want{Arch: "amd64", Sources: []packages.Source{from}, Names: []slicer.Named{{Name: "tool"}}})
	if want := []string{"gbm-tools", "libdeep1", "libgbm1", "liblate1", "mesa-drivers", "tool"}; !slices.Equal(g.asked, want) {
		t.Errorf("asked for %v, want %v", g.asked, want)
	}
}

// TestPackagesOfRulesAreForeseen asks for a program: the locale that comes by a rule with the C library is downloaded at the
// same time as the C library, in whose package nothing tells of it.
func TestPackagesOfRulesAreForeseen(t *testing.T) {
	g, from := gated(t, `
-- deb/tool_1/DEBIAN/control --
Depends: libc6
-- deb/tool_1/usr/bin/tool --
elf needs=libc.so.6
-- deb/libc6_1/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
-- deb/libc-bin_1/usr/lib/locale/C.utf8/LC_CTYPE --
x
-- deb/libgcc-s1_1/usr/lib/x86_64-linux-gnu/libgcc_s.so.1 --
elf soname=libgcc_s.so.1
`, 3)
	if _, err := slicer.Select(t.Context(), slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{from}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(g.asked, "libc-bin") {
		t.Errorf("asked for were %v", g.asked)
	}
}
