package slicer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// keeping selects by an archive's cache, and counts how often something was selected anew.
type keeping struct {
	basis string
	made  int
}

func (k *keeping) selects(t *testing.T, from *packages.Archive, w slicer.Want) (*slicer.Selection, error) {
	t.Helper()
	return slicer.SelectCached(t.Context(), from, w, func() (string, error) { return k.basis, nil }, func() (*release.Release, error) {
		k.made++
		return w.Release, nil
	})
}

// shown is everything that a selection tells and writes.
func shown(t *testing.T, s *slicer.Selection) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	loader, err := slicer.LoaderCache(s)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "loader %v %x\n", loader == nil, loader)
	if err := lock.New(slicer.Want{Arch: s.Arch}, s).Encode(&b); err != nil {
		t.Fatal(err)
	}
	for _, layer := range s.Layers() {
		tree := tree.NewTar(&b)
		if err := slicer.Cut(t.Context(), s, layer, tree); err != nil {
			t.Fatal(err)
		}
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestKeptSelectionsAreTheSame goes through all scenarios of TestSelect: a selection out of the cache tells and writes what
// the selection that was kept did, to the byte. Those that files of the machine have a say in are not kept.
func TestKeptSelectionsAreTheSame(t *testing.T) {
	eachScenario(t, func(t *testing.T, _ string, s *scenario) {
		from := s.want.Sources[0].(*packages.Archive)
		want, wantErr := slicer.Select(t.Context(), s.want)
		k := keeping{basis: "the scenario's"}
		for range 2 {
			got, err := k.selects(t, from, s.want)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("got error %v, want %v", err, wantErr)
			}
			if err == nil && shown(t, got) != shown(t, want) {
				t.Errorf("made %d times, -want +got:\n%s", k.made, cmp.Diff(shown(t, want), shown(t, got)))
			}
		}
		made := 1
		if wantErr != nil || len(s.want.Objects)+len(s.want.Scripts)+len(s.want.Opened) > 0 {
			made = 2
		}
		if k.made != made {
			t.Errorf("it was selected %d times, want %d", k.made, made)
		}
	})
}

// machine is a root with apt's configuration for an archive, and a cache.
type machine struct{ dir string }

func (m machine) write(t *testing.T, name, text string) {
	t.Helper()
	at := filepath.Join(m.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// publish puts packages into the machine's archive.
func (m machine) publish(t *testing.T, packages string, key *slicertest.Key) {
	t.Helper()
	a := slicertest.ArchiveOf(txtar.Parse([]byte(packages)), key)
	at := filepath.Join(m.dir, "archive")
	if err := errors.Join(os.RemoveAll(at), a.WriteTo(at)); err != nil {
		t.Fatal(err)
	}
	m.write(t, "etc/apt/sources.list.d/test.sources", a.Sources("file://"+at))
}

func (m machine) cache() string { return filepath.Join(m.dir, "cache") }

func (m machine) open(t *testing.T) *packages.Archive {
	t.Helper()
	opened, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Root: m.dir, Arch: "amd64", Cache: m.cache()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

func newMachine(t *testing.T) (machine, *slicertest.Key) {
	m, key := machine{t.TempDir()}, slicertest.NewKey("test", slicertest.KeyOptions{})
	m.publish(t, threePackages, key)
	return m, key
}

// TestOtherWantsAreSelectedAnew changes one thing at a time that a selection follows from.
func TestOtherWantsAreSelectedAnew(t *testing.T) {
	m, key := newMachine(t)
	k := keeping{}
	for _, row := range []struct {
		name   string
		basis  string
		change func(w *slicer.Want)
		state  func()
		anew   bool
	}{
		{name: "First", anew: true},
		{name: "Again"},
		{name: "OtherOrder", change: func(w *slicer.Want) { w.Names = []slicer.Named{w.Names[1], w.Names[0]} }},
		{name: "AnotherName", change: func(w *slicer.Want) { w.Names = w.Names[:1] }, anew: true},
		{name: "AnotherLayer", change: func(w *slicer.Want) { w.Names[1].Layer = "other" }, anew: true},
		{name: "AnotherReason", change: func(w *slicer.Want) { w.Names[1].By = "somebody" }, anew: true},
		{name: "Sonames", change: func(w *slicer.Want) { w.Sonames = []slicer.Named{{Name: "libx.so.1"}} }, anew: true},
		{name: "ClosureLayer", change: func(w *slicer.Want) { w.ClosureLayer = contract.LayerSlices }, anew: true},
		{name: "Floor", change: func(w *slicer.Want) {
			w.Floor = &contract.Floor{ID: "some", Libraries: []contract.FloorLibrary{{Soname: "libc.so.6"}}}
		}, anew: true},
		{name: "OtherDefinitions", basis: "others", anew: true},
		{name: "Pins", state: func() {
			m.write(t, "etc/apt/preferences", "Package: *\nPin: release o=Elsewhere\nPin-Priority: 900\n")
		}, anew: true},
		{name: "AnotherState", state: func() { m.publish(t, twoVersions, key) }, anew: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "libx1"}, {Name: "tool"}}}
			if row.change != nil {
				row.change(&w)
			}
			if row.state != nil {
				row.state()
			}
			before := k.made
			k.basis = row.basis
			if _, err := k.selects(t, m.open(t), w); err != nil {
				t.Fatal(err)
			}
			if got := k.made > before; got != row.anew {
				t.Errorf("selected anew: %v, want %v", got, row.anew)
			}
		})
	}
}

