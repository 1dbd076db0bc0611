package slicer_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/verify"
)

const checkedPackages = `
-- deb/python_1/usr/bin/python --
elf exec interp=/lib64/ld-linux-x86-64.so.2 needs=libc.so.6
-- deb/python_1/usr/lib/python/module.so --
elf soname=module.so undefined=PyHost needs=libc.so.6
-- deb/python_1/usr/lib/python/broken.so --
elf soname=broken.so needs=libghost.so.1,libc.so.6
-- deb/python_1/usr/lib/python/a.py --
pass
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
-- deb/libc6_2/usr/lib64/ld-linux-x86-64.so.2 --
elf soname=ld-linux-x86-64.so.2
-- deb/other_1/usr/lib/python/a.py --
something else
`

// TestCheckDefinitions holds good and faulty slices against packages. The loader is found through the links of the
// merged /usr, and what a module expects of its program is no fault.
func TestCheckDefinitions(t *testing.T) {
	w := wantOf(t, checkedPackages)
	r := releaseOf(t, map[string]string{
		"libc6": `  libs:
    contents:
      /usr/lib/*-linux-*/libc.so.*:
      /usr/lib64/ld-linux-x86-64.so.2: {arch: amd64}
`,
		"python": `  bins:
    contents: {/usr/bin/python: }
  module:
    contents: {/usr/lib/python/module.so: }
  broken:
    contents: {/usr/lib/python/broken.so: }
  globs:
    contents:
      /usr/lib/python/*.pyc:
      /usr/lib/python/*.so.arm: {arch: arm64}
      /usr/lib/python/b.py: {copy: /usr/lib/python/gone.py}
  clash:
    essential: {other_files: }
    contents: {/usr/lib/python/a.py: {copy: /usr/lib/python/module.so}}
`,
		"other": `  files:
    contents: {/usr/lib/python/a.py: }
`,
		"elsewhere": `  arm:
    contents: {/usr/bin/elsewhere: {arch: arm64}}
`,
		"gone": `  text:
    contents: {/etc/gone: {text: made}}
  bins:
    contents: {/usr/bin/gone: }
`,
	})
	faults, err := verify.Definitions(t.Context(), r, "amd64", w.Sources[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, string(f.Kind)+" "+f.String())
	}
	want := []string{
		"no-package slices/gone.yaml: gone: cannot find package gone in the archive: no such package (amd64)",
		"incomplete slices/python.yaml:7: python_broken: /usr/lib/python/broken.so needs libghost.so.1 (not found) (amd64)",
		"no-cut slices/python.yaml:14: python_clash: cannot cut python_clash: cannot take /usr/lib/python/a.py from both other and python: they differ (amd64)",
		"no-content slices/python.yaml:11: python_globs: the package has nothing at /usr/lib/python/*.pyc (amd64)",
		"no-content slices/python.yaml:13: python_globs: the package has nothing at /usr/lib/python/gone.py (amd64)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCheckIsKept checks a release with a fault and a warning again and again: the answer is the same without the cache, into it,
// out of it, and with one that somebody wrote into; and it is another one when a file changes.
func TestCheckIsKept(t *testing.T) {
	const bad = "  xxx: {hint: new, contents: {/a: {text: x}}}\n  yyy: {unknown: field, contents: {/a: {text: y}}}\n"
	cache := t.TempDir()
	check := func(text, cache string) *release.Checked {
		r, err := release.Open(releaseFiles(map[string]string{"ab": text, "other": "  xxx: {contents: {/b: }}\n"}))
		if err != nil {
			t.Fatal(err)
		}
		return release.CheckOnce(r, cache)
	}
	want := check(bad, filepath.Join(cache, "none\x00"))
	if want.Packages != 2 || want.Slices != 3 || len(want.Warnings) == 0 || len(want.Faults) != 1 {
		t.Fatalf("got %+v", want)
	}
	for _, when := range []string{"first", "kept", "spoiled"} {
		if when == "spoiled" {
			spoilAll(t, filepath.Join(cache, "definitions"))
		}
		if diff := cmp.Diff(want, check(bad, cache)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", when, diff)
		}
	}
	if got := check("  xxx: {contents: {/a: }}\n", cache); len(got.Faults) != 0 || got.Slices != 2 {
		t.Errorf("of other definitions: got %+v", got)
	}
	if _, err := os.Stat(filepath.Join(cache, "definitions")); err != nil {
		t.Errorf("nothing was kept: %v", err)
	}
}

// spoilAll overwrites all files of a directory.
func spoilAll(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return os.WriteFile(at, []byte("{"), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerdictIsKept validates a release once, and anew when a file changes; a cache that cannot be written is no hindrance.
func TestVerdictIsKept(t *testing.T) {
	good, bad := "  xxx: {contents: {/a: {text: x}}}\n", "  xxx: {contents: {/a: {text: x}}}\n  yyy: {contents: {/a: {text: y}}}\n"
	cache := t.TempDir()
	validate := func(text, cache string) error {
		r, err := release.Open(releaseFiles(map[string]string{"ab": text}))
		if err != nil {
			t.Fatal(err)
		}
		return release.ValidateOnce(r, cache)
	}
	for range 2 {
		if err := validate(good, cache); err != nil {
			t.Error(err)
		}
	}
	first, again := validate(bad, cache), validate(bad, cache)
	if first == nil || again == nil || first.Error() != again.Error() {
		t.Errorf("got %v, then %v", first, again)
	}
	file := filepath.Join(cache, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := validate(bad, file); err == nil || err.Error() != first.Error() {
		t.Errorf("without a cache: %v", err)
	}
}
