package slicer_test

import (
	"crypto/md5"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// debianRoot makes a root with the merged /usr and dpkg's records: package tool needs libx1; mailer is provided by
// postman; removed has only its configuration left.
func debianRoot(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"usr/bin/tool":                         string(slicertest.ELFOf("exec", "needs=libx.so.1").Bytes()),
		"usr/lib/x86_64-linux-gnu/libx.so.1.2": string(slicertest.ELFOf("soname=libx.so.1").Bytes()),
		"etc/tool.conf":                        "changed by the user\n",
		"usr/share/doc/tool/copyright":         "GPL\n",
		"usr/bin/postman":                      "#!\n",
		"usr/bin/hidden.distrib":               "diverted\n",
	}
	files["var/lib/dpkg/status"] = `Package: tool
Status: install ok installed
Maintainer: A Test <test@example.com>
Architecture: amd64
Version: 1.0
Depends: libx1
Conffiles:
 /etc/tool.conf 00000000000000000000000000000000
Description: a tool

Package: libx1
Status: install ok triggers-pending
Maintainer: A Test <test@example.com>
Architecture: amd64
Multi-Arch: same
Source: x (2.0)
Version: 2.0-1
Section: libs
Description: a library

Package: postman
Status: install ok installed
Maintainer: A Test <test@example.com>
Architecture: all
Version: 3
Provides: mailer
Description: mail

Package: removed
Status: deinstall ok config-files
Maintainer: A Test <test@example.com>
Architecture: amd64
Version: 1
Description: gone
`
	info := func(name, list string, sums ...string) {
		files["var/lib/dpkg/info/"+name+".list"] = list
		for _, f := range sums {
			files["var/lib/dpkg/info/"+name+".md5sums"] += fmt.Sprintf("%x  %s\n", md5.Sum([]byte(files[f])), f)
		}
	}
	info("tool", "/.\n/etc\n/etc/tool.conf\n/bin\n/bin/tool\n/usr\n/usr/share\n/usr/share/doc\n/usr/share/doc/tool\n/usr/share/doc/tool/copyright\n/usr/share/doc/tool/changelog.gz\n",
		"usr/bin/tool", "usr/share/doc/tool/copyright")
	info("libx1:amd64", "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libx.so.1.2\n/lib/x86_64-linux-gnu/libx.so.1\n", "usr/lib/x86_64-linux-gnu/libx.so.1.2")
	info("postman", "/.\n/usr\n/usr/bin\n/usr/bin/postman\n/usr/bin/hidden\n", "usr/bin/postman")
	files["var/lib/dpkg/info/tool.postinst"] = "#!/bin/sh\nupdate-alternatives --install /usr/bin/alt alt /usr/bin/tool 10\n"
	files["var/lib/dpkg/diversions"] = "/usr/bin/hidden\n/usr/bin/hidden.distrib\nother\n"
	for name, body := range files {
		write(t, dir, name, body)
	}
	for name, to := range map[string]string{"bin": "usr/bin", "lib": "usr/lib", "usr/lib/x86_64-linux-gnu/libx.so.1": "libx.so.1.2"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func write(t *testing.T, dir, name, body string) {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(name, "usr/bin/") {
		mode = 0o755
	}
	if err := os.WriteFile(at, []byte(body), mode); err != nil {
		t.Fatal(err)
	}
}

func openInstalled(t *testing.T, dir string) *packages.Installed {
	t.Helper()
	i, err := packages.OpenInstalled(dir, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

func TestSelectFromInstalledPackages(t *testing.T) {
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool", By: "project.toml"}, {Name: "postman", By: "project.toml"}}, Sources: []packages.Source{openInstalled(t, debianRoot(t))}}
	s := selectAll(t, w)
	want := `libs usr/lib/x86_64-linux-gnu/libx.so.1 link 0777 -> libx.so.1.2 (libx1_libs)
  needed as libx.so.1 by /usr/bin/tool
libs usr/lib/x86_64-linux-gnu/libx.so.1.2 file 0644 (libx1_libs)
  needed as libx.so.1 by /usr/bin/tool
slices etc/tool.conf file 0644 (tool_config)
slices usr/bin/alt link 0777 -> /usr/bin/tool (tool_bins)
  alternative name of /usr/bin/tool, offered by package tool
slices usr/bin/hidden.distrib file 0755 (postman_bins)
slices usr/bin/postman file 0755 (postman_bins)
slices usr/bin/tool file 0755 (tool_bins)
slice libx1_libs: needed as libx.so.1
slice postman_bins: asked for in project.toml
slice tool_bins: asked for in project.toml
slice tool_config: asked for in project.toml
`
	if diff := cmp.Diff(want, render(s)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := bodyOf(t, s, contract.LayerSlices, "etc/tool.conf"); got != "changed by the user\n" {
		t.Errorf("the configuration holds %q", got)
	}
	var got []string
	for _, p := range s.Packages {
		got = append(got, strings.Join([]string{p.Name, p.Version, p.Source, p.SourceVersion, p.Origin, p.SHA256}, " "))
	}
	if diff := cmp.Diff([]string{"libx1 2.0-1 x 2.0 installed ", "postman 3 postman 3 installed ", "tool 1.0 tool 1.0 installed "}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOwnersOfInstalledFiles(t *testing.T) {
	dir := debianRoot(t)
	if err := os.Remove(filepath.Join(dir, "var/lib/dpkg/info/tool.list")); err != nil {
		t.Fatal(err)
	}
	i := openInstalled(t, dir)
	for base, want := range map[string]string{
		"libx.so.1":      "usr/lib/x86_64-linux-gnu/libx.so.1 libx1",
		"hidden.distrib": "usr/bin/hidden.distrib postman", // diverted
		"hidden":         "",
		"copyright":      "usr/share/doc/tool/copyright tool", // of a package without a list
		"x.so.1":         "",                                  // the end of a name
	} {
		owners, err := i.Owners(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, o := range owners {
			got += o.Path + " " + o.Package
		}
		if got != want {
			t.Errorf("owners of %s: %q, want %q", base, got, want)
		}
	}
}

func TestInstalledPackageRefusesChangedFile(t *testing.T) {
	dir := debianRoot(t)
	write(t, dir, "usr/lib/x86_64-linux-gnu/libx.so.1.2", "spoiled")
	_, err := contentsOf(t, openInstalled(t, dir), "libx1")
	if err == nil || !strings.Contains(err.Error(), "cannot read package libx1: ") || !strings.Contains(err.Error(), "libx.so.1.2") {
		t.Errorf("got error %v", err)
	}
}

// TestCutRefusesInstalledFileThatChanged changes a file between selecting and cutting.
func TestCutRefusesInstalledFileThatChanged(t *testing.T) {
	dir := debianRoot(t)
	w := slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "postman"}}, Sources: []packages.Source{openInstalled(t, dir)}}
	s := selectAll(t, w)
	write(t, dir, "usr/bin/postman", "#?\n")
	err := slicer.Cut(t.Context(), s, contract.LayerSlices, tree.NewDir(openRoot(t, t.TempDir())))
	if err == nil || !strings.Contains(err.Error(), "cannot use /usr/bin/postman of postman: its bytes changed since they were selected") {
		t.Errorf("got error %v", err)
	}
}

func TestInstalledLookups(t *testing.T) {
	i := openInstalled(t, debianRoot(t))
	for _, name := range []string{"removed", "nonsense"} {
		if _, err := i.Package(t.Context(), name); !errors.Is(err, packages.ErrNoPackage) || !strings.Contains(err.Error(), "cannot find package "+name) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	providers, err := i.Providers(t.Context(), "mailer")
	if err != nil || len(providers) != 1 || providers[0].Name != "postman" {
		t.Errorf("providers of mailer: %v, %v", providers, err)
	}
	owners, err := i.Owners(t.Context(), "libx.so.1")
	if diff := cmp.Diff([]packages.Owner{{Path: "usr/lib/x86_64-linux-gnu/libx.so.1", Package: "libx1"}}, owners); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if _, err := packages.OpenInstalled(filepath.Join(t.TempDir(), "none"), "amd64"); err == nil || !strings.HasPrefix(err.Error(), "cannot read ") {
		t.Errorf("of no root: got error %v", err)
	}
}

// TestInstalledLinkOutOfRoot replaces a file of a package by a link that leads out: what is outside is not cut.
func TestInstalledLinkOutOfRoot(t *testing.T) {
	dir := debianRoot(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"usr/share/doc", "usr/bin"} { // directories on the way to files
		inner := filepath.Join(dir, name)
		if err := os.RemoveAll(inner); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Dir(secret), inner); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(secret), "postman"), []byte("#!\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if c, err := contentsOf(t, openInstalled(t, dir), "postman"); err == nil {
		t.Errorf("read through a link out of the root: %+v", c.Entries)
	}
}
