package slicer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/packages"
)

// recordsIn are the files of the records that a root has of its packages.
func recordsIn(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, packages.RecordsDir, "installed-*/*/*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// spoil replaces the content of a file, and not its size and time.
func spoil(t *testing.T, dir, name string) {
	t.Helper()
	at := filepath.Join(dir, name)
	info, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, name, strings.Repeat("x", int(info.Size())))
	if err := os.Chtimes(at, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// TestRecordsOfABuildImage: what a root has on record of its packages is taken where it fits, and by nobody else. That it is
// taken shows by a file that was replaced without a trace in its size and time, which whoever reads it refuses.
func TestRecordsOfABuildImage(t *testing.T) {
	const library = "usr/lib/x86_64-linux-gnu/libx.so.1.2"
	for _, row := range []struct {
		name   string
		change func(t *testing.T, dir string)
		taken  bool
	}{
		{"Nothing", func(*testing.T, string) {}, true},
		{"OfAnotherPackage", func(t *testing.T, dir string) { write(t, dir, "etc/tool.conf", "other") }, true},
		{"Stale", func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, library), 0o600); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"Wrong", func(t *testing.T, dir string) {
			for _, name := range recordsIn(t, dir) {
				if err := os.WriteFile(name, []byte("no record of a package"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}, false},
		{"OfAnotherArchitecture", func(t *testing.T, dir string) {
			status := filepath.Join(dir, "var/lib/dpkg/status")
			text, err := os.ReadFile(status)
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "var/lib/dpkg/status", strings.ReplaceAll(string(text), "Architecture: amd64", "Architecture: all"))
		}, false},
		{"OfAnotherForm", func(t *testing.T, dir string) {
			kinds, err := filepath.Glob(filepath.Join(dir, packages.RecordsDir, "*"))
			if err != nil || len(kinds) != 1 {
				t.Fatalf("the kinds of records are %v (%v)", kinds, err)
			}
			if err := os.Rename(kinds[0], filepath.Join(dir, packages.RecordsDir, "installed-1")); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"OthersMayWrite", func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, packages.RecordsDir), 0o777); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"OthersMayWriteOne", func(t *testing.T, dir string) {
			for _, name := range recordsIn(t, dir) {
				if err := os.Chmod(name, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir, cache := debianRoot(t), t.TempDir()
			if n, err := packages.WriteRecords(t.Context(), dir, "amd64"); err != nil || n != len(recordsIn(t, dir)) {
				t.Fatalf("recorded %d packages, and %v (%v)", n, recordsIn(t, dir), err)
			}
			row.change(t, dir)
			spoil(t, dir, library)
			_, err := contentsOf(t, openInstalledCached(t, dir, cache), "libx1")
			if taken := err == nil; taken != row.taken {
				t.Errorf("taken: %v, want %v (%v)", taken, row.taken, err)
			}
			if cached := installedRecords(t, cache); len(cached) != 0 {
				t.Errorf("the cache has got %v", cached)
			}
		})
	}
}

// TestRecordedPackagesAreThose reads every package with records and without, and makes none by reading.
func TestRecordedPackagesAreThose(t *testing.T) {
	dir := debianRoot(t)
	openInstalledCached(t, dir, "")
	if _, err := os.Lstat(filepath.Join(dir, packages.RecordsDir)); err == nil {
		t.Error("whoever reads packages makes a folder in their root")
	}
	if _, err := packages.WriteRecords(t.Context(), dir, "amd64"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tool", "libx1", "postman"} {
		want, wantErr := contentsOf(t, openInstalled(t, dir), name)
		got, gotErr := contentsOf(t, openInstalledCached(t, dir, ""), name)
		if wantErr != nil || gotErr != nil {
			if wantErr == nil || gotErr == nil || wantErr.Error() != gotErr.Error() {
				t.Errorf("%s: got error %v, want %v", name, gotErr, wantErr)
			}
			continue
		}
		if diff := cmp.Diff(want.Entries, got.Entries) + cmp.Diff(want.Scripts, got.Scripts); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
