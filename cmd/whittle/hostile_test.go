package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/slicer/rootfs"
	"whittle.dev/whittle/slicer/slicertest"
)

// These tests cut hostile packages and archives as a user does. In each the outcome is the same: an error that names
// the thing, nothing of the target changed, and a cache with which the next run succeeds.

// raw is a package with the given members in its data archive.
func raw(members ...slicertest.TarMember) slicertest.Deb {
	return slicertest.Deb{RawTar: slicertest.Tar(members...), Compression: "gz"}
}

func tarFile(name, body string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, Body: []byte(body)}
}

func tarLink(kind byte, name, target string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: kind, Name: name, Linkname: target, Mode: 0o777}}
}

// spoiled is a package whose ar members were changed.
func spoiled(d slicertest.Deb, change func(members []slicertest.ArMember)) slicertest.Deb {
	members := d.Members()
	change(members)
	d.RawMembers = members
	return d
}

// million is a package whose data archive has a million members: one header, over and over, as no more than zstd makes
// of it.
func million() slicertest.Deb {
	const block, end = 512, 1024
	whole := slicertest.Tar(slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./same/", Mode: 0o755}})
	header := whole[:block]
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		panic(err)
	}
	piece := bytes.Repeat(header, 10_000)
	for range 100 {
		if _, err := w.Write(piece); err != nil {
			panic(err)
		}
	}
	_, err = w.Write(make([]byte, end))
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	d := slicertest.Deb{Name: "evil", Version: "1", Compression: "zst"}
	return spoiled(d, func(m []slicertest.ArMember) { m[2].Body = packed.Bytes() })
}

// claims returns a tar whose only file claims a size that is not its own.
func claims(size int64) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "./usr/big", Mode: 0o644, Size: size, Format: tar.FormatGNU}); err != nil {
		panic(err)
	}
	out.WriteString("little")
	out.Write(make([]byte, 2048))
	return out.Bytes()
}

