package build

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
	"whittle.dev/whittle/slicer/verify"
)

// The needs of an image are what its proof found in the run image, and what no proof sees: files that are opened by path, doors,
// and packages that data was made with.
func TestNeedsOf(t *testing.T) {
	const lib = "usr/lib/x86_64-linux-gnu/"
	b := &builder{target: target{arch: "amd64", floor: "sha256:1"}}
	b.contract.Floor = &contract.Floor{
		ID: baseID, Arch: "amd64",
		Packages: []contract.FloorPackage{{Name: "libc6", Version: "2.41-12+deb13u1"}, {Name: "libssl3t64", Version: "3.5.1-1"}},
		Files:    []string{"etc/passwd", "etc/ssl/certs/ca-certificates.crt", "etc/unused", "usr/lib/locale/C.utf8/LC_CTYPE", lib + "libc.so.6", lib + "libz.so.1.3.1", "usr/sbin/tool", "usr/share/target"},
		Libraries: []contract.FloorLibrary{
			{Soname: "libc.so.6", Path: "/" + lib + "libc.so.6"}, {Soname: "libssl.so.3", Path: "/" + lib + "libssl.so.3"}, {Soname: "libz.so.1", Path: "/" + lib + "libz.so.1.3.1"},
		},
		Doors: contract.Doors{{Path: "etc/fonts", Layer: "slices", Target: "etc/fonts"}, {Path: "usr/bin", Layer: "slices", Target: "usr/bin"}, {Path: "usr/lib/locale", Layer: "slices", Target: "usr/lib/locale"}},
	}
	s := &slicer.Selection{Manifest: manifest.Manifest{
		Files: []manifest.File{
			{Layer: "slices", Path: "usr/bin/tool", Kind: tree.File},
			{Layer: "slices", Path: "usr/lib/locale/de_DE.utf8/LC_CTYPE", Kind: tree.File},
			{Layer: "slices", Path: "usr/bin/link", Kind: tree.Symlink, Link: "/usr/share/target"},
			{Layer: "libs", Path: lib + "libown.so.1", Kind: tree.File},
			{Layer: "slices", Path: "etc/fonts", Kind: tree.Directory},
		},
		Edges: []manifest.Edge{
			{From: "/workspace/b.py", Name: "libz.so.1", To: "/" + lib + "libz.so.1.3.1", Kind: manifest.DlopenLiteral},
			{From: "/" + lib + "libc.so.6", Name: "libssl.so.3", To: "/" + lib + "libssl.so.3", Kind: manifest.DlopenRule},
			{From: "/workspace/run", Name: "/usr/sbin/tool", To: "/usr/sbin/tool", Kind: manifest.Interpreter},
			{From: "/workspace/app", Name: "libown.so.1", To: "/layers/whittle_whittle/libs/" + lib + "libown.so.1", Kind: manifest.Needed},
		},
	}}
	proof := &verify.Report{
		Libraries: []contract.NeededLibrary{
			{Soname: "libc.so.6", By: "/workspace/app", Versions: []string{"GLIBC_2.34", "GLIBC_PRIVATE"}, Symbols: []string{"x@GLIBC_PRIVATE"}},
			{Soname: "libown.so.1", By: "/workspace/app"},
		},
		Loaders: []contract.NeededFile{{Path: "lib64/ld-linux-x86-64.so.2", By: "/workspace/app"}},
	}
	w := slicer.Want{Sonames: []slicer.Named{{Name: "libssl.so.3", By: "/layers/other/l"}, {Name: "libown.so.1", By: "/layers/other/l"}}, Links: map[string]string{"/workspace/certs": "/etc/ssl/certs/ca-certificates.crt"}}
	want := &contract.Needs{
		Schema: contract.NeedsSchema, RunImage: baseID, Floor: "sha256:1", Arch: "amd64",
		Libraries: []contract.NeededLibrary{
			{Soname: "libc.so.6", By: "/workspace/app", Versions: []string{"GLIBC_2.34", "GLIBC_PRIVATE"}, Symbols: []string{"x@GLIBC_PRIVATE"}},
			{Soname: "libssl.so.3", By: "/layers/other/l"},
			{Soname: "libz.so.1", By: "/workspace/b.py"},
		},
		Files: []contract.NeededFile{
			{Path: "etc/passwd", By: "any program"},
			{Path: "etc/ssl/certs/ca-certificates.crt", By: "/workspace/certs"},
			{Path: "lib64/ld-linux-x86-64.so.2", By: "/workspace/app"},
			{Path: "usr/lib/locale/C.utf8/LC_CTYPE", By: "any program"},
			{Path: "usr/sbin/tool", By: "/workspace/run"},
			{Path: "usr/share/target", By: "/layers/whittle_whittle/slices/usr/bin/link"},
		},
		Doors:    contract.Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}, {Path: "usr/lib/locale", Layer: "slices", Target: "usr/lib/locale"}},
		Packages: []contract.NeededPackage{{Name: "libc6", Upstream: "2.41", By: "/layers/whittle_whittle/slices/usr/lib/locale/de_DE.utf8/LC_CTYPE"}},
	}
	got := b.needsOf(s, w, proof)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	first, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := b.needsOf(s, w, proof).Encode(); err != nil || first != second {
		t.Errorf("the same build has the labels %s and %s, %v", first, second, err)
	}
}
