package deb_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

// FuzzOpen holds Walk's promises against any bytes.
func FuzzOpen(f *testing.F) {
	files := []slicertest.DebFile{{Path: "usr/a", Body: []byte("a")}, {Path: "usr/b", Link: "../usr/a"}, {Path: "c", HardLink: "usr/a"}}
	for _, compression := range compressions {
		f.Add(slicertest.Deb{Files: files, Compression: compression}.Bytes())
	}
	f.Add(rawTar(symlink("a", "/etc"), file("a/x", "x")))
	f.Add(rawTar(hardlink("a", "../x")))
	limits := deb.Limits{Members: 1000, Unpacked: 1 << 20, Control: 1 << 20, Window: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		pkg, err := deb.Open(bytes.NewReader(data), int64(len(data)), limits)
		if err != nil {
			return
		}
		if c, err := pkg.Control(); err == nil {
			if err := deb.CheckVersion(c.Paragraph.Get("Version")); err != nil {
				t.Error(err)
			}
		}
		checkWalk(t, pkg)
	})
}

// FuzzWalk does so for any data archive whose header sums are right: chance
// would hardly ever make one.
func FuzzWalk(f *testing.F) {
	f.Add(slicertest.Tar(dir("./a/"), file("./a/b", "content"), hardlink("./c", "./a/b"), symlink("./d", "a/b")))
	f.Add(slicertest.Tar(symlink("a", "/etc"), file("a/x", "x"), hardlink("../y", "/a")))
	f.Add(slicertest.Tar(file(strings.Repeat("long/", 60)+"x", ""), file("a", ""), dir("a")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		data := slicertest.Deb{RawTar: withHeaderSums(raw)}.Bytes()
		pkg, err := deb.Open(bytes.NewReader(data), int64(len(data)), deb.Limits{Members: 1000, Unpacked: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		checkWalk(t, pkg)
	})
}

// withHeaderSums returns raw with the sum of each tar header set right: the sum
// of its bytes, those of the sum itself taken as blanks, in octal.
func withHeaderSums(raw []byte) []byte {
	const block, start, end, magic = 512, 148, 156, 257
	fixed := append([]byte{}, raw...)
	for header := range slices.Chunk(fixed, block) {
		if len(header) < block || string(header[magic:magic+5]) != "ustar" {
			continue
		}
		copy(header[start:end], "        ")
		sum := 0
		for _, c := range header {
			sum += int(c)
		}
		copy(header[start:end], fmt.Sprintf("%06o\x00 ", sum))
	}
	return fixed
}

func checkWalk(t *testing.T, pkg *deb.File) {
	seen := map[string]byte{}
	_ = pkg.Walk(func(h *tar.Header, r io.Reader) error {
		checkHeader(t, h, seen)
		n, err := io.Copy(io.Discard, r)
		if err == nil && n != h.Size {
			t.Errorf("%q has %d bytes, its header says %d", h.Name, n, h.Size)
		}
		return err
	})
}

// checkHeader fails the test if a header breaks the promises of Walk.
func checkHeader(t *testing.T, h *tar.Header, seen map[string]byte) {
	name := strings.TrimSuffix(h.Name, "/")
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			t.Errorf("name %q is not clean", h.Name)
		}
	}
	if (h.Typeflag == tar.TypeDir) != strings.HasSuffix(h.Name, "/") {
		t.Errorf("%q has type %c", h.Name, h.Typeflag)
	}
	if kind, twice := seen[name]; twice && (kind != tar.TypeDir || h.Typeflag != tar.TypeDir) {
		t.Errorf("%q comes twice", h.Name)
	}
	for i, c := range name {
		if c == '/' && seen[name[:i]] != 0 && seen[name[:i]] != tar.TypeDir {
			t.Errorf("%q is below %q, which is no directory", name, name[:i])
		}
	}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir, tar.TypeSymlink:
	case tar.TypeLink:
		if kind := seen[h.Linkname]; kind != tar.TypeReg && kind != tar.TypeLink {
			t.Errorf("%q is a hard link to %q, which is no file", h.Name, h.Linkname)
		}
	default:
		t.Errorf("%q has type %c", h.Name, h.Typeflag)
	}
	if h.Mode&^0o7777 != 0 || h.Uid != 0 || !h.ModTime.IsZero() || h.PAXRecords != nil {
		t.Errorf("%q is not normalised: %+v", h.Name, h)
	}
	seen[name] = h.Typeflag
}

