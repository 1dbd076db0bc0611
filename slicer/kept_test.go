package slicer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// builds are builds that follow each other: each has what the one before kept.
type builds struct {
	kept []byte
	made int // how often something was selected
}

func (b *builds) selects(t *testing.T, w slicer.Want) (*slicer.Selection, error) {
	t.Helper()
	w.Objects, w.Scripts = slicer.SumObjects(w.Objects), slicer.SumObjects(w.Scripts)
	return slicer.SelectKept(t.Context(), w, slicer.Keep{
		Kept: b.kept, Write: func(kept []byte) error { b.kept = kept; return nil }, Definitions: "of a test",
		Select: func(ctx context.Context, w slicer.Want) (*slicer.Selection, error) {
			b.made++
			return slicer.Select(ctx, w)
		},
	})
}

// TestSelectionsOfTheBuildBeforeAreTheSame goes through all scenarios of TestSelect: what is taken from the build before tells and writes
// what that did, to the byte.
func TestSelectionsOfTheBuildBeforeAreTheSame(t *testing.T) {
	eachScenario(t, func(t *testing.T, _ string, s *scenario) {
		want, wantErr := slicer.Select(t.Context(), s.want)
		b := builds{}
		for range 2 {
			got, err := b.selects(t, s.want)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("got error %v, want %v", err, wantErr)
			}
			if err == nil && (shown(t, got) != shown(t, want) || !slices.Equal(got.Dropped, want.Dropped)) {
				t.Errorf("made %d times, -want +got:\n%s", b.made, cmp.Diff(shown(t, want), shown(t, got)))
			}
		}
		if wantErr == nil && b.made != 1 {
			t.Errorf("it was selected %d times", b.made)
		}
	})
}

// TestABuildSelectsAnew changes one thing at a time of what a selection followed from: installed packages, an archive, files of the app,
// what was wanted.
func TestABuildSelectsAnew(t *testing.T) {
	m, key := newMachine(t)
	root := debianRoot(t)
	b := builds{}
	for _, row := range []struct {
		name   string
		change func(t *testing.T, w *slicer.Want)
		stays  func(t *testing.T) // for the rows after it as well
		anew   bool
	}{
		{name: "First", anew: true},
		{name: "Again"},
		{name: "AnObject", anew: true, change: func(_ *testing.T, w *slicer.Want) { w.Objects = objects("/app/x.so", "needs=libx.so.1") }},
		{name: "ItsBytes", anew: true, change: func(_ *testing.T, w *slicer.Want) {
			w.Objects = objects("/app/x.so", "needs=libx.so.1,libc.so.6")
		}},
		{name: "AScript", anew: true, change: func(_ *testing.T, w *slicer.Want) {
			w.Scripts = []slicer.Object{{Path: "/app/x.py", Open: func() (packages.ReaderAtCloser, error) { return packages.InMemory([]byte("CDLL('libx.so.1')")), nil }}}
		}},
		{name: "ALink", anew: true, change: func(_ *testing.T, w *slicer.Want) { w.Links = map[string]string{"/app/libx.so.1": "x.so"} }},
		{name: "Back", anew: true},
		{name: "AFileOfAnInstalledPackage", anew: true, stays: func(t *testing.T) {
			write(t, root, "usr/lib/x86_64-linux-gnu/libx.so.1.2", string(slicertest.ELFOf("soname=libx.so.1", "needs=libc.so.6").Bytes()))
			write(t, root, "var/lib/dpkg/info/libx1:amd64.md5sums", "")
		}},
		{name: "ARecordOfDpkg", anew: true, stays: func(t *testing.T) { write(t, root, "var/lib/dpkg/info/another.list", "/usr/bin/another\n") }},
		{name: "TheArchive", anew: true, stays: func(t *testing.T) { m.publish(t, twoVersions, key) }},
		{name: "Settled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.stays != nil {
				row.stays(t)
			}
			w := slicer.Want{
				Arch: "amd64", Names: []slicer.Named{{Name: "tool"}, {Name: "libc6"}}, // the latter is of the archive alone
				Sources: []packages.Source{openInstalled(t, root), m.open(t)},
			}
			if row.change != nil {
				row.change(t, &w)
			}
			before := b.made
			got, err := b.selects(t, w)
			if err != nil {
				t.Fatal(err)
			}
			if anew := b.made > before; anew != row.anew {
				t.Errorf("selected anew: %v, want %v", anew, row.anew)
			}
			if diff := cmp.Diff(shown(t, selectAll(t, w)), shown(t, got)); diff != "" {
				t.Errorf("-selected +taken:\n%s", diff)
			}
		})
	}
}

// objects is one ELF file of an app.
func objects(at string, spec ...string) []slicer.Object {
	body := slicertest.ELFOf(spec...).Bytes()
	return []slicer.Object{{Path: at, Open: func() (packages.ReaderAtCloser, error) { return packages.InMemory(body), nil }}}
}

// TestWhatWasNotAskedIsNotOpened has a selection that found all among the installed packages: neither it nor the build after it opens the
// archive, whatever became of that.
func TestWhatWasNotAskedIsNotOpened(t *testing.T) {
	root := debianRoot(t)
	archive := packages.Lazy("the archive", func() (packages.Source, error) { return nil, errors.New("no network") })
	b := builds{}
	for range 2 {
		w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{openInstalled(t, root), archive}}
		if _, err := b.selects(t, w); err != nil {
			t.Fatal(err)
		}
	}
	if b.made != 1 {
		t.Errorf("it was selected %d times", b.made)
	}
}