// keptRecords are the files of the cache that selections are kept in.
func keptRecords(t *testing.T, m machine) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(m.cache(), "unpacked/selection/*/*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestKeptSelectionsOutliveTheCache damages what the cache has of a selection: it is made anew, or its files are unpacked
// anew, and it is the same.
func TestKeptSelectionsOutliveTheCache(t *testing.T) {
	removeAll := func(t *testing.T, pattern string, m machine) {
		found, err := filepath.Glob(filepath.Join(m.cache(), pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("nothing is at %s: %v", pattern, err)
		}
		for _, f := range found {
			if err := os.RemoveAll(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, row := range []struct {
		name   string
		damage func(t *testing.T, m machine)
		made   int
	}{
		{"Nothing", func(*testing.T, machine) {}, 1},
		{"RecordIsLost", func(t *testing.T, m machine) { removeAll(t, "unpacked/selection", m) }, 2},
		{"RecordIsCut", func(t *testing.T, m machine) {
			if err := os.Truncate(keptRecords(t, m)[0], 100); err != nil {
				t.Fatal(err)
			}
		}, 2},
		{"RecordIsEmpty", func(t *testing.T, m machine) {
			if err := os.Truncate(keptRecords(t, m)[0], 0); err != nil {
				t.Fatal(err)
			}
		}, 2},
		{"FilesAreLost", func(t *testing.T, m machine) { removeAll(t, "unpacked/files", m) }, 1},
		{"PackagesAreLost", func(t *testing.T, m machine) {
			removeAll(t, "unpacked/files", m)
			removeAll(t, "unpacked/contents-*", m)
			removeAll(t, "sha256", m)
		}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, _ := newMachine(t)
			k := keeping{basis: "definitions"}
			w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}}
			first, err := k.selects(t, m.open(t), w)
			if err != nil {
				t.Fatal(err)
			}
			want := shown(t, first)
			row.damage(t, m)
			second, err := k.selects(t, m.open(t), w)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, second); got != want {
				t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
			}
			if k.made != row.made {
				t.Errorf("it was selected %d times, want %d", k.made, row.made)
			}
		})
	}
}

// TestEditedDefinitionsAreNotKept plays an editor that saves a definition while it is read: what was selected by a mixture
// must not be taken for what either state gives.
func TestEditedDefinitionsAreNotKept(t *testing.T) {
	m, _ := newMachine(t)
	state := "before"
	_, err := slicer.SelectCached(t.Context(), m.open(t), slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}},
		func() (string, error) { return state, nil },
		func() (*release.Release, error) { state = "after"; return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	if found := keptRecords(t, m); len(found) != 0 {
		t.Errorf("kept were %v", found)
	}
}

// TestUnreadableDefinitionsAreAnError holds that a selection is not looked for under half a key.
func TestUnreadableDefinitionsAreAnError(t *testing.T) {
	m, _ := newMachine(t)
	unreadable := errors.New("cannot read them")
	_, err := slicer.SelectCached(t.Context(), m.open(t), slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}},
		func() (string, error) { return "", unreadable }, func() (*release.Release, error) { return nil, nil })
	if !errors.Is(err, unreadable) {
		t.Errorf("got error %v", err)
	}
}

// TestPruneKeepsTheFilesOfSelections prunes everything but what the selection that was used last needs: it is cut without
// unpacking anything.
func TestPruneKeepsTheFilesOfSelections(t *testing.T) {
	m, _ := newMachine(t)
	k := keeping{basis: "definitions"}
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}}
	first, err := k.selects(t, m.open(t), w)
	if err != nil {
		t.Fatal(err)
	}
	want := shown(t, first)
	age(t, m.cache())
	var size int64
	for _, f := range first.Files {
		size += f.Size
	}
	record, err := os.Stat(keptRecords(t, m)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := slicer.Prune(m.cache(), size+2*record.Size()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(m.dir, "archive/pool")); err != nil { // nothing can be unpacked again
		t.Fatal(err)
	}
	second, err := k.selects(t, m.open(t), w)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(t, second); got != want || k.made != 1 {
		t.Errorf("made %d times, -want +got:\n%s", k.made, cmp.Diff(want, got))
	}
}
