package deb_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

var compressions = [...]string{"xz", "zst", "gz", ""}

func TestWalkListsMembersInOrder(t *testing.T) {
	files := []slicertest.DebFile{
		{Path: "/usr/lib/libx.so.1", Link: "libx.so.1.0"},
		{Path: "/usr/lib/libx.so.1.0", Body: []byte("elf")},
		{Path: "/usr/lib/libx-copy.so", HardLink: "/usr/lib/libx.so.1.0"},
		{Path: "/usr/bin/su", Body: []byte("su"), Mode: 0o104755},
		{Path: "/tmp/", Mode: 0o1777},
		{Path: "/etc/abs", Link: "/usr/../etc/x"},
		{Path: "/etc/up", Link: "../usr/lib/../bin"},
		{Path: "/etc/größe", Body: []byte("ö")},
		{Path: "/empty"},
	}
	want := []string{
		"usr/ 5 0755", "usr/lib/ 5 0755",
		"usr/lib/libx.so.1 2 0777 libx.so.1.0",
		"usr/lib/libx.so.1.0 0 0644 elf",
		"usr/lib/libx-copy.so 1 0644 usr/lib/libx.so.1.0",
		"usr/bin/ 5 0755", "usr/bin/su 0 4755 su",
		"tmp/ 5 1777",
		"etc/ 5 0755", "etc/abs 2 0777 /usr/../etc/x", "etc/up 2 0777 ../usr/lib/../bin", "etc/größe 0 0644 ö",
		"empty 0 0644",
	}
	for _, compression := range compressions {
		got, err := walk(slicertest.Deb{Files: files, Compression: compression}.Bytes(), deb.DefaultLimits())
		if err != nil {
			t.Errorf("%q: %v", compression, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", compression, diff)
		}
	}
}

func TestWalkCleansNames(t *testing.T) {
	got, err := walk(rawTar(
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "."}},
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "usr", Mode: 0o755}},
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: "usr//./bin///x"}},
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeLink, Name: "y", Linkname: "./usr/bin//x"}},
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./usr/bin/", Mode: 0o700}},
		slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./usr/", Mode: 0o700}},
	), deb.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"usr/ 5 0755", "usr/bin/x 0 0000", "y 1 0000 usr/bin/x", "usr/bin/ 5 0700", "usr/ 5 0700"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWalkClearsWhatAnImageMustNotDependOn(t *testing.T) {
	data := rawTar(slicertest.TarMember{Body: []byte("x"), Header: tar.Header{
		Typeflag: tar.TypeReg, Name: "./x", Mode: 0o107755, Uid: 1000, Gid: 100, Uname: "u", Gname: "g",
		ModTime: time.Unix(1e9, 5), AccessTime: time.Unix(1e9, 0), ChangeTime: time.Unix(1e9, 0),
		PAXRecords: map[string]string{"SCHILY.xattr.user.x": "1", "comment": "c"}, Format: tar.FormatPAX,
	}})
	f, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Walk(func(h *tar.Header, _ io.Reader) error {
		want := &tar.Header{Typeflag: tar.TypeReg, Name: "x", Mode: 0o7755, Size: 1}
		if diff := cmp.Diff(want, h); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWalkSkipsContentThatIsNotRead(t *testing.T) {
	for _, compression := range compressions {
		f, err := open(slicertest.Deb{Compression: compression, Files: []slicertest.DebFile{
			{Path: "a", Body: bytes.Repeat([]byte("a"), 3<<20)}, {Path: "b", Body: []byte("b")},
		}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		err = f.Walk(func(h *tar.Header, _ io.Reader) error {
			names = append(names, h.Name)
			return nil
		})
		if diff := cmp.Diff([]string{"a", "b"}, names); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", compression, err, diff)
		}
	}
}

func TestWalkReturnsTheErrorOfItsFunction(t *testing.T) {
	stop := errors.New("stop")
	f, err := open(slicertest.Deb{Compression: "xz", Files: []slicertest.DebFile{{Path: "a", Body: make([]byte, 4<<20)}, {Path: "b"}}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	if err := f.Walk(func(*tar.Header, io.Reader) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestFileServesSeveralWalksAtOnce(t *testing.T) {
	f, err := open(slicertest.Deb{Compression: "zst", Files: []slicertest.DebFile{{Path: "a", Body: bytes.Repeat([]byte("ab"), 1<<20)}}}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			err := f.Walk(func(_ *tar.Header, r io.Reader) error {
				content, err := io.ReadAll(r)
				if strings.Count(string(content), "ab") != 1<<20 {
					t.Error("content came out wrong")
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// positions picks bytes of a stream: all of its head and tail, some between.
func positions(n int) []int {
	var all []int
	for i := 0; i < n; i++ {
		if i < 80 || i > n-80 || i%13 == 0 {
			all = append(all, i)
		}
	}
	return all
}

// A changed byte must never yield other files without an error.
func TestWalkNoticesChangedBytes(t *testing.T) {
	files := []slicertest.DebFile{{Path: "a", Body: bytes.Repeat([]byte("hello"), 200)}, {Path: "b", Link: "a"}}
	for _, compression := range []string{"xz", "zst", "gz"} {
		members := slicertest.Deb{Files: files, Compression: compression}.Members()
		want, err := walk(slicertest.Ar(members...), deb.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		good := members[2].Body
		for _, i := range positions(len(good)) {
			members[2].Body = bytes.Clone(good)
			members[2].Body[i] ^= 0x10
			got, err := walk(slicertest.Ar(members...), deb.DefaultLimits())
			if err == nil && !cmp.Equal(want, got) {
				t.Errorf("%s: byte %d of %d changed, and the package differs without an error", compression, i, len(good))
			}
		}
	}
}

func TestWalkNoticesTruncation(t *testing.T) {
	files := []slicertest.DebFile{{Path: "a", Body: bytes.Repeat([]byte("hello"), 200)}, {Path: "b", Link: "a"}}
	for _, compression := range []string{"xz", "zst", "gz"} {
		members := slicertest.Deb{Files: files, Compression: compression}.Members()
		whole := members[2].Body
		for _, n := range positions(len(whole)) {
			members[2].Body = whole[:n]
			if _, err := walk(slicertest.Ar(members...), deb.DefaultLimits()); err == nil {
				t.Errorf("%s: cut off after %d of %d bytes without an error", compression, n, len(whole))
			}
		}
	}
}