func TestHostilePackages(t *testing.T) {
	honest := slicertest.Deb{Name: "evil", Version: "1", Files: []slicertest.DebFile{{Path: "usr/share/evil/data", Body: []byte(strings.Repeat("data", 500))}}, Compression: "gz"}
	var small []slicertest.DebFile
	for i := range 20 {
		small = append(small, slicertest.DebFile{Path: fmt.Sprintf("usr/%d", i)})
	}
	for name, c := range map[string]struct {
		deb  slicertest.Deb
		want string
	}{
		"absolute symlink escape":        {raw(tarLink(tar.TypeSymlink, "./usr", "/etc"), tarFile("./usr/passwd", "x")), `"./usr/passwd" of data.tar.gz: it is below "usr", which is a symbolic link`},
		"relative symlink escape":        {raw(tarLink(tar.TypeSymlink, "./usr/x", "../../../etc/passwd")), `"./usr/x" of data.tar.gz: its target "../../../etc/passwd" climbs above the root`},
		"hard link out of the package":   {raw(tarLink(tar.TypeLink, "./usr/x", "/etc/shadow")), `"./usr/x" of data.tar.gz`},
		"hard link to nothing before it": {raw(tarLink(tar.TypeLink, "./usr/x", "./etc/shadow")), `which does not come before it`},
		"dot-dot member":                 {raw(tarFile("./usr/../../evil", "x")), `component ".."`},
		"absolute member":                {raw(tarFile("/etc/passwd", "x")), "begins at the root"},
		"character device":               {raw(tarLink(tar.TypeChar, "./dev/null", "")), `"./dev/null" of data.tar.gz: it is a character device`},
		"block device":                   {raw(tarLink(tar.TypeBlock, "./dev/sda", "")), `"./dev/sda" of data.tar.gz: it is a block device`},
		"fifo":                           {raw(tarLink(tar.TypeFifo, "./run/pipe", "")), `"./run/pipe" of data.tar.gz: it is a named pipe`},
		"duplicate members":              {raw(tarFile("./usr/x", "1"), tarFile("./usr/x", "2")), `"./usr/x" of data.tar.gz: it occurs twice`},
		"file where a directory was":     {raw(tarFile("./usr/x/y", "1"), tarFile("./usr/x", "2")), `"./usr/x" of data.tar.gz: there is a directory at that path already`},
		"directory where a file was":     {raw(tarFile("./usr/x", "1"), tarFile("./usr/x/y", "2")), `"./usr/x/y" of data.tar.gz: it is below "usr/x", which is a file`},
		"name of 10 kB":                  {raw(tarFile("./usr/"+strings.Repeat("n/", 5000)+"x", "")), "longer than 4096 bytes"},
		"component of 10 kB":             {raw(tarFile("./usr/"+strings.Repeat("n", 10_000), "")), "longer than"},
		"invalid UTF-8":                  {raw(tarFile("./usr/\xff\xfe", "")), `invalid UTF-8 in "./usr/\xff\xfe"`},
		"control characters":             {raw(tarFile("./usr/\x1b[2J", "")), `control character in "./usr/\x1b[2J"`},
		"tar size too large":             {slicertest.Deb{RawTar: claims(1 << 20), Compression: "gz"}, `cannot read "usr/big" of data.tar.gz: unexpected EOF`},
		"tar size beyond all measure":    {slicertest.Deb{RawTar: claims(5 << 30), Compression: "gz"}, `"./usr/big" of data.tar.gz: it claims 5368709120 bytes, more than 4294967296`},
		"ar size too large":              {spoiled(honest, func(m []slicertest.ArMember) { m[2].Size = "99999999" }), "data.tar.gz"},
		"ar size too small":              {spoiled(honest, func(m []slicertest.ArMember) { m[2].Size = "60" }), "cannot"},
		"ar size that is no number":      {spoiled(honest, func(m []slicertest.ArMember) { m[1].Size = "-1" }), "cannot"},
		"cut off in the data":            {spoiled(honest, func(m []slicertest.ArMember) { m[2].Body = m[2].Body[:30] }), "data.tar.gz"},
		"data that is not packed so":     {spoiled(honest, func(m []slicertest.ArMember) { m[2].Body = []byte("not gzip at all") }), "data.tar.gz"},
		"no data":                        {slicertest.Deb{RawMembers: honest.Members()[:2]}, "cannot"},
		"no package at all":              {slicertest.Deb{RawMembers: []slicertest.ArMember{{Name: "x", Body: []byte("y")}}}, "cannot"},
		"bomb in the control archive": {
			slicertest.Deb{Compression: "zst", Files: small, Scripts: map[string]string{"postinst": strings.Repeat("\x00", 65<<20)}},
			"control.tar.zst",
		},
		"control of another package": {
			slicertest.Deb{Compression: "gz", Files: small, Scripts: map[string]string{"control": "Package: libc6\nVersion: 666\nArchitecture: amd64\nMaintainer: evil\nDescription: x\n"}},
			"it is libc6 666 for amd64, and the index says that it is evil 1 for amd64",
		},
		"million members": {million(), "there are more than 400000 members"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			c.deb.Name, c.deb.Version = "evil", "1"
			sources := u.serve(c.deb)
			standing := standing(t, "etc/host", "usr/share/evil/old", "usr/x")
			before := listed(t, standing)
			u.write("old.tar", "old")
			cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "evil"}
			for _, target := range [][]string{{"--root", standing}, {"--output", u.path("old.tar")}} {
				u.fails([]string{"whittle: cannot use package evil 1: ", c.want}, append(cut, target...)...)
			}
			if diff := cmp.Diff(before, listed(t, standing)); diff != "" {
				t.Errorf("the directory was changed: -before +after\n%s", diff)
			}
			u.hasOnly("archive", "cache", "old.tar", "test.sources")
			if text, _ := os.ReadFile(u.path("old.tar")); string(text) != "old" {
				t.Error("the tar was changed")
			}
			good := honest
			good.Name, good.Version = "evil", "2"
			u.serve(good)
			u.does(append(cut, "--root", standing)...)
			if text, err := os.ReadFile(filepath.Join(standing, "usr/share/evil/data")); err != nil || len(text) != 2000 {
				t.Errorf("the next cut: %v, %d bytes", err, len(text))
			}
		})
	}
}

// serve writes an archive with these packages, in the place of the one before, and returns its sources file. The archive is for the
// architecture of the first package.
func (u *user) serve(debs ...slicertest.Deb) string {
	u.t.Helper()
	if u.key == nil {
		u.key = testKey()
	}
	a := slicertest.Archive{Keys: []*slicertest.Key{u.key}, Components: map[string][]slicertest.Deb{"main": debs}}
	if len(debs) > 0 && debs[0].Arch != "all" {
		a.Arch = debs[0].Arch
	}
	err := os.RemoveAll(u.path("archive"))
	if err := errors.Join(err, a.WriteTo(u.path("archive"))); err != nil {
		u.t.Fatal(err)
	}
	return u.write("test.sources", a.Sources("file://"+u.path("archive")))
}

// hasOnly fails the test if there is something else in the user's directory.
func (u *user) hasOnly(names ...string) {
	u.t.Helper()
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		u.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(names, got); diff != "" {
		u.t.Errorf("the directory has: -want +got\n%s", diff)
	}
}

