package slicer_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// threeNames is a package with a program of three names, of which the first is not the first by path, and another file of the same
// bytes.
var threeNames = []slicertest.Deb{{Name: "perl", Files: []slicertest.DebFile{
	{Path: "usr/bin/perl5", Body: []byte("program"), Mode: 0o755},
	{Path: "usr/bin/perl", HardLink: "usr/bin/perl5", Mode: 0o755},
	{Path: "usr/bin/perl5.40", HardLink: "usr/bin/perl", Mode: 0o755},
	{Path: "usr/bin/same", Body: []byte("program"), Mode: 0o755},
	{Path: "etc/perl.conf", Body: []byte("x")},
	{Path: "etc/perl.old", HardLink: "etc/perl.conf"},
}}}

// linksIn tells the hard links of a tar, as "name -> first name", and the regular files.
func linksIn(t *testing.T, data []byte) string {
	t.Helper()
	var got []string
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.Join(got, ", ")
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case h.Typeflag == tar.TypeLink:
			got = append(got, h.Name+" -> "+h.Linkname)
		case h.Typeflag == tar.TypeReg && !strings.HasPrefix(h.Name, "var/lib/dpkg/"):
			got = append(got, h.Name)
		}
	}
}

// TestHardLinksStayHardLinks cuts a file of several names into a tar and into a directory, as it is and below another directory.
func TestHardLinksStayHardLinks(t *testing.T) {
	definition := map[string]string{"perl": `  two:
    contents: {/usr/bin/perl5: , /usr/bin/perl5.40: }
  mode:
    contents: {/usr/bin/perl5: , /usr/bin/perl: {mode: 0700}}
  copied:
    contents: {/usr/bin/perl5: , /usr/bin/perl6: {copy: /usr/bin/perl}}
  changed:
    contents: {/etc/perl.conf: {mutable: true}, /etc/perl.old: }
    mutate: |
      content.write("/etc/perl.conf", "y")
`}
	for name, want := range map[string]string{
		"perl":         "etc/perl.conf, etc/perl.old -> etc/perl.conf, usr/bin/perl, usr/bin/perl5 -> usr/bin/perl, usr/bin/perl5.40 -> usr/bin/perl, usr/bin/same",
		"perl_two":     "usr/bin/perl5, usr/bin/perl5.40 -> usr/bin/perl5",
		"perl_mode":    "usr/bin/perl, usr/bin/perl5",
		"perl_copied":  "usr/bin/perl5, usr/bin/perl6",
		"perl_changed": "etc/perl.conf, etc/perl.old",
	} {
		w := wantOfDebs(t, threeNames, name)
		w.Release = releaseOf(t, definition)
		s := selectAll(t, w)
		data := tarOf(t, s, contract.LayerSlices)
		if diff := cmp.Diff(want, linksIn(t, data)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		if again := tarOf(t, s, contract.LayerSlices); !bytes.Equal(data, again) {
			t.Errorf("%s: two tars of one selection differ", name)
		}
		for _, below := range []string{"", "layers/slices"} {
			if got := linksOf(t, s, below); got != want {
				t.Errorf("%s below %q: got %s, want %s", name, below, got, want)
			}
		}
	}
}

// linksOf cuts into a directory of another one, and tells which of its files are the same.
func linksOf(t *testing.T, s *slicer.Selection, below string) string {
	t.Helper()
	dir := t.TempDir()
	if err := slicer.Cut(t.Context(), s, contract.LayerSlices, tree.Part(tree.NewDir(openRoot(t, dir)), below)); err != nil {
		t.Fatal(err)
	}
	var got []string
	first := map[string]os.FileInfo{}
	for _, f := range s.Files {
		if f.Kind != tree.File || strings.HasPrefix(f.Path, "var/lib/dpkg/") {
			continue
		}
		info, err := os.Lstat(filepath.Join(dir, below, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		text := f.Path
		for _, other := range s.Files {
			if of := first[other.Path]; of != nil && os.SameFile(of, info) {
				text = fmt.Sprintf("%s -> %s", f.Path, other.Path)
				break
			}
		}
		first[f.Path] = info
		got = append(got, text)
	}
	return strings.Join(got, ", ")
}

// TestHardLinksWeighOnce holds the size of a cut, and its digest, against those of the same files by names of their own.
func TestHardLinksWeighOnce(t *testing.T) {
	apart := []slicertest.Deb{{Name: "perl", Files: nil}}
	for _, f := range threeNames[0].Files {
		if f.HardLink != "" {
			f.HardLink, f.Body = "", []byte(map[bool]string{true: "x", false: "program"}[strings.HasPrefix(f.Path, "etc/")])
		}
		apart[0].Files = append(apart[0].Files, f)
	}
	linked, single := selectAll(t, wantOfDebs(t, threeNames, "perl")), selectAll(t, wantOfDebs(t, apart, "perl"))
	if less := single.Size(contract.LayerSlices) - linked.Size(contract.LayerSlices); less != int64(2*len("program")+len("x")) {
		t.Errorf("hard links weigh %d bytes less", less)
	}
	if linked.Digest(contract.LayerSlices) == single.Digest(contract.LayerSlices) {
		t.Error("a tar with hard links has the digest of one without")
	}
}

// TestLayersHaveNoHardLinks cuts onto a run image: the lifecycle exports each name as a file, and the manifest says what is there.
func TestLayersHaveNoHardLinks(t *testing.T) {
	w := wantOfDebs(t, threeNames, "perl")
	w.Floor = floorWithDoors()
	for _, f := range selectAll(t, w).Files {
		if f.HardLink != "" {
			t.Errorf("%s is a link to %s", f.Path, f.HardLink)
		}
	}
}