// FuzzControl puts anything into the control archive: what is accepted has a name, a version and an architecture, and
// sums and configuration files whose paths are clean.
func FuzzControl(f *testing.F) {
	f.Add("Package: a\nVersion: 1:2-3\nArchitecture: amd64\nDescription: x\n y\n", "d41d8cd98f00b204e9800998ecf8427e  usr/a\n", "/etc/a\nremove-on-upgrade /etc/b\n")
	f.Add("Package: a\nVersion: 1\nArchitecture: all\n", "d41d8cd98f00b204e9800998ecf8427e  ../a\n", "etc/a\n")
	f.Add("Package: ../a\n", "", "")
	f.Fuzz(func(t *testing.T, control, sums, conffiles string) {
		data := slicertest.Deb{Scripts: map[string]string{"control": control, "md5sums": sums, "conffiles": conffiles}}.Bytes()
		pkg, err := deb.Open(bytes.NewReader(data), int64(len(data)), deb.Limits{Control: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		c, err := pkg.Control()
		if err != nil {
			return
		}
		for _, name := range []string{"Package", "Version", "Architecture"} {
			if c.Paragraph.Get(name) == "" {
				t.Errorf("%s is empty in %q", name, control)
			}
		}
		for name := range c.MD5Sums {
			checkClean(t, name)
		}
		for _, name := range c.Conffiles {
			checkClean(t, name)
		}
	})
}

func checkClean(t *testing.T, name string) {
	t.Helper()
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			t.Errorf("name %q is not clean", name)
		}
	}
}

// FuzzParagraphs holds the reader against Encode, which must restore what was
// read, and against the scanner, which must find the same.
func FuzzParagraphs(f *testing.F) {
	f.Add([]byte("A: 1\n 2\n .\n\nB:\n x\n"))
	f.Add([]byte("# c\r\nA:\t1 \r\n \r\n\tB"))
	f.Add([]byte("A: 1\nA: 2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var scanned [][]byte
		if err := deb.ScanParagraphs(data, func(start, end int, p []byte) error {
			if !bytes.Equal(p, data[start:end]) {
				t.Errorf("p is not data[%d:%d]", start, end)
			}
			scanned = append(scanned, p)
			return nil
		}); err != nil {
			t.Error(err)
		}
		read, err := readAll(string(data))
		if err != nil {
			return
		}
		for _, p := range read {
			checkEncode(t, p)
		}
		if first, err := deb.ParseParagraph(data); len(read) > 0 && (err != nil || !cmp.Equal(read[0], first)) {
			t.Errorf("the first paragraph alone is %v, %v, not %v", first, err, read[0])
		}
		if bytes.ContainsRune(data, '#') {
			return // a comment splits nothing for one and may be all for the other
		}
		if len(scanned) != len(read) {
			t.Fatalf("scanned %d paragraphs, read %d", len(scanned), len(read))
		}
		for i, p := range read {
			for _, field := range p {
				if got := deb.FieldOf(scanned[i], field.Name); got == nil || flat(string(got)) != flat(field.Value) {
					t.Errorf("FieldOf %s: %q, read %q", field.Name, got, field.Value)
				}
			}
		}
	})
}

// flat is the text of a value without its folding.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func checkEncode(t *testing.T, p deb.Paragraph) {
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil {
		if !strings.Contains(err.Error(), "control character") {
			t.Errorf("%v: %v", p, err)
		}
		return
	}
	again, err := readAll(out.String())
	if diff := cmp.Diff([]deb.Paragraph{p}, again); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

// FuzzCompareVersions checks the laws of a total order on triples.
func FuzzCompareVersions(f *testing.F) {
	f.Add("1.0", "1.0-0", "0:1.0")
	f.Add("1.0~rc1", "1.0", "1.0+deb13u1")
	f.Add("1:2-3~bpo12+1", "a", "~~")
	f.Add(":", "-", "1:")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		versions := []string{a, b, c}
		for _, x := range versions {
			for _, y := range versions {
				if deb.CompareVersions(x, y) != -deb.CompareVersions(y, x) {
					t.Errorf("%q and %q are not antisymmetric", x, y)
				}
			}
		}
		slices.SortFunc(versions, deb.CompareVersions)
		x, y, z := versions[0], versions[1], versions[2]
		xy, yz, xz := deb.CompareVersions(x, y), deb.CompareVersions(y, z), deb.CompareVersions(x, z)
		if xy > 0 || yz > 0 || xz != min(xy, yz) {
			t.Errorf("%q, %q, %q are not transitive: %d, %d, %d", x, y, z, xy, yz, xz)
		}
	})
}

// FuzzParseDependencies checks that what is accepted survives being written.
func FuzzParseDependencies(f *testing.F) {
	f.Add("libc6 (>= 2.14), a:any (<< 1:2~) [amd64 !i386] | b,")
	f.Add("a (> 1)|b(=0-1)")
	f.Add("a <!nocheck>")
	f.Fuzz(func(t *testing.T, text string) {
		want, err := deb.ParseDependencies(text)
		if err != nil {
			return
		}
		got, err := deb.ParseDependencies(write(want))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q, written %q: %v (-want +got):\n%s", text, write(want), err, diff)
		}
	})
}

func write(all []deb.Dependency) string {
	var clauses []string
	for _, alternatives := range all {
		var texts []string
		for _, r := range alternatives {
			text := r.Name
			if r.Qualifier != "" {
				text += ":" + r.Qualifier
			}
			if r.Op != "" {
				text += " (" + r.Op + " " + r.Version + ")"
			}
			if r.Arches != nil {
				text += " [" + strings.Join(r.Arches, " ") + "]"
			}
			texts = append(texts, text)
		}
		clauses = append(clauses, strings.Join(texts, " | "))
	}
	return strings.Join(clauses, ", ")
}
