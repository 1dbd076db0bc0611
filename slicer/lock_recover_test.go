package slicer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// moving is an archive in a directory that has other packages from day to day.
type moving struct {
	t    *testing.T
	key  *slicertest.Key
	dir  string
	days int
	// unlisted says that packages which no suite lists are taken.
	unlisted bool
}

func newMoving(t *testing.T) *moving {
	t.Helper()
	return &moving{t: t, key: slicertest.NewKey("test", slicertest.KeyOptions{}), dir: t.TempDir(), unlisted: true}
}

// release puts the packages of a text into the archive, and takes those of the day before out of its indexes; their
// files stay if keep says so, as Debian's do for some time.
func (m *moving) release(text string, keep bool) {
	m.t.Helper()
	a := slicertest.ArchiveOf(txtar.Parse([]byte(text)), m.key)
	m.days++
	a.Date = time.Date(2026, 1, m.days, 0, 0, 0, 0, time.UTC)
	at := filepath.Join(m.dir, "archive")
	if !keep {
		if err := os.RemoveAll(at); err != nil {
			m.t.Fatal(err)
		}
	}
	err := errors.Join(a.WriteTo(at), os.WriteFile(filepath.Join(m.dir, "test.sources"), []byte(a.Sources("file://"+at)), 0o644))
	if err != nil {
		m.t.Fatal(err)
	}
}

// want opens the archive with a cache of a name, as the lock says if there is one.
func (m *moving) want(cache string, lock *lock.Lock, names ...string) slicer.Want {
	m.t.Helper()
	a, err := packages.OpenArchive(m.t.Context(), packages.ArchiveOptions{
		Root: m.dir, Sources: filepath.Join(m.dir, "test.sources"), Arch: "amd64", Cache: filepath.Join(m.dir, cache), AllowUnlisted: m.unlisted,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { a.Close() })
	w := slicer.Want{Arch: "amd64", Sources: []packages.Source{a}}
	if lock != nil {
		w.Sources = []packages.Source{lock.Pin("amd64", a)}
	}
	for _, n := range names {
		w.Names = append(w.Names, slicer.Named{Name: n})
	}
	return w
}

// movedOn has a library of the next soname, and a tool that needs it; libx1 and dash are gone.
const movedOn = `
-- deb/tool_2.0/DEBIAN/control --
Depends: libx2
-- deb/tool_2.0/usr/bin/tool --
elf exec needs=libx.so.2
-- deb/libx2_3.0-1/usr/lib/x86_64-linux-gnu/libx.so.2 --
elf soname=libx.so.2
-- deb/libc6_2.42/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
`

// TestLockedCutWhenTheArchiveMovedOn makes a locked cut when no suite lists any package of it any more.
func TestLockedCutWhenTheArchiveMovedOn(t *testing.T) {
	for name, c := range map[string]struct {
		keep  bool
		cache string
		works bool
	}{
		"from the cache":              {cache: "warm", works: true},
		"from the pool":               {cache: "cold", keep: true, works: true},
		"from nowhere":                {cache: "cold"},
		"from the cache and the pool": {cache: "warm", keep: true, works: true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoving(t)
			m.release(threePackages, false)
			w := m.want("warm", nil, "tool")
			first := selectAll(t, w)
			locked := lock.New(w, first)
			m.release(movedOn, c.keep)
			if err := locked.Check(selectAll(t, m.want(c.cache, nil, "tool"))); err == nil {
				t.Fatal("the archive did not move on")
			}
			s, err := slicer.Select(t.Context(), m.want(c.cache, locked, "tool"))
			if !c.works {
				var differs *lock.Error
				if !errors.As(err, &differs) || !strings.Contains(err.Error(), "package tool of the Debian archive: version 2.0 instead of 1.0") {
					t.Errorf("got error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := locked.Check(s); err != nil {
				t.Error(err)
			}
			for _, layer := range s.Layers() {
				if a, b := s.Digest(layer), first.Digest(layer); a != b {
					t.Errorf("layer %s: %s, and %s at first", layer, a, b)
				}
			}
		})
	}
}

// TestLockedCutRefusesOtherBytesInThePool has another file at the place of the locked one.
func TestLockedCutRefusesOtherBytesInThePool(t *testing.T) {
	m := newMoving(t)
	m.release(threePackages, false)
	w := m.want("warm", nil, "tool")
	locked := lock.New(w, selectAll(t, w))
	m.release(strings.ReplaceAll(movedOn, "tool_2.0", "tool_1.0"), true)
	_, err := slicer.Select(t.Context(), m.want("cold", locked, "tool"))
	var differs *lock.Error
	if !errors.As(err, &differs) || !strings.Contains(err.Error(), "package tool of the Debian archive: sha256 of version 1.0 ") {
		t.Errorf("got error %v", err)
	}
}

// TestLockedProviderThatLeftTheArchive keeps to a provider of a virtual package that is in no suite any more.
func TestLockedProviderThatLeftTheArchive(t *testing.T) {
	const before = `
-- deb/app_1/DEBIAN/control --
Depends: mailer
-- deb/app_1/usr/bin/app --
app
-- deb/zmail_1/DEBIAN/control --
Provides: other, mailer (= 2)
-- deb/zmail_1/usr/bin/zmail --
mail
`
	m := newMoving(t)
	m.release(before, false)
	w := m.want("warm", nil, "app")
	lock := lock.New(w, selectAll(t, w))
	m.release(strings.ReplaceAll(before, "zmail", "amail"), false)
	if err := lock.Check(selectAll(t, m.want("warm", lock, "app"))); err != nil {
		t.Error(err)
	}
}
