package deb_test

import (
	"archive/tar"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

func controlOf(d slicertest.Deb) (*deb.Control, error) {
	f, err := open(d.Bytes())
	if err != nil {
		return nil, err
	}
	return f.Control()
}

func TestControlReadsAllParts(t *testing.T) {
	for _, compression := range []string{"xz", "zst", "gz", ""} {
		got, err := controlOf(slicertest.Deb{
			Name:   "libx1",
			Fields: map[string]string{"Description": "short\nlong", "Maintainer": "A"},
			Files:  []slicertest.DebFile{{Path: "/usr/bin/x", Body: []byte("x")}, {Path: "/usr/bin/y", HardLink: "/usr/bin/x"}, {Path: "/etc/x.conf"}},
			Scripts: map[string]string{
				"postinst": "#!/bin/sh\n", "config": "#!/bin/sh\ntrue\n", "templates": "unknown files are passed over",
				"conffiles": "/etc/x.conf\nremove-on-upgrade /etc/old.conf\n",
				"shlibs":    "libx 1 libx1\n", "symbols": "libx.so.1 libx1 #MINVER#\n", "triggers": "activate-noawait ldconfig\n",
			},
			Compression: compression,
		})
		if err != nil {
			t.Fatalf("%q: %v", compression, err)
		}
		want := &deb.Control{
			Paragraph: deb.Paragraph{
				{Name: "Package", Value: "libx1"},
				{Name: "Version", Value: "1.0"},
				{Name: "Architecture", Value: "amd64"},
				{Name: "Description", Value: "short\nlong"},
				{Name: "Maintainer", Value: "A"},
			},
			MD5Sums: map[string]string{
				"usr/bin/x":  "9dd4e461268c8034f5c8564e155c67a6",
				"usr/bin/y":  "9dd4e461268c8034f5c8564e155c67a6",
				"etc/x.conf": "d41d8cd98f00b204e9800998ecf8427e",
			},
			Conffiles: []string{"etc/x.conf"},
			Shlibs:    "libx 1 libx1\n", Symbols: "libx.so.1 libx1 #MINVER#\n", Triggers: "activate-noawait ldconfig\n",
			Scripts: map[string]string{"postinst": "#!/bin/sh\n", "config": "#!/bin/sh\ntrue\n"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", compression, diff)
		}
	}
}

func TestControlRefusesBadFiles(t *testing.T) {
	const good = "Package: x\nVersion: 1\nArchitecture: all\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"empty control":     {map[string]string{"control": "\n"}, "it is empty"},
		"two paragraphs":    {map[string]string{"control": good + "\nA: 1\n"}, "more than one paragraph"},
		"no package":        {map[string]string{"control": "Version: 1\nArchitecture: all\n"}, "field Package: no package name"},
		"hostile package":   {map[string]string{"control": "Package: ../x\nVersion: 1\nArchitecture: all\n"}, `field Package: bad package name "../x"`},
		"no version":        {map[string]string{"control": "Package: x\nArchitecture: all\n"}, "field Version: "},
		"hostile version":   {map[string]string{"control": "Package: x\nVersion: 1/../2\nArchitecture: all\n"}, "field Version: "},
		"no architecture":   {map[string]string{"control": "Package: x\nVersion: 1\n"}, `bad architecture ""`},
		"bad architecture":  {map[string]string{"control": "Package: x\nVersion: 1\nArchitecture: amd64 i386\n"}, `bad architecture "amd64 i386"`},
		"no colon":          {map[string]string{"control": "Package\n"}, `line 1: no colon in "Package"`},
		"short sum":         {map[string]string{"md5sums": "\nabc  usr/x\n"}, "line 2 is not a sum and a path"},
		"sum of no digits":  {map[string]string{"md5sums": strings.Repeat("x", 32) + "  usr/x\n"}, "line 1 is not a sum and a path"},
		"sum that climbs":   {map[string]string{"md5sums": strings.Repeat("a", 32) + "  ../x\n"}, "line 1 has a bad path"},
		"sum of the root":   {map[string]string{"md5sums": strings.Repeat("a", 32) + "  ./\n"}, "line 1 has a bad path"},
		"hostile conffile":  {map[string]string{"conffiles": "/etc/../../x\n"}, "line 1 has a bad path"},
		"file in directory": {map[string]string{"a/b": "x"}, "it is not a plain file name"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := controlOf(slicertest.Deb{Scripts: c.files})
			wantError(t, err, c.want)
		})
	}
}

// withControlTar is a package with the given members in its control archive.
func withControlTar(members ...slicertest.TarMember) []byte {
	ar := slicertest.Deb{}.Members()
	ar[1] = slicertest.ArMember{Name: "control.tar.gz", Body: slicertest.Compress("gz", slicertest.Tar(members...))}
	return slicertest.Ar(ar...)
}

func controlMember(kind byte, name, body string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: kind, Name: name}, Body: []byte(body)}
}

func TestControlRefusesBadMembers(t *testing.T) {
	const control = "Package: x\nVersion: 1\nArchitecture: all\n"
	link := controlMember(tar.TypeSymlink, "./control", "")
	link.Header.Linkname = "/etc/passwd"
	for name, c := range map[string]struct {
		members []slicertest.TarMember
		want    string
	}{
		"nothing":       {nil, "it has no control file"},
		"symbolic link": {[]slicertest.TarMember{link}, "it is not a regular file"},
		"device":        {[]slicertest.TarMember{controlMember(tar.TypeChar, "./postinst", "")}, "it is not a regular file"},
		"twice":         {[]slicertest.TarMember{controlMember(tar.TypeReg, "./control", control), controlMember(tar.TypeReg, "control", control)}, "it occurs twice"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := open(withControlTar(c.members...))
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Control()
			wantError(t, err, c.want)
		})
	}
}

func TestControlRefusesBombs(t *testing.T) {
	data := withControlTar(controlMember(tar.TypeReg, "./control", strings.Repeat("#\n", 1<<20)))
	f, err := deb.Open(strings.NewReader(string(data)), int64(len(data)), deb.Limits{Control: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Control()
	wantError(t, err, "it unpacks to more than 1048576 bytes")
}

func TestRefusedErrorNamesArchiveAndMember(t *testing.T) {
	f, err := open(withControlTar(controlMember(tar.TypeFifo, "./control", "")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Control()
	refused, ok := errors.AsType[*deb.RefusedError](err)
	if !ok {
		t.Fatalf("got %v, not a RefusedError", err)
	}
	want := deb.RefusedError{Archive: "control.tar.gz", Member: "./control", Reason: "it is not a regular file"}
	if diff := cmp.Diff(want, *refused); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
