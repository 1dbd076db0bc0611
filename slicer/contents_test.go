package slicer_test

import (
	"archive/tar"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
)

// archiveOf makes an archive of packages that text cannot describe.
func archiveOf(t *testing.T, debs ...slicertest.Deb) packages.Source {
	t.Helper()
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	return openArchive(t, slicertest.Archive{Components: map[string][]slicertest.Deb{"main": debs}, Keys: []*slicertest.Key{key}})
}

func contentsOf(t *testing.T, s packages.Source, name string) (*packages.Contents, error) {
	t.Helper()
	p, err := s.Package(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s.Contents(t.Context(), p)
}

func TestContentsResolveHardLinks(t *testing.T) {
	s := archiveOf(t, slicertest.Deb{Files: []slicertest.DebFile{
		{Path: "usr/bin/perl", Body: []byte("program"), Mode: 0o755},
		{Path: "usr/bin/perl5.40.1", HardLink: "usr/bin/perl"},
		{Path: "usr/bin/third", HardLink: "usr/bin/perl5.40.1"},
	}})
	c, err := contentsOf(t, s, "pkg")
	if err != nil {
		t.Fatal(err)
	}
	first, _ := c.Entry("usr/bin/perl")
	for _, name := range []string{"usr/bin/perl5.40.1", "usr/bin/third"} {
		e, ok := c.Entry(name)
		want := first
		want.Path, want.HardLink = name, "usr/bin/perl"
		if diff := cmp.Diff(want, e); !ok || diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		r, err := c.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || string(data) != "program" {
			t.Errorf("%s holds %q, %v", name, data, err)
		}
		r.Close()
	}
}

// TestContentsRefuse holds packages that are not unpacked: the error names the member.
func TestContentsRefuse(t *testing.T) {
	for _, row := range []struct {
		name  string
		files []slicertest.DebFile
		want  string
	}{
		{"HardLinkOutOfPackage", []slicertest.DebFile{{Path: "etc/x", HardLink: "etc/shadow"}}, "etc/x"},
		{"HardLinkBeforeItsTarget", []slicertest.DebFile{{Path: "a", HardLink: "b"}, {Path: "b"}}, "a"},
		{
			"FileTwiceThroughMergedUsr",
			[]slicertest.DebFile{{Path: "lib/x", Body: []byte("1")}, {Path: "usr/lib/x", Body: []byte("2")}},
			"cannot take usr/lib/x: the package has it twice, once below a merged directory",
		},
		{"DirectoryAndFileThroughMergedUsr", []slicertest.DebFile{{Path: "lib/x/"}, {Path: "usr/lib/x", Body: []byte("2")}}, "cannot take usr/lib/x"},
		{"Device", []slicertest.DebFile{{Path: "dev/null", Type: tar.TypeChar}}, "dev/null"},
		{"LinkThenFileBelowIt", []slicertest.DebFile{{Path: "a", Link: "/elsewhere"}, {Path: "a/x", Body: []byte("x")}}, "a/x"},
		{"DotDot", []slicertest.DebFile{{Path: "usr/../../x", Body: []byte("x")}}, "x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := contentsOf(t, archiveOf(t, slicertest.Deb{Files: row.files}), "pkg")
			if err == nil || !strings.HasPrefix(err.Error(), "cannot use package pkg 1.0: cannot unpack ") || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got error %v, want one about %s", err, row.want)
			}
		})
	}
}

// TestContentsMergeUsr reads a package that is older than the merged /usr: everything lies below usr, and no directory
// stands where Debian has a link.
func TestContentsMergeUsr(t *testing.T) {
	s := archiveOf(t, slicertest.Deb{Files: []slicertest.DebFile{
		{Path: "bin/", Mode: 0o755},
		{Path: "bin/old", Body: []byte("#!"), Mode: 0o755},
		{Path: "lib/x86_64-linux-gnu/libold.so.1", Body: []byte("lib")},
		{Path: "lib64/ld.so", Link: "/lib/x86_64-linux-gnu/ld.so"},
		{Path: "library/x", Body: []byte("another directory that begins like one")},
		{Path: "sbin/hard", HardLink: "bin/old"},
	}})
	c, err := contentsOf(t, s, "pkg")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range c.Entries {
		got = append(got, e.Kind.String()+" "+e.Path)
	}
	want := []string{
		"dir library", "file library/x", "dir usr/bin", "file usr/bin/old", "dir usr/lib", "dir usr/lib/x86_64-linux-gnu",
		"file usr/lib/x86_64-linux-gnu/libold.so.1", "dir usr/lib64", "link usr/lib64/ld.so", "dir usr/sbin", "file usr/sbin/hard",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCutOldPackageBesideBaseFiles cuts a package with /lib as a directory together with the one that makes /lib a link.
func TestCutOldPackageBesideBaseFiles(t *testing.T) {
	s := selectOf(t, `
-- deb/base-files_13/lib --
-> usr/lib
-- deb/base-files_13/usr/lib/os-release --
ID=debian
-- deb/old_1.0/lib/old/data --
x
`, "base-files", "old")
	if f := fileOf(t, s, "lib"); f.Kind != tree.Symlink || f.Link != "usr/lib" {
		t.Errorf("got %+v", f)
	}
	fileOf(t, s, "usr/lib/old/data")
}

func TestContentsAreReadFromTheStoreTheSecondTime(t *testing.T) {
	s := archiveOf(t, slicertest.Deb{Scripts: map[string]string{"postinst": "#!/bin/sh\n"}, Files: []slicertest.DebFile{{Path: "a", Body: []byte("x")}, {Path: "b", Link: "a"}}})
	first, err := contentsOf(t, s, "pkg")
	if err != nil {
		t.Fatal(err)
	}
	second, err := contentsOf(t, s, "pkg")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Entries, second.Entries); diff != "" {
		t.Errorf("-first +second:\n%s", diff)
	}
	if second.Scripts["postinst"] != "#!/bin/sh\n" {
		t.Errorf("scripts %v", second.Scripts)
	}
}
