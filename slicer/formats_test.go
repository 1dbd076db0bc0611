package slicer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// archivesOf are the archives of a release as each format has them: an order, and one that older readers do not see.
var archivesOf = map[string]string{
	"v1": `archives:
  ubuntu: {default: true, version: "24.04", suites: [noble, noble-updates], components: [main], public-keys: [test]}
v2-archives:
  esm: {version: "24.04", pro: esm-apps, suites: [noble-apps], components: [main], public-keys: [test]}
`,
	"v2": `archives:
  ubuntu: {priority: 10, version: "24.04", suites: [noble, noble-updates], components: [main], public-keys: [test]}
  esm: {priority: 16, version: "24.04", pro: esm-apps, suites: [noble-apps], components: [main], public-keys: [test]}
`,
}

// listOfEssentials is how v1 and v2 write what is required; v3 has a map.
var listOfEssentials = regexp.MustCompile(`essential: \[(.*)\]`)

// inFormat are the files of a release whose definitions are written as in v1, in a format.
func inFormat(t *testing.T, text *txtar.Archive, format string) fstest.MapFS {
	t.Helper()
	key := slicertest.NewKey("release", slicertest.KeyOptions{})
	config := "format: " + format + "\nmaintenance: {standard: 2024-04-25, expanded: 2029-05-31, legacy: 2034-04-25, end-of-life: 2036-04-29}\n"
	config += archivesOf[strings.Replace(format, "v3", "v2", 1)]
	config += fmt.Sprintf("public-keys: {test: {id: %q, armor: %q}}\n", key.Fingerprint()[len(key.Fingerprint())-16:], key.Armored())
	files := fstest.MapFS{"chisel.yaml": {Data: []byte(config)}}
	for _, f := range text.Files {
		if !strings.HasPrefix(f.Name, "slices/") {
			continue
		}
		definition := string(f.Data)
		if format == "v3" {
			definition = listOfEssentials.ReplaceAllStringFunc(definition, func(list string) string {
				names := listOfEssentials.FindStringSubmatch(list)[1]
				return "essential: {" + strings.ReplaceAll(names, ",", ": ,") + ": }"
			})
			definition = strings.ReplaceAll(definition, "v3-essential:", "essential:")
		}
		files[f.Name] = &fstest.MapFile{Data: []byte(definition)}
	}
	return files
}

// TestReleasesOfAllFormats cuts all slices of a release in each format into a root, and looks at the whole tree and the whole wall.
func TestReleasesOfAllFormats(t *testing.T) {
	const name = "testdata/formats/release.txtar"
	text, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	source := openArchive(t, slicertest.ArchiveOf(text, slicertest.NewKey("test", slicertest.KeyOptions{})))
	for _, format := range []string{"v1", "v2", "v3"} {
		r, err := release.Read(inFormat(t, text, format))
		if err == nil {
			err = r.Validate()
		}
		if err != nil || len(r.Warnings) > 0 {
			t.Fatalf("%s: %v, %v", format, err, r.Warnings)
		}
		w := slicer.Want{Arch: "amd64", Release: r, Sources: []packages.Source{source}, ClosureLayer: contract.LayerSlices}
		for _, pkg := range r.Names() {
			for s := range r.Package(pkg).Slices {
				w.Names = append(w.Names, slicer.Named{Name: pkg + "_" + s, By: "test"})
			}
		}
		s := selectAll(t, w)
		got := map[string]string{"tree": treeOf(t, s), "wall": wallOf(t, s)}
		for i, f := range text.Files {
			if want := got[f.Name]; want != "" && *update {
				text.Files[i].Data = []byte(want)
			} else if diff := cmp.Diff(string(f.Data), want); want != "" && diff != "" {
				t.Errorf("%s: %s: -want +got:\n%s", format, f.Name, diff)
			}
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// treeOf lists what a selection makes of a root, without dpkg's records. Hard links are told.
func treeOf(t *testing.T, s *slicer.Selection) string {
	t.Helper()
	dir := t.TempDir()
	if err := slicer.Cut(t.Context(), s, contract.LayerSlices, tree.NewDir(openRoot(t, dir))); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(listDir(t, dir), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "var/lib/dpkg") || strings.Contains(line, "\\x7fELF") || strings.Contains(line, "manifest.wall")
	})
	for _, f := range s.Files {
		if f.HardLink == "" {
			continue
		}
		a, err := os.Stat(filepath.Join(dir, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.Stat(filepath.Join(dir, f.HardLink))
		if err != nil || !os.SameFile(a, b) {
			t.Errorf("%s is no hard link to %s: %v", f.Path, f.HardLink, err)
		}
		lines = append(lines, f.Path+" is "+f.HardLink+"\n")
	}
	return strings.Join(lines, "")
}

// wallOf is the wall that a selection makes, with the texts of files in the place of their digests.
func wallOf(t *testing.T, s *slicer.Selection) string {
	t.Helper()
	text := unpacked(t, strings.NewReader(bodyOf(t, s, contract.LayerSlices, "var/lib/chisel/manifest.wall")))
	return withTexts(text, "%s", "", "DISTRIB_ID=Test\n", "ID=test\n", "FIXME", "AAAA\nBBBB\n", "BBBB\n", "MPL\n", "GPL-3\n", "program\n", "1;\n", "2;\n", "x\n", "tool\n", "helper\n", "s3cr3t\n")
}
