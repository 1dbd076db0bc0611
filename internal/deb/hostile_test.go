package deb_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

// rawTar is a package with the given members in its data archive.
func rawTar(members ...slicertest.TarMember) []byte {
	return slicertest.Deb{RawTar: slicertest.Tar(members...)}.Bytes()
}

func file(name, body string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, Body: []byte(body)}
}

func dir(name string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}}
}

func link(kind byte, name, target string) slicertest.TarMember {
	return slicertest.TarMember{Header: tar.Header{Typeflag: kind, Name: name, Linkname: target, Mode: 0o777}}
}

func symlink(name, target string) slicertest.TarMember { return link(tar.TypeSymlink, name, target) }

func hardlink(name, target string) slicertest.TarMember { return link(tar.TypeLink, name, target) }

// refuses fails the test unless walking over the members ends in a RefusedError
// that names the last one and has want in it, with all before it accepted.
func refuses(t *testing.T, want string, members ...slicertest.TarMember) {
	t.Helper()
	got, err := walk(rawTar(members...), deb.DefaultLimits())
	wantError(t, err, want)
	refused, ok := errors.AsType[*deb.RefusedError](err)
	if !ok {
		t.Fatalf("got %v, not a RefusedError", err)
	}
	if last := members[len(members)-1].Header.Name; refused.Member != last {
		t.Errorf("the error names %q, not %q", refused.Member, last)
	}
	if len(got) != len(members)-1 {
		t.Errorf("got %d members before the error, want %d: %q", len(got), len(members)-1, got)
	}
}

func TestWalkRefusesNamesThatClimb(t *testing.T) {
	for _, name := range []string{"../x", "./../x", "a/../../x", "a/../b", "..", "./a/.."} {
		refuses(t, `component ".."`, file(name, ""))
	}
}

func TestWalkRefusesAbsoluteNames(t *testing.T) {
	refuses(t, "begins at the root", file("/etc/passwd", "x"))
	refuses(t, "begins at the root", dir("//"))
}

func TestWalkRefusesEmptyNames(t *testing.T) {
	refuses(t, "its name is empty", file("", "x"))
}

func TestWalkRefusesRootThatIsNoDirectory(t *testing.T) {
	refuses(t, "the root is a symbolic link", symlink(".", "/etc"))
}

func TestWalkRefusesInvalidUTF8(t *testing.T) {
	refuses(t, `invalid UTF-8 in "a\xff"`, file("a\xff", ""))
	refuses(t, `invalid UTF-8 in "\xff"`, symlink("a", "\xff"))
}

func TestWalkRefusesControlCharacters(t *testing.T) {
	refuses(t, `control character in "a\nb"`, file("a\nb", ""))
	refuses(t, `control character in "\x1b[2J"`, symlink("a", "\x1b[2J"))
}

func TestWalkRefusesNamesOf10kB(t *testing.T) {
	refuses(t, "longer than 4096 bytes", file(strings.Repeat("a/", 5000)+"x", ""))
	refuses(t, "longer than 4096 bytes", symlink("a", strings.Repeat("a/", 5000)))
	refuses(t, "longer than 255 bytes", file(strings.Repeat("a", 256), ""))
}

func TestWalkRefusesSymlinkOutOfRoot(t *testing.T) {
	for path, target := range map[string]string{
		"a": "..", "a/b": "../../x", "a/b/c": "x/../../../../y", "d": "/..", "e/f": "/usr/../../etc",
	} {
		refuses(t, "climbs above the root", symlink(path, target))
	}
	refuses(t, "its target is empty", symlink("a", ""))
}

func TestWalkRefusesFileBelowSymlink(t *testing.T) {
	refuses(t, `it is below "a", which is a symbolic link`, symlink("a", "/etc"), file("a/x", "x"))
	refuses(t, `it is below "a", which is a symbolic link`, symlink("a", "b"), dir("a/b/c/"))
	refuses(t, `it is below "a", which is a file`, file("a", ""), file("a/x", "x"))
}

func TestWalkRefusesSymlinkWhereADirectoryWas(t *testing.T) {
	refuses(t, "there is a directory at that path already", dir("a/"), symlink("a", "/etc"))
	refuses(t, "there is a directory at that path already", file("a/x", ""), symlink("a", "/etc"))
	refuses(t, "there is a directory at that path already", dir("a/"), file("a", ""))
	refuses(t, "it is a directory, but there is a file", file("a", ""), dir("a/"))
	refuses(t, "it is a directory, but there is a symbolic link", symlink("a", "b"), dir("a/"))
}