// TestWhatIsKeptMayBeDamaged cuts and changes what was kept: it is selected anew, and the same.
func TestWhatIsKeptMayBeDamaged(t *testing.T) {
	root := debianRoot(t)
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{openInstalled(t, root)}}
	b := builds{}
	if _, err := b.selects(t, w); err != nil {
		t.Fatal(err)
	}
	whole := slices.Clone(b.kept)
	changed := slices.Clone(whole)
	changed[len(changed)/2] ^= 1
	for _, kept := range [][]byte{nil, whole[:len(whole)/2], changed, []byte("{}")} {
		b.kept, b.made = kept, 0
		got, err := b.selects(t, w)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shown(t, selectAll(t, w)), shown(t, got)); diff != "" || b.made != 1 {
			t.Errorf("made %d times, -want +got:\n%s", b.made, diff)
		}
	}
}

// TestNothingIsKeptOfWhatCannotBeTold has files that nobody could sum up, and a source that cannot tell its identity.
func TestNothingIsKeptOfWhatCannotBeTold(t *testing.T) {
	root := debianRoot(t)
	for name, change := range map[string]func(w *slicer.Want){
		"a file that was not summed up": func(w *slicer.Want) {
			w.Objects = objects("/app/x.so", "needs=libx.so.1")
			open, opened := w.Objects[0].Open, 0
			w.Objects[0].Open = func() (packages.ReaderAtCloser, error) {
				if opened++; opened == 1 {
					return nil, errors.New("later")
				}
				return open()
			}
		},
		"a source that cannot tell": func(w *slicer.Want) { w.Sources[0] = anonymous{w.Sources[0]} },
	} {
		t.Run(name, func(t *testing.T) {
			w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{openInstalled(t, root)}}
			change(&w)
			b := builds{}
			if _, err := b.selects(t, w); err != nil || b.kept != nil {
				t.Errorf("kept were %d bytes, %v", len(b.kept), err)
			}
		})
	}
}

// anonymous is a source without an identity.
type anonymous struct{ packages.Source }

func (anonymous) Identity() (string, error) { return "", nil }

// TestEveryFieldOfAWantDecides gives each field of a want another value: the selection is no longer that of the build before. Those that
// decide nothing are named here, for whoever adds one.
func TestEveryFieldOfAWantDecides(t *testing.T) {
	root := debianRoot(t)
	base := func() slicer.Want {
		return slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}}, Sources: []packages.Source{openInstalled(t, root)}}
	}
	change := map[string]func(w *slicer.Want){
		"Arch":         func(w *slicer.Want) { w.Arch = "arm64" },
		"Names":        func(w *slicer.Want) { w.Names = append(w.Names, slicer.Named{Name: "libx1"}) },
		"Objects":      func(w *slicer.Want) { w.Objects = objects("/app/x.so") },
		"Links":        func(w *slicer.Want) { w.Links = map[string]string{"/a": "b"} },
		"LibraryPath":  func(w *slicer.Want) { w.LibraryPath = []string{"/app"} },
		"Scripts":      func(w *slicer.Want) { w.Scripts = objects("/app/x.py") },
		"Opened":       func(w *slicer.Want) { w.Opened = []slicer.Named{{Name: "libx.so.1"}} },
		"Floor":        func(w *slicer.Want) { w.Floor = &contract.Floor{ID: "some"} },
		"Sonames":      func(w *slicer.Want) { w.Sonames = []slicer.Named{{Name: "libx.so.1"}} },
		"ReleaseName":  func(w *slicer.Want) { w.ReleaseName = "debian-13" },
		"ClosureLayer": func(w *slicer.Want) { w.ClosureLayer = "other" },
		"Unprivileged": func(w *slicer.Want) { w.Unprivileged = true },
		"Omit": func(w *slicer.Want) {
			w.Omit = []slicer.Omit{{Omission: manifest.Omission{Name: "x"}, Paths: []string{"usr/bin/x"}}}
		},
		"Sources": func(w *slicer.Want) {
			other := debianRoot(t)
			write(t, other, "var/lib/dpkg/info/another.list", "/usr/bin/another\n")
			w.Sources = []packages.Source{openInstalled(t, other)}
		},
	}
	nothing := []string{"Progress", "Release"} // the latter is Keep.Definitions
	for field := range reflect.TypeFor[slicer.Want]().Fields() {
		if slices.Contains(nothing, field.Name) {
			continue
		}
		t.Run(field.Name, func(t *testing.T) {
			other := change[field.Name]
			if other == nil {
				t.Fatal("no value of it is tried")
			}
			b := builds{}
			if _, err := b.selects(t, base()); err != nil {
				t.Fatal(err)
			}
			w := base()
			other(&w)
			_, _ = b.selects(t, w) // not all of these can be had
			if b.made != 2 {
				t.Error("it decides nothing")
			}
		})
	}
}

// TestSumsAreOfWhatIsRead holds the digests of files, and that none is given where one cannot be read.
func TestSumsAreOfWhatIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a", "a")
	in := func(name string) slicer.Object {
		return slicer.Object{Path: name, Open: func() (packages.ReaderAtCloser, error) { return packages.OpenIn(os.DirFS(dir), filepath.Base(name)) }}
	}
	large, err := os.Create(filepath.Join(dir, "large"))
	if err == nil {
		err = errors.Join(large.Truncate(1<<40), large.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := slicer.SumObjects([]slicer.Object{in("/app/a"), in("/app/large")}); got[0].SHA256 != "" || got[1].SHA256 != "" {
		t.Errorf("files of a terabyte were summed up: %v", got)
	}
	given := []slicer.Object{in("/app/a"), in("/app/none")}
	got := slicer.SumObjects(given)
	if want := "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"; got[0].SHA256 != want || got[1].SHA256 != "" || given[0].SHA256 != "" {
		t.Errorf("got %q and %q", got[0].SHA256, got[1].SHA256)
	}
}
