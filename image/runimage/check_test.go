package runimage

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

func file(name string, size int64) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: size}
}

func TestGuard(t *testing.T) {
	doors := contract.Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}, {Path: "usr/share/fonts", Layer: "slices", Target: "usr/share/fonts"}}
	setuid := file("usr/lib/su", 0)
	setuid.Mode = 0o4755
	setgid := file("usr/lib/wall", 0)
	setgid.Mode = 0o2755
	link := &tar.Header{Name: "opt/bin/sh", Typeflag: tar.TypeSymlink, Linkname: "dash"}
	for name, c := range map[string]struct {
		header *tar.Header
		want   string
	}{
		"file":                      {file("usr/lib/x", 0), ""},
		"sticky directory":          {&tar.Header{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777}, ""},
		"setgid directory":          {&tar.Header{Name: "var/mail/", Typeflag: tar.TypeDir, Mode: 0o2775}, ""},
		"setuid":                    {setuid, "cannot put usr/lib/su into a run image: it is setuid or setgid (mode 4755)"},
		"setgid":                    {setgid, "cannot put usr/lib/wall into a run image: it is setuid or setgid (mode 2755)"},
		"shell":                     {file("opt/bin/bash", 0), "cannot put opt/bin/bash into a run image: it is a shell"},
		"link to a shell":           {link, "cannot put opt/bin/sh into a run image: it is a shell"},
		"package manager":           {file("usr/sbin/apt-get", 0), "cannot put usr/sbin/apt-get into a run image: it is a package manager"},
		"record of dpkg":            {file("var/lib/dpkg/status.d/dpkg", 0), ""},
		"behind a door":             {file("usr/bin/tool", 0), "cannot put usr/bin/tool into a run image: the door usr/bin stands in its way"},
		"a door's place":            {file("usr/share/fonts", 0), "cannot put usr/share/fonts into a run image: the door usr/share/fonts stands in its way"},
		"behind a shared door":      {file("usr/share/fonts/dejavu.ttf", 0), ""},
		"link behind a shared door": {&tar.Header{Name: "usr/share/fonts/a/b", Typeflag: tar.TypeSymlink, Linkname: "../c"}, ""},
		"link out of a shared door": {
			&tar.Header{Name: "usr/share/fonts/a/b", Typeflag: tar.TypeSymlink, Linkname: "../../c"},
			"cannot put usr/share/fonts/a/b into a run image: its target ../../c is not behind the same door, usr/share/fonts",
		},
		"a door's directory": {&tar.Header{Name: "usr/bin/", Typeflag: tar.TypeDir, Mode: 0o755}, ""},
	} {
		g := &guard{Tree: tree.NewTar(io.Discard), doors: doors, release: new(bytes.Buffer)}
		got := ""
		if err := g.Add(c.header, strings.NewReader("")); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestGuardLeavesOutTheDirectoryOfADoor(t *testing.T) {
	var b bytes.Buffer
	tree := tree.NewTar(&b)
	g := &guard{Tree: tree, doors: contract.Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}}, release: new(bytes.Buffer)}
	if err := g.Add(&tar.Header{Name: "usr/bin/", Typeflag: tar.TypeDir, Mode: 0o755}, nil); err != nil {
		t.Fatal(err)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	if h, err := tar.NewReader(&b).Next(); err == nil {
		t.Errorf("entry %s, want none", h.Name)
	}
}

// The run image's own files lie where a shared door leads, so that layers add to them.
func TestGuardPutsFilesBehindASharedDoor(t *testing.T) {
	var b bytes.Buffer
	tree := tree.NewTar(&b)
	g := &guard{Tree: tree, doors: contract.Doors{{Path: "usr/share", Layer: "slices", Target: "usr/share"}}, release: new(bytes.Buffer)}
	for _, h := range []*tar.Header{
		{Name: "usr/share/", Typeflag: tar.TypeDir, Mode: 0o755},
		file("usr/share/zoneinfo/UTC", 0),
		{Name: "usr/share/zoneinfo/Zulu", Typeflag: tar.TypeSymlink, Linkname: "UTC"},
		{Name: "usr/share/zoneinfo/ZZ", Typeflag: tar.TypeLink, Linkname: "usr/share/zoneinfo/UTC"},
	} {
		if err := g.Add(h, strings.NewReader("")); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		switch h.Typeflag {
		case tar.TypeLink:
			got = append(got, h.Name+" is "+h.Linkname)
		case tar.TypeReg, tar.TypeSymlink:
			got = append(got, h.Name)
		}
	}
	const behind = "layers/whittle_whittle/slices/usr/share/zoneinfo/"
	want := []string{behind + "UTC", behind + "Zulu", behind + "ZZ is " + behind + "UTC"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestReadDistro(t *testing.T) {
	got, err := readDistro([]byte("PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nVERSION_ID=\"13\"\nID=debian\n"))
	if err != nil || got != (distro{"debian", "13"}) {
		t.Errorf("%v, %v; want debian 13", got, err)
	}
	if _, err := readDistro([]byte("ID=debian\n")); err == nil {
		t.Error("no error for an os-release without VERSION_ID, which hides the image from scanners")
	}
}

func TestCheckDoorsRefusesDoorBelowLink(t *testing.T) {
	files := []manifest.File{{Path: "lib", Kind: tree.Symlink, Link: "usr/lib"}}
	err := checkDoors(contract.Doors{{Path: "lib/git-core", Layer: "slices", Target: "usr/lib/git-core"}}, files)
	if err == nil || !strings.Contains(err.Error(), "has a link or file at lib") {
		t.Errorf("error %v, want one about lib", err)
	}
}