func TestWalkRefusesDuplicates(t *testing.T) {
	refuses(t, "it occurs twice", file("a", "1"), file("./a", "2"))
	refuses(t, "it occurs twice", symlink("a", "b"), file("a", "2"))
	refuses(t, "it occurs twice", file("x/a", "1"), hardlink("x//a", "x/a"))
}

func TestWalkRefusesHardLinkOutOfPackage(t *testing.T) {
	refuses(t, "its name begins at the root", hardlink("a", "/etc/shadow"))
	refuses(t, `component ".."`, hardlink("a", "../etc/shadow"))
	refuses(t, `hard link to "etc/shadow", which does not come before it`, hardlink("a", "etc/shadow"))
	refuses(t, `hard link to "a", which does not come before it`, hardlink("a", "a"))
	refuses(t, `hard link to "d", which is a directory`, dir("d/"), hardlink("a", "d"))
	refuses(t, `hard link to "", which does not come before it`, hardlink("a", "./"))
	refuses(t, "its name is empty", hardlink("a", ""))
}

func withMode(m slicertest.TarMember, mode int64) slicertest.TarMember {
	m.Header.Mode = mode
	return m
}

// TestWalkTakesHardLinksToSymlinks: what leads to a symbolic link is another one of the same text, which has to stay in the package from
// where it is.
func TestWalkTakesHardLinksToSymlinks(t *testing.T) {
	got, err := walk(rawTar(dir("x/"), withMode(symlink("x/s", "../y/f"), 0o644), withMode(hardlink("x/a", "x/s"), 0o644), hardlink("x/b", "x/a")), deb.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x/s 2 0777 ../y/f", "x/a 2 0777 ../y/f", "x/b 2 0777 ../y/f"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q: %q", want, got)
		}
	}
	refuses(t, "climbs above the root", dir("x/"), symlink("x/s", "../y/f"), hardlink("a", "x/s"))
	refuses(t, `it is below "a", which is a symbolic link`, symlink("s", "/etc"), hardlink("a", "s"), file("a/shadow", "x"))
}

func TestWalkRefusesDevicesAndPipes(t *testing.T) {
	refuses(t, "it is a character device", link(tar.TypeChar, "dev/null", ""))
	refuses(t, "it is a block device", link(tar.TypeBlock, "dev/sda", ""))
	refuses(t, "it is a named pipe", link(tar.TypeFifo, "run/pipe", ""))
	refuses(t, `it is a member of unknown type '7'`, link(tar.TypeCont, "x", ""))
	refuses(t, `it is a member of unknown type 's'`, link('s', "socket", ""))
}

func TestWalkRefusesGlobalHeaders(t *testing.T) {
	global := slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"path": "y"}}}
	_, err := walk(rawTar(global), deb.DefaultLimits())
	wantError(t, err, "it is a member of unknown type 'g'")
}

func TestWalkRefusesSymlinkNamedAsDirectory(t *testing.T) {
	refuses(t, "symbolic link with the name of a directory", symlink("a/", "b"))
}

func TestWalkRefusesLinksThatClaimContent(t *testing.T) {
	m := symlink("a", "b")
	m.Header.Size = 512
	refuses(t, "it is a symbolic link that claims 512 bytes", m)
}

// A sparse file of a few bytes may claim terabytes.
func TestWalkRefusesSparseFiles(t *testing.T) {
	m := file("a", "x")
	m.Header.PAXRecords = map[string]string{"XNU.sparse.map": "0,1", "XNU.sparse.numblocks": "1", "XNU.sparse.size": "4000000"}
	raw := bytes.ReplaceAll(slicertest.Tar(m), []byte("XNU.sparse"), []byte("GNU.sparse"))
	_, err := walk(slicertest.Deb{RawTar: raw}.Bytes(), deb.DefaultLimits())
	wantError(t, err, `cannot accept member "a" of data.tar: it is a sparse file`)
}

