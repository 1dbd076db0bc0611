package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

// TestLayersThatAreCutAheadAreThose builds an app whose language says what it will need, and one whose language does not: the
// images are the same, whatever was expected.
func TestLayersThatAreCutAheadAreThose(t *testing.T) {
	asked := func(names ...string) (all []slicer.Named) {
		for _, name := range names {
			all = append(all, slicer.Named{Name: name, By: "test", Kind: manifest.Runtime})
		}
		return all
	}
	image := func(expected []slicer.Named) map[string]string {
		w := newWorkshop(t)
		w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
			for range 2 { // a second time counts for nothing
				if err := s.Expect(ctx, language.Artifacts{Slices: expected}); err != nil {
					return language.Artifacts{}, err
				}
			}
			a, err := w.compile(ctx, s)
			a.Slices = asked("certificates")
			return a, err
		}
		log, err := w.run(t)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		w.hasNothingAhead(t)
		all := map[string]string{}
		for _, layer := range []string{contract.LayerSlices, contract.LayerLibs, contract.LayerLoader, "manifest"} {
			for _, name := range languagetest.Names(t, filepath.Join(w.layers, layer)) {
				info, err := os.Lstat(filepath.Join(w.layers, layer, name))
				if err != nil {
					t.Fatal(err)
				}
				all[layer+"/"+name] = info.Mode().String()
				if info.Mode().IsRegular() {
					all[layer+"/"+name] += " " + strings.ReplaceAll(languagetest.Read(t, filepath.Join(w.layers, layer, name)), w.dir, "DIR")
				}
			}
			info, err := os.Stat(filepath.Join(w.layers, layer))
			if err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("layer %s has %v, %v", layer, info, err)
			}
		}
		return all
	}
	want := image(nil)
	for _, expected := range [][]slicer.Named{asked("certificates"), asked("libgmp10"), asked("certificates", "libgmp10"), asked("nothing-of-that-name")} {
		if diff := cmp.Diff(want, image(expected)); diff != "" {
			t.Errorf("expecting %v: %s", expected, diff)
		}
	}
}

// TestCutAheadTakesNothingAnew asserts that a layer which was cut ahead is not cut again.
func TestCutAheadTakesNothingAnew(t *testing.T) {
	n := &ahead{dir: t.TempDir(), cut: map[string]string{"slices": "sha256:1"}}
	to := t.TempDir()
	languagetest.Write(t, n.dir, map[string]string{"slices/usr/bin/tool": "tool"})
	for _, c := range []struct {
		name, digest string
		want         bool
	}{{"libs", "sha256:1", false}, {"slices", "sha256:2", false}, {"slices", "sha256:1", true}} {
		if got, err := n.take(c.name, c.digest, to); got != c.want || err != nil {
			t.Errorf("take(%s, %s) = %v, %v", c.name, c.digest, got, err)
		}
	}
	if diff := cmp.Diff([]string{"usr/bin/tool"}, languagetest.Names(t, to)); diff != "" {
		t.Error(diff)
	}
}

// TestLibrariesOfRootsAreCutAhead waits for the libraries that a program in an expected layer needs, while its compiler still runs.
func TestLibrariesOfRootsAreCutAhead(t *testing.T) {
	w := newWorkshop(t)
	const library = "usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0"
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		a, err := w.compile(ctx, s)
		if err != nil {
			return a, err
		}
		if err := s.Expect(ctx, language.Artifacts{Roots: a.Roots}); err != nil {
			return a, err
		}
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
			if found, _ := filepath.Glob(filepath.Join(w.layers, ".ahead-*", contract.LayerLibs, library)); len(found) > 0 {
				return a, nil
			}
		}
		return a, errors.New("the libraries are not cut ahead")
	}
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if !language.Exists(filepath.Join(w.layers, contract.LayerLibs, library)) {
		t.Error("the image lacks the library")
	}
	w.hasNothingAhead(t)
}

// TestFailedBuildLeavesNothingAhead has a build fail while something is cut ahead of it.
func TestFailedBuildLeavesNothingAhead(t *testing.T) {
	w := newWorkshop(t)
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		if err := s.Expect(ctx, language.Artifacts{Slices: []slicer.Named{{Name: "libgmp10"}}}); err != nil {
			return language.Artifacts{}, err
		}
		return language.Artifacts{}, errors.New("the compiler fails")
	}
	if _, err := w.run(t); err == nil || !strings.Contains(err.Error(), "the compiler fails") {
		t.Errorf("got error %v", err)
	}
	w.hasNothingAhead(t)
}

// TestNothingIsCutAheadOfAnImageThatHasIt builds twice: the second build finds the layers in the image.
func TestNothingIsCutAheadOfAnImageThatHasIt(t *testing.T) {
	w := newWorkshop(t)
	begun := 0
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		if err := s.Expect(ctx, language.Artifacts{Slices: []slicer.Named{{Name: "libgmp10"}}}); err != nil {
			return language.Artifacts{}, err
		}
		if left, _ := filepath.Glob(w.layers + "/.ahead-*"); len(left) > 0 {
			begun++
		}
		return w.compile(ctx, s)
	}
	for range 2 {
		if log, err := w.run(t); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
	}
	if begun != 1 {
		t.Errorf("%d of two builds cut ahead, want the first", begun)
	}
}

func (w *workshop) hasNothingAhead(t *testing.T) {
	t.Helper()
	if left, err := filepath.Glob(w.layers + "/.ahead-*"); err != nil || len(left) > 0 {
		t.Errorf("the build leaves %v, %v", left, err)
	}
}
