package build

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
)

func TestExplain(t *testing.T) {
	lacking := &missing.Error{Findings: []missing.Finding{
		{Kind: missing.Library, Importer: "/workspace/a", Name: "libx.so.1", Package: "libx1"},
		{Kind: missing.Symbol, Importer: "/workspace/b", Name: "f", Version: "X_2", Provider: "libx.so.1"},
	}}
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"problem", fmt.Errorf("cannot build: %w", &language.Problem{What: "it is wrong", Evidence: []string{"a\nb\n"}, Next: "Do it."}), "\nERROR: it is wrong\n  a\n  b\nNext: Do it.\n"},
		{"nothing to advise", &language.Problem{What: "it is wrong"}, "\nERROR: it is wrong\n"},
		{
			"missing", fmt.Errorf("cannot cut: %w", lacking),
			"\nERROR: the image would lack something that its programs need\n  /workspace/a needs libx.so.1; package libx1 has it\n  /workspace/b needs symbol f of version X_2 from libx.so.1\n" +
				"Next: Name the Debian package in project.toml, [dev.whittle.run] slices, or the library in libraries. A library that only the build made must be part of the app.\n",
		},
		{
			"no package", fmt.Errorf("cannot find libx-dev: %w", packages.ErrNoPackage),
			"\nERROR: a Debian package that was asked for does not exist\n  cannot find libx-dev: no such package\n" +
				"Next: Correct the name in project.toml ([dev.whittle.build] packages, [dev.whittle.run] slices) or in BP_WHITTLE_BUILD_PACKAGES, BP_WHITTLE_SLICES.\n",
		},
		{"one line", errors.New("cannot do it"), "\nERROR: cannot do it\n"},
		{"several lines", errors.New("cannot do it\nbecause\nof that"), "\nERROR: cannot do it\n  because\n  of that\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := advice{}.explain(row.err)
			if diff := cmp.Diff(row.want, got.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	var kept *missing.Error
	if !errors.As(advice{}.explain(lacking), &kept) || len(kept.Findings) != 2 {
		t.Error("the findings are lost")
	}
	if !errors.Is(advice{}.explain(fmt.Errorf("cannot: %w", packages.ErrNoPackage)), packages.ErrNoPackage) {
		t.Error("the kind of the error is lost")
	}
}

// TestManySymbolsAreNotAllTold names a few of each file: what a module for another program lacks are hundreds.
func TestManySymbolsAreNotAllTold(t *testing.T) {
	var findings []missing.Finding
	for _, file := range []string{"/a.so", "/b.so"} {
		for i := range 5 {
			findings = append(findings, missing.Finding{Kind: missing.Symbol, Importer: file, Name: fmt.Sprint("f", i)})
		}
	}
	findings = append(findings[:9], missing.Finding{Kind: missing.Library, Importer: "/c", Name: "libx.so.1"})
	want := []string{
		"/a.so needs symbol f0", "/a.so needs symbol f1", "/a.so needs symbol f2", "/b.so needs symbol f0", "/b.so needs symbol f1", "/b.so needs symbol f2",
		"/c needs libx.so.1", "/a.so needs 2 symbols more", "/b.so needs 1 symbol more",
	}
	if diff := cmp.Diff(want, (advice{}).incomplete(findings, nil).Evidence); diff != "" {
		t.Error(diff)
	}
}

// TestAProgramOfANewerSystemIsTold has the one case of a missing version that users meet most.
func TestAProgramOfANewerSystemIsTold(t *testing.T) {
	for _, row := range []struct{ version, next string }{
		{"GLIBC_2.99", "compiled with a newer glibc."},
		{"GLIBCXX_3.4.99", "compiled with a newer libstdc++."},
		{"CXXABI_1.9.9", "compiled with a newer libstdc++."},
		{"CURL_OPENSSL_5", "Name the Debian package"},
	} {
		f := missing.Finding{Kind: missing.Version, Importer: "/workspace/server", Name: "libx.so.1", Version: row.version}
		if p := (advice{}).incomplete([]missing.Finding{f}, nil); !strings.Contains(p.Next, row.next) {
			t.Errorf("%s: %s", row.version, p.Next)
		}
	}
}
