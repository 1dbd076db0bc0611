package slicer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/tree"
)

func openInstalledCached(t *testing.T, dir, cache string) *packages.Installed {
	t.Helper()
	i, err := packages.OpenInstalledCached(dir, "amd64", cache)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}

// installedRecords are the files of a cache that what was read of installed packages is kept in.
func installedRecords(t *testing.T, cache string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache, "unpacked/installed-*/*/*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSelectionsFromCachedInstalledPackagesAreTheSame selects and cuts without a cache, with an empty one, with a full one, and
// where there can be none.
func TestSelectionsFromCachedInstalledPackagesAreTheSame(t *testing.T) {
	dir, cache := debianRoot(t), t.TempDir()
	write(t, dir, "usr/bin/postman", "#!/usr/bin/python3\nimport tool\n")
	write(t, dir, "var/lib/dpkg/info/postman.md5sums", "") // those of the text before
	selected := func(i *packages.Installed) string {
		t.Helper()
		s := selectAll(t, slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "tool"}, {Name: "postman"}}, Sources: []packages.Source{i}})
		return shown(t, s)
	}
	want := selected(openInstalled(t, dir))
	write(t, cache, "file", "no directory")
	for _, row := range []struct{ name, cache string }{{"Empty", cache}, {"Full", cache}, {"None", ""}, {"Impossible", filepath.Join(cache, "file")}} {
		if diff := cmp.Diff(want, selected(openInstalledCached(t, dir, row.cache))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", row.name, diff)
		}
	}
	if found := installedRecords(t, cache); len(found) != 3 {
		t.Errorf("cached were %v, want a record of tool, libx1 and postman", found)
	}
}

// TestChangedInstalledPackagesAreReadAnew changes one thing at a time of what the cache has a record of: the contents are
// those without a cache, or the error is.
func TestChangedInstalledPackagesAreReadAnew(t *testing.T) {
	const library = "usr/lib/x86_64-linux-gnu/libx.so.1.2"
	sameTime := func(t *testing.T, dir, name, body string) {
		t.Helper()
		at := filepath.Join(dir, name)
		info, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, body)
		if err := os.Chtimes(at, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name, of string
		change   func(t *testing.T, dir, cache string)
	}{
		{"Nothing", "tool", func(*testing.T, string, string) {}},
		{"Content", "libx1", func(t *testing.T, dir, _ string) {
			info, err := os.Stat(filepath.Join(dir, library))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, library, strings.Repeat("x", int(info.Size())))
			later := info.ModTime().Add(time.Second)
			if err := os.Chtimes(filepath.Join(dir, library), later, later); err != nil {
				t.Fatal(err)
			}
		}},
		{"SizeAlone", "libx1", func(t *testing.T, dir, _ string) { sameTime(t, dir, library, "spoiled") }},
		{"ConfigurationOfSameSizeAndTime", "tool", func(t *testing.T, dir, _ string) { sameTime(t, dir, "etc/tool.conf", "CHANGED by the user\n") }},
		{"Mode", "tool", func(t *testing.T, dir, _ string) {
			if err := os.Chmod(filepath.Join(dir, "usr/bin/tool"), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{"Link", "libx1", func(t *testing.T, dir, _ string) {
			at := filepath.Join(dir, "usr/lib/x86_64-linux-gnu/libx.so.1")
			if err := errors.Join(os.Remove(at), os.Symlink("libx.so.2", at)); err != nil {
				t.Fatal(err)
			}
		}},
		{"Gone", "tool", func(t *testing.T, dir, _ string) {
			if err := os.Remove(filepath.Join(dir, "usr/share/doc/tool/copyright")); err != nil {
				t.Fatal(err)
			}
		}},
		{"DirectoryGone", "tool", func(t *testing.T, dir, _ string) {
			if err := os.RemoveAll(filepath.Join(dir, "usr/share")); err != nil {
				t.Fatal(err)
			}
		}},
		{"Added", "tool", func(t *testing.T, dir, _ string) { write(t, dir, "usr/share/doc/tool/changelog.gz", "news") }},
		{"Sum", "postman", func(t *testing.T, dir, _ string) {
			write(t, dir, "var/lib/dpkg/info/postman.md5sums", strings.Repeat("0", 32)+"  usr/bin/postman\n")
		}},
		{"Script", "tool", func(t *testing.T, dir, _ string) {
			write(t, dir, "var/lib/dpkg/info/tool.postinst", "#!/bin/sh\nother\n")
		}},
		{"Diversion", "postman", func(t *testing.T, dir, _ string) { write(t, dir, "var/lib/dpkg/diversions", "") }},
		{"DamagedRecord", "tool", func(t *testing.T, _, cache string) {
			found := installedRecords(t, cache)
			if len(found) != 1 {
				t.Fatalf("cached were %v", found)
			}
			if err := os.Truncate(found[0], 50); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir, cache := debianRoot(t), t.TempDir()
			if _, err := contentsOf(t, openInstalledCached(t, dir, cache), row.of); err != nil {
				t.Fatal(err)
			}
			row.change(t, dir, cache)
			want, wantErr := contentsOf(t, openInstalled(t, dir), row.of)
			got, gotErr := contentsOf(t, openInstalledCached(t, dir, cache), row.of)
			if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
				t.Fatalf("got error %v, want %v", gotErr, wantErr)
			}
			if wantErr != nil {
				return
			}
			if diff := cmp.Diff(want.Entries, got.Entries) + cmp.Diff(want.Scripts, got.Scripts); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestCachedInstalledFilesAreNotRead replaces a file behind the back of size and time: it is not read to decide, and refused
// when its bytes are cut.
func TestCachedInstalledFilesAreNotRead(t *testing.T) {
	dir, cache := debianRoot(t), t.TempDir()
	if _, err := contentsOf(t, openInstalledCached(t, dir, cache), "postman"); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "usr/bin/postman")
	info, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "usr/bin/postman", "#?\n")
	if err := os.Chtimes(at, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	s := selectAll(t, slicer.Want{Arch: "amd64", Names: []slicer.Named{{Name: "postman"}}, Sources: []packages.Source{openInstalledCached(t, dir, cache)}})
	err = slicer.Cut(t.Context(), s, contract.LayerSlices, tree.NewDir(openRoot(t, t.TempDir())))
	if err == nil || !strings.Contains(err.Error(), "its bytes changed since they were selected") {
		t.Errorf("got error %v", err)
	}
}

// TestPruneKeepsRecordsOfInstalledPackages prunes what nothing names: the records stay.
func TestPruneKeepsRecordsOfInstalledPackages(t *testing.T) {
	dir, cache := debianRoot(t), t.TempDir()
	if _, err := contentsOf(t, openInstalledCached(t, dir, cache), "tool"); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(filepath.Join(cache, "unpacked"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Put(strings.NewReader(strings.Repeat("x", 1<<20)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := slicer.PruneOwn(cache, 100_000); err != nil {
		t.Fatal(err)
	}
	if found := installedRecords(t, cache); len(found) != 1 {
		t.Errorf("the records are %v", found)
	}
	if files, _ := filepath.Glob(filepath.Join(cache, "unpacked/files/*/*")); len(files) != 0 {
		t.Errorf("files that nothing names: %v", files)
	}
}
