package slicertest_test

import (
	"archive/tar"
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

func TestDebIsWhatItSays(t *testing.T) {
	for _, compression := range []string{"xz", "zst", "gz", ""} {
		d := slicertest.Deb{
			Name: "x", Version: "2:1-1", Arch: "arm64", Compression: compression,
			Fields: map[string]string{"Depends": "libc6"},
			Files: []slicertest.DebFile{
				{Path: "/usr/share/big", Body: bytes.Repeat([]byte("x"), 200_000)},
				{Path: "/usr/", Mode: 0o700},
				{Path: "/usr/share/link", Link: "big"},
			},
		}
		data := d.Bytes()
		if !bytes.Equal(data, d.Bytes()) {
			t.Errorf("%q: the same Deb made different bytes", compression)
		}
		f, err := deb.Open(bytes.NewReader(data), int64(len(data)), deb.DefaultLimits())
		if err != nil {
			t.Fatalf("%q: %v", compression, err)
		}
		c, err := f.Control()
		if err != nil {
			t.Fatalf("%q: %v", compression, err)
		}
		got := []string{c.Paragraph.Get("Package"), c.Paragraph.Get("Version"), c.Paragraph.Get("Architecture"), c.Paragraph.Get("Depends")}
		if err := f.Walk(func(h *tar.Header, _ io.Reader) error { got = append(got, h.Name); return nil }); err != nil {
			t.Errorf("%q: %v", compression, err)
		}
		want := []string{"x", "2:1-1", "arm64", "libc6", "usr/share/", "usr/share/big", "usr/", "usr/share/link"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", compression, diff)
		}
	}
}

func TestEmptyXZIsLegal(t *testing.T) {
	members := slicertest.Deb{}.Members()
	members[2] = slicertest.ArMember{Name: "data.tar.xz", Body: slicertest.Compress("xz", nil)}
	data := slicertest.Deb{RawMembers: members}.Bytes()
	f, err := deb.Open(bytes.NewReader(data), int64(len(data)), deb.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	err = f.Walk(func(*tar.Header, io.Reader) error { return nil })
	if want := "cannot read data.tar.xz: it ends without an end-of-archive block: unexpected EOF"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestBytesPanicsOnImpossibleFiles(t *testing.T) {
	for name, d := range map[string]slicertest.Deb{
		"no path":               {Files: []slicertest.DebFile{{}}},
		"two links":             {Files: []slicertest.DebFile{{Path: "a", Link: "b", HardLink: "c"}}},
		"link with content":     {Files: []slicertest.DebFile{{Path: "a", Link: "b", Body: []byte("c")}}},
		"unknown compression":   {Compression: "bz2"},
		"long name of a member": {RawMembers: []slicertest.ArMember{{Name: "seventeen letters"}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			d.Bytes()
		}()
	}
}
