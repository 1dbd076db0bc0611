package rust

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestNewerRustIsGotWhereCratesAskForIt: the first build learns it from cargo, the second has it from the first, unless the
// lock has changed.
func TestNewerRustIsGotWhereCratesAskForIt(t *testing.T) {
	f := &fake{packages: []string{"shop 0.1.0 bin=shop in=."}, fails: map[string]string{"build": "error: rustc 1.85.1 is not supported by the following packages:\n  home@0.5.12 requires rustc 1.88\n"}}
	s := shop(t, f, nil)
	asked := 0
	s.More = func(_ context.Context, more []language.BuildPackage) (language.Site, error) {
		if len(more) != 2 || more[0].Name != "rustc-web" || more[1].Name != "cargo-web" {
			t.Errorf("it asks for %v", more)
		}
		asked++
		f.newer = true
		with := s
		with.Tools = "newer"
		return with, nil
	}
	for i, row := range []struct {
		lock         string
		asked, built int // so far
	}{
		{lockText, 1, 2}, {lockText, 2, 2}, {lockText + "\n", 3, 4},
	} {
		f.newer = false
		languagetest.Write(t, s.Dir, map[string]string{"Cargo.toml": "", "Cargo.lock": row.lock})
		a, err := compile(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		built := 0
		for _, line := range f.ran {
			if strings.HasPrefix(line, "cargo build ") {
				built++
			}
		}
		if asked != row.asked || built != row.built || len(a.Processes) != 1 {
			t.Errorf("build %d: asked for a newer Rust %d times, ran cargo build %d times, processes %v; want %d, %d", i+1, asked, built, a.Processes, row.asked, row.built)
		}
		i := slices.IndexFunc(a.Components, func(c language.Component) bool { return c.Name == "rust-std" })
		if i < 0 || a.Components[i].Version != "1.96.0" {
			t.Errorf("its standard library is of %v", a.Components)
		}
	}
}

// TestNewerRustThatIsNotToBeHad: what cargo said first is told then.
func TestNewerRustThatIsNotToBeHad(t *testing.T) {
	f := &fake{packages: []string{"shop 0.1.0 bin=shop in=."}, fails: map[string]string{"metadata": "error: lock file version `9` was found, but this version of Cargo does not understand this lock file\n"}}
	s := shop(t, f, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText})
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "the app is written for a newer Rust than the build has")
	if err != nil && strings.Contains(fmt.Sprint(err), "no archive") {
		t.Errorf("got error %v", err)
	}
}