func TestWalkRefusesTarSizeThatLies(t *testing.T) {
	whole := slicertest.Tar(file("a", "1"), file("b", strings.Repeat("b", 2000)))
	_, err := walk(slicertest.Deb{RawTar: whole[:2048]}.Bytes(), deb.DefaultLimits())
	wantError(t, err, `cannot read "b" of data.tar: unexpected EOF`)
	f, err := open(slicertest.Deb{RawTar: whole[:2048]}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	err = f.Walk(func(*tar.Header, io.Reader) error { return nil })
	wantError(t, err, `cannot read data.tar after "b": unexpected EOF`)
}

func TestWalkRefusesDataBehindTheArchive(t *testing.T) {
	raw := slicertest.Tar(file("a", "1"))
	raw = append(raw, make([]byte, 1024)...)
	if _, err := walk(slicertest.Deb{RawTar: raw}.Bytes(), deb.DefaultLimits()); err != nil {
		t.Errorf("zeros are padding: %v", err)
	}
	raw = append(raw, slicertest.Tar(file("b", "2"))...)
	_, err := walk(slicertest.Deb{RawTar: raw}.Bytes(), deb.DefaultLimits())
	wantError(t, err, "data follows the end of the archive")
}

func TestWalkRefusesArchiveWithoutEnd(t *testing.T) {
	whole := slicertest.Tar(file("a", "1"), file("b", strings.Repeat("b", 2000)))
	for _, n := range []int{0, 512, 1024, 1536} {
		_, err := walk(slicertest.Deb{RawTar: whole[:n]}.Bytes(), deb.DefaultLimits())
		wantError(t, err, "unexpected EOF")
	}
}

func TestWalkRefusesFilesBeyondTheLimits(t *testing.T) {
	data := rawTar(file("a", strings.Repeat("a", 600)), file("b", strings.Repeat("b", 600)))
	_, err := walk(data, deb.Limits{Member: 599})
	wantError(t, err, `member "a" of data.tar: it claims 600 bytes, more than 599`)
	data = rawTar(file("a", "1"), file("b", strings.Repeat("b", 8<<20)))
	_, err = walk(data, deb.Limits{Unpacked: 4 << 20})
	wantError(t, err, `member "b" of data.tar: it claims 8388608 bytes, which makes more than 4194304 in all`)
}

// Each bomb hides its mass where no file announces it.
func TestWalkRefusesDecompressionBombs(t *testing.T) {
	zeros := make([]byte, 8<<20)
	headers := make([]slicertest.TarMember, 5000)
	for i := range headers {
		headers[i] = symlink(fmt.Sprintf("l%d", i), "x")
	}
	for _, compression := range []string{"xz", "zst", "gz"} {
		for name, raw := range map[string][]byte{
			"padding": append(slicertest.Tar(file("a", "1")), zeros...),
			"headers": slicertest.Tar(headers...),
		} {
			data := slicertest.Deb{RawTar: raw, Compression: compression}.Bytes()
			_, err := walk(data, deb.Limits{Unpacked: 1 << 20})
			t.Run(compression+" "+name, func(t *testing.T) { wantError(t, err, "it unpacks to more than 1048576 bytes") })
		}
	}
}

func TestWalkRefusesWindowsBeyondTheLimit(t *testing.T) {
	d := slicertest.Deb{RawTar: make([]byte, 4<<20), Compression: "zst"}
	_, err := walk(d.Bytes(), deb.Limits{Window: 1 << 10})
	wantError(t, err, "cannot read data.tar.zst: decompressed size exceeds configured limit")
	d.Compression = "xz"
	_, err = walk(d.Bytes(), deb.Limits{Window: 1 << 10})
	wantError(t, err, "cannot read data.tar.xz: xz: LZMA2 dictionary size exceeds max")
}

func TestWalkRefusesVeryManyMembers(t *testing.T) {
	if most := deb.DefaultLimits().Members; most >= 1e6 {
		t.Errorf("a million members pass: the limit is %d", most)
	}
	members := make([]slicertest.TarMember, 101)
	for i := range members {
		members[i] = dir("same/")
	}
	_, err := walk(rawTar(members...), deb.Limits{Members: 100})
	wantError(t, err, "there are more than 100 members")
	_, err = walk(rawTar(file(strings.Repeat("d/", 100)+"f", "")), deb.Limits{Members: 100})
	wantError(t, err, "there are more than 100 paths")
}