// TestSetuidIsKeptAsThePackageHasIt cuts a program that is setuid: it is one in the root and in the tar.
func TestSetuidIsKeptAsThePackageHasIt(t *testing.T) {
	u := newUser(t)
	sources := u.serve(slicertest.Deb{Name: "su", Files: []slicertest.DebFile{{Path: "usr/bin/su", Mode: 0o4755, Body: []byte("#!")}, {Path: "var/mail/", Mode: 0o2775}}})
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "su"}
	u.does(append(cut, "--root", u.path("out"))...)
	for name, want := range map[string]fs.FileMode{"usr/bin/su": fs.ModeSetuid | 0o755} {
		info, err := os.Stat(u.path("out/" + name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want mode %v", name, info, err, want)
		}
	}
	u.does(append(cut, "--output", u.path("su.tar"))...)
	f, err := os.Open(u.path("su.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, "usr/bin/su") {
			if h.Mode != 0o4755 || h.Uid != 0 {
				t.Errorf("in the tar: %+v", h)
			}
			return
		}
	}
}

// TestBrokenPrograms cuts programs whose ELF tables are not whole: they may need what nobody can tell.
func TestBrokenPrograms(t *testing.T) {
	whole := slicertest.ELF{Exec: true, Needed: []string{"libc.so.6"}}.Bytes()
	noTable := bytes.Clone(whole)
	noTable[39] = 0x7f // the program headers' offset
	for name, body := range map[string][]byte{"cut off": whole[:100], "tables outside the file": noTable} {
		u := newUser(t)
		sources := u.serve(slicertest.Deb{Name: "evil", Files: []slicertest.DebFile{{Path: "usr/bin/evil", Mode: 0o755, Body: body}}})
		cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "evil"}
		for _, target := range [][]string{{"--root", u.path("out")}, {"--output", u.path("out.tar")}, {"--output", "oci:" + u.path("layout")}} {
			u.fails([]string{"whittle: cannot read /usr/bin/evil of evil: cannot read ELF header: ", "outside the file"}, append(cut, target...)...)
		}
		u.hasOnly("archive", "cache", "test.sources")
		if u.serve(slicertest.Deb{Name: "evil", Version: "2", Files: []slicertest.DebFile{{Path: "usr/bin/evil", Body: []byte("#!")}}}); t.Failed() {
			t.Logf("in the case %q", name)
		}
		u.does(append(cut, "--root", u.path("out"))...)
	}
}

// TestNeededPathsAreNotFollowedOutOfTheRoot has programs whose needs are paths, and libraries whose soname is one.
func TestNeededPathsAreNotFollowedOutOfTheRoot(t *testing.T) {
	program := func(needed string) slicertest.Deb {
		return slicertest.Deb{Name: "evil", Files: []slicertest.DebFile{{Path: "usr/bin/evil", Mode: 0o755, Body: slicertest.ELF{Exec: true, Needed: []string{needed}}.Bytes()}}}
	}
	for _, needed := range []string{"/etc/passwd", "../../../../etc/passwd", "/usr/lib/libevil.so"} {
		u := newUser(t)
		sources := u.serve(program(needed))
		u.fails([]string{"whittle: cannot complete the closure", needed}, "cut", "--sources", sources, "--release", "none", "--arch", "amd64", "--root", u.path("out"), "evil")
		u.hasOnly("archive", "cache", "test.sources")
	}
	u := newUser(t)
	sources := u.serve(program("libevil.so.1"), slicertest.Deb{Name: "libevil1", Files: []slicertest.DebFile{
		{Path: "usr/lib/x86_64-linux-gnu/libevil.so.1", Body: slicertest.ELF{Soname: "../../../etc/passwd"}.Bytes()},
	}})
	u.does("cut", "--sources", sources, "--release", "none", "--arch", "amd64", "--root", u.path("out"), "evil")
	if text, err := os.ReadFile(u.path("out/etc/passwd")); err != nil || string(text) != rootfs.Accounts["etc/passwd"] {
		t.Errorf("a soname was taken for a path: etc/passwd holds %q, %v", text, err)
	}
}

// A mirror serves an archive, parts of which a test spoils, and then the archive as it is.
type mirror struct {
	mu    sync.Mutex
	files map[string][]byte
	spoil func(w http.ResponseWriter, r *http.Request, body []byte) // nil: nothing is spoiled
	part  string                                                    // of the path of what is spoiled
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	files, spoil := m.files, m.spoil
	m.mu.Unlock()
	if body, ok := files[strings.Trim(r.URL.Path, "/")]; ok && spoil != nil && strings.Contains(r.URL.Path, m.part) {
		spoil(w, r, body)
		return
	}
	slicertest.Handler(files).ServeHTTP(w, r)
}

