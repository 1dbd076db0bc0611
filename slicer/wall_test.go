package slicer_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

func wallText(t *testing.T, m *manifest.Manifest) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.EncodeWall(&b); err != nil {
		t.Fatal(err)
	}
	return unpacked(t, &b)
}

// unpacked is the text of a wall.
func unpacked(t *testing.T, wall io.Reader) string {
	t.Helper()
	r, err := zstd.NewReader(wall)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readWall(t *testing.T, text string) (*manifest.Manifest, error) {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return manifest.ReadWall(&b)
}

// rootManifest is the manifest of a root: no layers are seen in it.
func rootManifest() *manifest.Manifest {
	return &manifest.Manifest{
		Schema: manifest.Schema, Arch: "amd64",
		Packages: []manifest.Package{{Name: "base-files", Version: "13", Arch: "all", SHA256: "aa"}, {Name: "dash", Version: "0.5", Arch: "amd64", SHA256: "bb"}},
		Slices:   []manifest.Slice{{Name: "base-files_base", Package: "base-files"}, {Name: "dash_bins", Package: "dash"}},
		Files: []manifest.File{
			{Layer: "slices", Path: "bin", Kind: tree.Symlink, Mode: "0777", Link: "usr/bin", Package: "base-files", Slice: "base-files_base"},
			{Layer: "slices", Path: "tmp", Kind: tree.Directory, Mode: "1777", Package: "base-files", Slice: "base-files_base"},
			{Layer: "slices", Path: "usr/bin/dash", Kind: tree.File, Mode: "4755", Size: 120, SHA256: "cc", Package: "dash", Slice: "dash_bins"},
			{Layer: "slices", Path: "usr/share/empty", Kind: tree.File, Mode: "0644", SHA256: "dd", Package: "dash", Slice: "dash_bins"},
			{Layer: "slices", Path: "var/lib/dpkg/status.d/dash", Kind: tree.File, Mode: "0644", Size: 9, SHA256: "ee", Package: "dash"},
		},
	}
}

// TestWallEscapesAsChiselDoes has a name that JSON may have as it is. Chisel looks for lines by their beginning, and escapes.
func TestWallEscapesAsChiselDoes(t *testing.T) {
	m := rootManifest()
	m.Files[3].Path = "usr/share/R&D <é>"
	text := wallText(t, m)
	if line := `{"kind":"path","path":"/usr/share/R\u0026D \u003cé\u003e","mode":`; !strings.Contains(text, line) {
		t.Errorf("no line begins with %s in\n%s", line, text)
	}
	again, err := readWall(t, text)
	if err != nil || again.Files[3].Path != m.Files[3].Path {
		t.Errorf("read back: %v, %v", again, err)
	}
}

func TestEncodeWall(t *testing.T) {
	want := `{"jsonwall":"1.0","schema":"1.0","count":13}
{"kind":"content","slice":"base-files_base","path":"/bin"}
{"kind":"content","slice":"base-files_base","path":"/tmp/"}
{"kind":"content","slice":"dash_bins","path":"/usr/bin/dash"}
{"kind":"content","slice":"dash_bins","path":"/usr/share/empty"}
{"kind":"package","name":"base-files","version":"13","sha256":"aa","arch":"all"}
{"kind":"package","name":"dash","version":"0.5","sha256":"bb","arch":"amd64"}
{"kind":"path","path":"/bin","mode":"0777","slices":["base-files_base"],"link":"usr/bin"}
{"kind":"path","path":"/tmp/","mode":"01777","slices":["base-files_base"]}
{"kind":"path","path":"/usr/bin/dash","mode":"0755","slices":["dash_bins"],"sha256":"cc","size":120}
{"kind":"path","path":"/usr/share/empty","mode":"0644","slices":["dash_bins"],"sha256":"dd"}
{"kind":"slice","name":"base-files_base"}
{"kind":"slice","name":"dash_bins"}
`
	if diff := cmp.Diff(want, wallText(t, rootManifest())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestWallRoundTrip reads back what was written, of a root and of an image with layers: all that a wall knows is there.
func TestWallRoundTrip(t *testing.T) {
	image := rootManifest()
	image.RunImage = &manifest.RunImage{}
	image.Files[3].Layer = "libs"
	image.Files = append(image.Files[3:4], append(image.Files[:3:3], image.Files[4:]...)...)
	for name, m := range map[string]*manifest.Manifest{"root": rootManifest(), "image": image} {
		var b bytes.Buffer
		if err := m.EncodeWall(&b); err != nil {
			t.Fatal(err)
		}
		got, err := manifest.ReadWall(&b)
		if err != nil {
			t.Fatal(err)
		}
		m.Files = m.Files[:len(m.Files)-1] // the record of dpkg is in no slice
		for i := range m.Files {
			if m.Files[i].Mode == "4755" {
				m.Files[i].Mode = "0755" // a wall has no setuid bit
			}
		}
		if diff := cmp.Diff(m, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: -written +read:\n%s", name, diff)
		}
	}
}

// TestReadWallOfChisel reads what chisel writes and whittle does not: hard links, several slices of a path, a file that
// a script changed.
func TestReadWallOfChisel(t *testing.T) {
	got, err := readWall(t, `{"jsonwall":"1.0","schema":"1.0","count":9}
{"kind":"content","slice":"a_b","path":"/etc/x"}
{"kind":"package","name":"a","version":"1","sha256":"aa","arch":"arm64"}
{"kind":"package","name":"b","version":"2","sha256":"bb","arch":"all"}
{"kind":"path","path":"/etc/x","mode":"0644","slices":["a_b","a_a"],"sha256":"11","final_sha256":"22","size":3}
{"kind":"path","path":"/usr/bin/y","mode":"0755","slices":["a_b"],"sha256":"33","size":4,"inode":1}
{"kind":"path","path":"/usr/bin/z","mode":"0755","slices":["a_b"],"sha256":"33","size":4,"inode":1}
{"kind":"slice","name":"a_a"}
{"kind":"slice","name":"a_b"}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := &manifest.Manifest{
		Schema: manifest.Schema, Arch: "arm64",
		Packages: []manifest.Package{{Name: "a", Version: "1", Arch: "arm64", SHA256: "aa"}},
		Unfilled: []manifest.Package{{Name: "b", Version: "2", Arch: "all", SHA256: "bb"}},
		Slices:   []manifest.Slice{{Name: "a_a", Package: "a"}, {Name: "a_b", Package: "a"}},
		Files: []manifest.File{
			{Layer: "slices", Path: "etc/x", Kind: tree.File, Mode: "0644", Size: 3, SHA256: "22", Listed: "11", Package: "a", Slice: "a_a", AlsoIn: []string{"a_b"}},
			{Layer: "slices", Path: "usr/bin/y", Kind: tree.File, Mode: "0755", Size: 4, SHA256: "33", Package: "a", Slice: "a_b"},
			{Layer: "slices", Path: "usr/bin/z", Kind: tree.File, Mode: "0755", Size: 4, SHA256: "33", Package: "a", Slice: "a_b", HardLink: "usr/bin/y"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadWallRefuses(t *testing.T) {
	path := func(fields string) string {
		return `{"jsonwall":"1.0","schema":"1.0","count":2}` + "\n" + `{"kind":"path",` + fields + "}\n"
	}
	for name, row := range map[string][2]string{
		"Nothing":      {"", "it is empty"},
		"OtherVersion": {`{"jsonwall":"2.0","schema":"1.0","count":1}`, `line 1: jsonwall "2.0" with schema "1.0"`},
		"NoHeader":     {`{"kind":"slice","name":"a_b"}`, `line 1: jsonwall "" with schema ""`},
		"NoJSON":       {"hello", "line 1: invalid character"},
		"WrongCount":   {`{"jsonwall":"1.0","schema":"1.0","count":3}`, "it has 1 lines, its header says 3"},
		"Unsorted":     {`{"jsonwall":"1.0","schema":"1.0","count":3}` + "\n{\"kind\":\"slice\",\"name\":\"b\"}\n{\"kind\":\"slice\",\"name\":\"a\"}\n", "line 3: it is not in order"},
		"PathOut":      {path(`"path":"/../etc/passwd","mode":"0644"`), `line 2: path "/../etc/passwd" is not clean and absolute`},
		"RelativePath": {path(`"path":"etc/passwd","mode":"0644"`), `line 2: path "etc/passwd" is not clean and absolute`},
		"NoMode":       {path(`"path":"/etc/passwd","mode":"rw"`), `line 2: path "/etc/passwd" has mode "rw"`},
		"NegativeSize": {path(`"path":"/etc/passwd","mode":"0644","size":-1`), `line 2: path "/etc/passwd" has size -1`},
		"EndlessLine":  {fmt.Sprintf(`{"jsonwall":%q}`, strings.Repeat("x", 2<<20)), "token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readWall(t, row[0])
			if err == nil || !strings.HasPrefix(err.Error(), "cannot read wall: ") || !strings.Contains(err.Error(), row[1]) {
				t.Errorf("got error %v, want %s", err, row[1])
			}
		})
	}
	if _, err := manifest.ReadWall(strings.NewReader("no zstd at all")); err == nil || !strings.HasPrefix(err.Error(), "cannot read wall: ") {
		t.Errorf("of another compression: got error %v", err)
	}
}

// TestWallOfCut cuts what a wall has lines of its own for: a path that several slices list, a file that a script changed and one that
// it did not, what was there for the script alone, names of one file, a package without files, a directory that stays for what is
// in it, and what a link leads to, which no slice lists.
func TestWallOfCut(t *testing.T) {
	debs := append([]slicertest.Deb{{Name: "meta"}, {Name: "dirs", Files: []slicertest.DebFile{{Path: "srv/d/x", Body: []byte("x")}, {Path: "srv/link", Link: "target"}, {Path: "srv/target"}}}}, threeNames...)
	w := wantOfDebs(t, debs, "perl_all-names", "perl_one", "meta_all", "dirs_files")
	w.Release = releaseOf(t, map[string]string{
		"perl": `  one:
    contents: {/usr/bin/perl: , /etc/perl.conf: {until: mutate}, /etc/new: {text: n, mutable: true}, /etc/kept: {text: k, mutable: true}, /etc/gone: {text: g, until: mutate}}
    mutate: |
      content.write("/etc/new", content.read("/etc/gone") + "!")
      content.write("/etc/kept", "k")
  all-names:
    contents: {/usr/bin/perl*: , /etc/perl.conf: }
`,
		"meta": "  all:\n    essential: {perl_one: }\n",
		"dirs": "  files:\n    contents: {/srv/d/: {until: mutate}, /srv/d/x: , /srv/link: }\n",
	})
	var got []string
	for line := range strings.Lines(wallText(t, &selectAll(t, w).Manifest)) {
		if !strings.Contains(line, `"kind":"content"`) {
			got = append(got, line)
		}
	}
	want := `{"jsonwall":"1.0","schema":"1.0","count":25}
{"kind":"package","name":"dirs","version":"1.0","sha256":"…","arch":"amd64"}
{"kind":"package","name":"meta","version":"1.0","sha256":"…","arch":"amd64"}
{"kind":"package","name":"perl","version":"1.0","sha256":"…","arch":"amd64"}
{"kind":"path","path":"/etc/kept","mode":"0644","slices":["perl_one"],"sha256":"(k)","size":1}
{"kind":"path","path":"/etc/new","mode":"0644","slices":["perl_one"],"sha256":"(n)","final_sha256":"(g!)","size":2}
{"kind":"path","path":"/etc/perl.conf","mode":"0644","slices":["perl_all-names"],"sha256":"(x)","size":1}
{"kind":"path","path":"/srv/d/x","mode":"0644","slices":["dirs_files"],"sha256":"(x)","size":1}
{"kind":"path","path":"/srv/link","mode":"0777","slices":["dirs_files"],"link":"target"}
{"kind":"path","path":"/usr/bin/perl","mode":"0755","slices":["perl_all-names","perl_one"],"sha256":"(program)","size":7,"inode":1}
{"kind":"path","path":"/usr/bin/perl5","mode":"0755","slices":["perl_all-names"],"sha256":"(program)","size":7,"inode":1}
{"kind":"path","path":"/usr/bin/perl5.40","mode":"0755","slices":["perl_all-names"],"sha256":"(program)","size":7,"inode":1}
{"kind":"slice","name":"dirs_files"}
{"kind":"slice","name":"meta_all"}
{"kind":"slice","name":"perl_all-names"}
{"kind":"slice","name":"perl_one"}
`
	if diff := cmp.Diff(want, withTexts(strings.Join(got, ""), "(%s)", "k", "n", "g!", "x", "program")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// withTexts is a wall with texts in the place of their digests, written in a format, and without other digests.
func withTexts(wall, format string, texts ...string) string {
	for _, text := range texts {
		wall = strings.ReplaceAll(wall, fmt.Sprintf("%x", sha256.Sum256([]byte(text))), fmt.Sprintf(format, strings.TrimSpace(text)))
	}
	return regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(wall, "…")
}
