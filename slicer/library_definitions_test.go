package slicer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoPackages = `
-- deb/file_1/usr/bin/file --
elf needs=libmagic.so.1
-- deb/libmagic1_1/usr/lib/x86_64-linux-gnu/libmagic.so.1 --
elf soname=libmagic.so.1
-- deb/libmagic-mgc_1/DEBIAN/control --
Depends: libread1
-- deb/libmagic-mgc_1/usr/lib/file/magic.mgc --
patterns
-- deb/libmagic-mgc_1/usr/lib/file/reader.so --
elf soname=reader.so needs=libread.so.1
-- deb/libread1_1/usr/lib/x86_64-linux-gnu/libread.so.1 --
elf soname=libread.so.1
-- deb/libspare2_1/usr/lib/x86_64-linux-gnu/libspare.so.2 --
elf soname=libspare.so.2
`

// TestClosureFollowsDefinitionsOfLibraries brings what the definition of a library requires when the closure brings the
// library, and what that needs in turn; libraries that the definition requires are left to the closure, which needs none.
func TestClosureFollowsDefinitionsOfLibraries(t *testing.T) {
	w := wantOf(t, twoPackages, "file_bins")
	w.Release = releaseOf(t, map[string]string{
		"libmagic1": `  libs:
    essential:
      libmagic-mgc_database:
      libmagic-mgc_other: {arch: arm64}
      libspare2_libs:
    contents: {/usr/lib/*-linux-*/libmagic.so.*: }
`,
		"libmagic-mgc": `  database:
    contents: {/usr/lib/file/**: }
  other:
    contents: {/usr/lib/file/magic.other: }
`,
		"libspare2": `  libs:
    contents: {/usr/lib/*-linux-*/libspare.so.*: }
`,
	})
	var got []string
	for _, f := range selectAll(t, w).Files {
		if strings.HasPrefix(f.Path, "usr/") && !strings.HasPrefix(f.Path, "usr/share/doc") {
			got = append(got, f.Path+" of "+f.Slice)
		}
	}
	slices.Sort(got)
	want := []string{
		"usr/bin/file of file_bins",
		"usr/lib/file of libmagic-mgc_database",
		"usr/lib/file/magic.mgc of libmagic-mgc_database",
		"usr/lib/file/reader.so of libmagic-mgc_database",
		"usr/lib/x86_64-linux-gnu/libmagic.so.1 of libmagic1_libs",
		"usr/lib/x86_64-linux-gnu/libread.so.1 of libread1_libs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
