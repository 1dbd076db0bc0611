package build

import (
	"context"
	"errors"
	"strings"
	"testing"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/packages"
)

// unlisted is a source whose list of files cannot be read.
type unlisted struct{ *memory }

func (unlisted) Owners(context.Context, string) ([]packages.Owner, error) {
	return nil, errors.New("it is not the file that was announced")
}

// TestPackageIsFoundWithoutTheListOfFiles: mirrors often carry a list of files that is not that of their Release. Packages
// whose names suggest that they have the file are looked into, and only what they have is told.
func TestPackageIsFoundWithoutTheListOfFiles(t *testing.T) {
	archive := newMemory("archive")
	for name, files := range map[string]string{
		"libmpfr-dev": "usr/include/mpfr.h", "libpq-dev": "usr/bin/pg_config", "libmariadb-dev": "usr/lib/x86_64-linux-gnu/pkgconfig/libmariadb.pc", "libldap-dev": "usr/include/lber.h",
		"zlib1g-dev": "usr/include/zlib.h usr/lib/x86_64-linux-gnu/libz.so", "cmake": "usr/bin/cmake", "libfoo-dev": "usr/include/other.h",
	} {
		archive.add(packages.Package{Name: name, Version: "1"}, strings.Fields(files)...)
	}
	b := &builder{sources: sources{installed: newMemory("installed"), archive: unlisted{archive}}, log: languagetest.Quiet()}
	find := b.finder(t.Context())
	for _, row := range []struct {
		kind  failure.Kind
		names string
		want  string
	}{
		{failure.Header, "mpfr.h", "libmpfr-dev"},
		{failure.Program, "pg_config", "libpq-dev"},
		{failure.PkgConfig, "mysqlclient mariadb libmariadb", "libmariadb-dev"},
		{failure.Header, "lber.h", "libldap-dev"},
		{failure.Header, "zlib.h", "zlib1g-dev"},
		{failure.Library, "z", "zlib1g-dev"},
		{failure.Program, "cmake", "cmake"},
		{failure.Header, "foo.h", ""}, // the package of the likely name does not have it
		{failure.Header, "nowhere.h", ""},
	} {
		var got []string
		for _, f := range find(failure.Cause{Kind: row.kind, Names: strings.Fields(row.names)}) {
			got = append(got, f.Package)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s %s: got %v, want %s", row.kind, row.names, got, row.want)
		}
	}
}

// TestOddNamesAreWellFormed: a name stands once, so that the first row that has it is the only one.
func TestOddNamesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range oddNames {
		if o.packages == "" {
			t.Errorf("%s has no package", o.names)
		}
		for name := range strings.FieldsSeq(o.names) {
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
	}
}