// TestHostileArchives cuts from archives whose signatures, dates, bytes or servers are not as they should be.
func TestHostileArchives(t *testing.T) {
	key, other := testKey(), testKey()
	expired := slicertest.NewKey("old", slicertest.KeyOptions{Life: 24 * time.Hour})
	revoked := slicertest.NewKey("lost", slicertest.KeyOptions{Revoked: time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)})
	signedBy := func(k ...*slicertest.Key) func(*slicertest.Archive) {
		return func(a *slicertest.Archive) { a.Keys = k }
	}
	page := func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		_, _ = w.Write([]byte("<!DOCTYPE html><html><title>Log in</title></html>"))
	}
	changed := func(w http.ResponseWriter, _ *http.Request, body []byte) {
		body = bytes.Clone(body)
		body[len(body)/2] ^= 1
		_, _ = w.Write(body)
	}
	larger := func(w http.ResponseWriter, _ *http.Request, body []byte) {
		_, _ = w.Write(append(bytes.Clone(body), 0))
	}
	shorter := func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)-100))
		_, _ = w.Write(body[:len(body)-100])
	}
	breaks := func(w http.ResponseWriter, _ *http.Request, body []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, c := range map[string]struct {
		change func(*slicertest.Archive)
		trust  *slicertest.Key
		part   string
		spoil  func(http.ResponseWriter, *http.Request, []byte)
		want   string
	}{
		"unsigned":                  {change: signedBy(), want: "there is neither InRelease nor Release.gpg"},
		"signed by another key":     {change: signedBy(other), want: "not in the keyring"},
		"key expired":               {change: signedBy(expired), trust: expired, want: "the key has expired"},
		"key revoked":               {change: signedBy(revoked), trust: revoked, want: "the key is revoked"},
		"expired":                   {change: func(a *slicertest.Archive) { a.ValidUntil = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC) }, want: "it expired: Valid-Until is 2026-01-02"},
		"from the future":           {change: func(a *slicertest.Archive) { a.Date = time.Date(2226, 1, 2, 0, 0, 0, 0, time.UTC) }, want: "from the future"},
		"of another suite":          {change: func(a *slicertest.Archive) { a.Extra = map[string]string{"Suite": "sid", "Codename": "sid"} }, want: "it is of another suite"},
		"InRelease changed":         {part: "InRelease", spoil: changed, want: "InRelease"},
		"InRelease a web page":      {part: "InRelease", spoil: page, want: "it looks like a web page"},
		"InRelease cut off":         {part: "InRelease", spoil: shorter, want: "InRelease"},
		"Packages changed":          {part: "/binary-amd64/", spoil: changed, want: "its SHA256 is"},
		"Packages a web page":       {part: "/binary-amd64/", spoil: page, want: "it looks like a web page"},
		"Packages cut off":          {part: "/binary-amd64/", spoil: shorter, want: "bytes, and"},
		"Packages larger":           {part: "/binary-amd64/", spoil: larger, want: "it is larger than announced"},
		"package changed":           {part: "shop_1.2", spoil: changed, want: "cannot fetch package shop 1.2"},
		"package a web page":        {part: "shop_1.2", spoil: page, want: "it looks like a web page"},
		"package cut off":           {part: "shop_1.2", spoil: shorter, want: "bytes, and"},
		"package larger":            {part: "shop_1.2", spoil: larger, want: "it is larger than announced"},
		"package that breaks off":   {part: "shop_1.2", spoil: breaks, want: "unexpected EOF"},
		"InRelease that is refused": {part: "InRelease", spoil: func(w http.ResponseWriter, _ *http.Request, _ []byte) { http.Error(w, "no", http.StatusUnauthorized) }, want: "401"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := shop(t, key)
			bad := good
			if c.change != nil {
				c.change(&bad)
			}
			if c.trust != nil {
				good.Keys = []*slicertest.Key{c.trust}
			}
			m := &mirror{files: bad.Files(), part: c.part, spoil: c.spoil}
			server := httptest.NewServer(m)
			defer server.Close()
			u := newUser(t)
			standing := standing(t, "etc/host", "usr/bin/shop")
			before := listed(t, standing)
			// The machine's own settings may say that dates do not count.
			cut := cutOf(u.write("test.sources", good.Sources(server.URL)+"Check-Valid-Until: yes\nCheck-Date: yes\n"))
			for _, target := range [][]string{{"--root", standing}, {"--output", u.path("x.tar")}} {
				u.fails([]string{"whittle: cannot", c.want}, append(cut, target...)...)
			}
			if diff := cmp.Diff(before, listed(t, standing)); diff != "" {
				t.Errorf("the directory was changed: -before +after\n%s", diff)
			}
			u.hasOnly("cache", "test.sources")
			good.Keys, good.Date = []*slicertest.Key{key}, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
			m.mu.Lock()
			m.files, m.spoil = good.Files(), nil
			m.mu.Unlock()
			u.write("test.sources", good.Sources(server.URL))
			u.does(append(cut, "--root", standing)...)
		})
	}
}
