package slicer_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/slicertest"
)

// releaseOf makes a release of definitions by package.
func releaseOf(t *testing.T, definitions map[string]string) *release.Release {
	t.Helper()
	r, err := release.Read(releaseFiles(definitions))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// releaseFiles are the files of a release with some definitions.
func releaseFiles(definitions map[string]string) fstest.MapFS {
	key := slicertest.NewKey("release", slicertest.KeyOptions{})
	armor := strings.ReplaceAll(strings.TrimSpace(string(key.Armored())), "\n", "\n      ")
	files := fstest.MapFS{"chisel.yaml": {Data: fmt.Appendf(nil, `format: v3
maintenance: {standard: 2025-08-09, end-of-life: 2030-06-30}
archives:
  debian: {version: "13", suites: [trixie], components: [main], public-keys: [test]}
public-keys:
  test:
    id: %s
    armor: |
      %s
`, key.Fingerprint()[len(key.Fingerprint())-16:], armor)}}
	for pkg, text := range definitions {
		files["slices/"+pkg+".yaml"] = &fstest.MapFile{Data: []byte("package: " + pkg + "\nslices:\n" + text)}
	}
	return files
}

const onePackage = `
-- deb/one_1/etc/one.list --
b
a
-- deb/one_1/etc/one.d/x --
x
-- deb/one_1/etc/one.d/y --
y
-- deb/one_1/usr/bin/one --
#!
`

// TestMutate runs scripts over texts and over files of packages, and looks at what is cut.
func TestMutate(t *testing.T) {
	for name, row := range map[string]struct {
		definition string
		path, want string // a file of the cut, or the error
	}{
		"WritesText": {`  script:
    contents:
      /etc/made: {text: FIXME, mutable: true}
    mutate: |
      content.write("/etc/made", "made by a script\n")
`, "etc/made", "made by a script\n"},
		"ReadsAndWritesFileOfPackage": {`  script:
    contents:
      /etc/one.list: {mutable: true}
    mutate: |
      lines = content.read("/etc/one.list").split()
      content.write("/etc/one.list", ",".join(sorted(lines)))
`, "etc/one.list", "a,b"},
		"ListsDirectory": {`  script:
    contents:
      /etc/one.d/*:
      /etc/made: {text: "", mutable: true}
    mutate: |
      content.write("/etc/made", " ".join(content.list("/etc/one.d") + content.list("/etc")))
`, "etc/made", "x y made one.d/"},
		"RefusesFileThatIsNotMutable": {`  script:
    contents:
      /etc/one.list:
    mutate: |
      content.write("/etc/one.list", "")
`, "", "is mutable"},
		"RefusesFileThatIsNotSelected": {`  script:
    contents:
      /usr/bin/one:
    mutate: |
      content.read("/etc/one.list")
`, "", "/etc/one.list"},
		"RefusesPathOutOfRoot": {`  script:
    contents:
      /usr/bin/one:
    mutate: |
      content.read("/usr/../../etc/passwd")
`, "", "cannot cut one_script: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := wantOf(t, onePackage, "one_script")
			w.Release = releaseOf(t, map[string]string{"one": row.definition})
			s, err := slicer.Select(t.Context(), w)
			if row.path == "" {
				if err == nil || !strings.HasPrefix(err.Error(), "cannot cut one_script: ") || !strings.Contains(err.Error(), row.want) {
					t.Errorf("got error %v, want %s", err, row.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := bodyOf(t, s, contract.LayerSlices, row.path)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if f := fileOf(t, s, row.path); f.Size != int64(len(row.want)) {
				t.Errorf("the manifest says %d bytes, there are %d", f.Size, len(row.want))
			}
		})
	}
}

// TestUntilMutate removes what was there for scripts only, unless another slice wants to keep it.
func TestUntilMutate(t *testing.T) {
	definition := `  build:
    contents:
      /etc/one.d/*: {until: mutate}
      /etc/made: {text: "", mutable: true}
    mutate: |
      content.write("/etc/made", content.read("/etc/one.d/x") + content.read("/etc/one.d/y"))
  keep:
    contents:
      /etc/one.d/x:
  also:
    contents:
      /etc/one.d/x: {until: mutate}
`
	for names, want := range map[string]string{
		"one_build":                   "etc/made",
		"one_build one_also":          "etc/made",
		"one_build one_keep":          "etc/made etc/one.d/x",
		"one_keep one_build one_also": "etc/made etc/one.d/x",
	} {
		w := wantOf(t, onePackage, strings.Fields(names)...)
		w.Release = releaseOf(t, map[string]string{"one": definition})
		s := selectAll(t, w)
		var got []string
		for _, f := range s.Files {
			if strings.HasPrefix(f.Path, "etc/") {
				got = append(got, f.Path)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", names, got, want)
		}
		if body := bodyOf(t, s, contract.LayerSlices, "etc/made"); body != "x\ny\n" {
			t.Errorf("%s: the script made %q", names, body)
		}
	}
}

// TestUntilMutateKeepsDirectoryThatIsNotEmpty removes a directory with what is in it, unless something stays there.
func TestUntilMutateKeepsDirectoryThatIsNotEmpty(t *testing.T) {
	definition := `  build:
    contents:
      /srv/empty/: {make: true, mode: 0700, until: mutate}
      /srv/gone/: {make: true, mode: 0700, until: mutate}
      /srv/gone/x: {text: x, until: mutate}
      /srv/kept/: {make: true, mode: 0700, until: mutate}
      /srv/kept/x: {text: x}
`
	w := wantOf(t, onePackage, "one_build")
	w.Release = releaseOf(t, map[string]string{"one": definition})
	if got, want := render(selectAll(t, w)), "slices srv/kept dir 0700 ()\nslices srv/kept/x file 0644 (one_build)\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s", got)
	}
}

// TestModeOfDefinition gives modes to what a definition makes.
func TestModeOfDefinition(t *testing.T) {
	w := wantOf(t, onePackage, "one_script")
	w.Release = releaseOf(t, map[string]string{"one": `  script:
    contents:
      /etc/secret: {text: x, mode: 0600}
      /srv/shared/: {make: true, mode: 02775}
      /srv/plain/: {make: true}
      /etc/link: {symlink: one.list}
      /etc/copied: {copy: /etc/one.list}
`})
	s := selectAll(t, w)
	for path, want := range map[string]string{"etc/secret": "0600", "srv/shared": "2775", "srv/plain": "0755", "etc/link": "0777", "etc/copied": "0644"} {
		if got := fileOf(t, s, path).Mode; got != want {
			t.Errorf("%s has mode %s, want %s", path, got, want)
		}
	}
	if got := bodyOf(t, s, contract.LayerSlices, "etc/copied"); got != "b\na\n" {
		t.Errorf("the copy holds %q", got)
	}
}
