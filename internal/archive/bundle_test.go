package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

// bundleOf bundles packages of an archive by name, and the answer to who ships a file.
func bundleOf(t *testing.T, o Options, owner string, names ...string) []byte {
	t.Helper()
	a := mustOpen(t, o)
	if owner != "" {
		if _, err := a.Owners(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
	}
	var packages []*Package
	for _, name := range names {
		p, err := a.Package(name)
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	part, err := a.Bundle(t.Context(), packages)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteBundle(&out, []*Part{part}, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// openBundled opens a bundle of these bytes with an empty cache and no network.
func openBundled(t *testing.T, data []byte, change ...func(*Options)) (*Archive, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.bundle")
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := OpenBundle(name)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { b.Close() })
	o := Options{Bundle: b, Arch: "amd64", Cache: t.TempDir(), Now: today, Retries: -1, Client: &http.Client{Transport: noNetwork{t}}}
	for _, c := range change {
		c(&o)
	}
	a, err := Open(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { a.Close() })
	}
	return a, err
}

func mustOpenBundle(t *testing.T, data []byte, change ...func(*Options)) *Archive {
	t.Helper()
	a, err := openBundled(t, data, change...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBundleHoldsWhatWasRead(t *testing.T) {
	for name, change := range map[string]func(*slicertest.Archive){
		"InRelease":   func(*slicertest.Archive) {},
		"Release.gpg": func(a *slicertest.Archive) { a.Detached = true },
		"RSA": func(a *slicertest.Archive) {
			a.Keys = []*slicertest.Key{slicertest.NewKey("rsa", slicertest.KeyOptions{RSA: true})}
		},
		"only xz":               func(a *slicertest.Archive) { a.Compressions = []string{"xz"} },
		"without by-hash":       func(a *slicertest.Archive) { a.NoByHash = true },
		"flat":                  func(a *slicertest.Archive) { a.Flat = true },
		"another key before it": func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{newKey(), newKey()} },
	} {
		t.Run(name, func(t *testing.T) {
			fixture := newArchive(newKey())
			change(&fixture)
			owner := "libgmp.so.10"
			if fixture.Flat {
				owner = "" // it has no Contents
			}
			a := mustOpenBundle(t, bundleOf(t, optionsFor(t, fixture, fixture.Serve(t).URL), owner, "libgmp10"))
			p, err := a.Package("libgmp10")
			if err != nil {
				t.Fatal(err)
			}
			if data, err := fetched(t, a, p); err != nil || !bytes.Equal(data, fixture.Components["main"][0].Bytes()) {
				t.Errorf("the package is not the archive's: %v", err)
			}
			if owner != "" {
				owners, err := a.Owners(t.Context(), owner)
				if diff := cmp.Diff([]Owner{{"usr/lib/x86_64-linux-gnu/libgmp.so.10", "libgmp10"}}, owners); err != nil || diff != "" {
					t.Errorf("%v %s", err, diff)
				}
			}
			hello, err := a.Package("hello")
			if err != nil {
				t.Fatal(err)
			}
			if _, err = a.Fetch(t.Context(), hello); !errors.Is(err, ErrNotBundled) {
				t.Errorf("a package that was not bundled: %v", err)
			}
		})
	}
}

// TestBundleWithoutContentsDoesNotSayThatNobodyHasAFile asks what was not asked when the bundle was made.
func TestBundleWithoutContentsDoesNotSayThatNobodyHasAFile(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpenBundle(t, bundleOf(t, optionsFor(t, fixture, fixture.Serve(t).URL), "", "libgmp10"))
	_, err := a.Owners(t.Context(), "libgmp.so.10")
	wantParts(t, err, "cannot tell who ships libgmp.so.10", "the bundle does not have it")
}

// TestBundleTwiceIsSameBytes makes it of two mirrors, with other caches, of one that is warm and one that is cold.
func TestBundleTwiceIsSameBytes(t *testing.T) {
	fixture := newArchive(newKey())
	files := slicertest.Handler(fixture.Files()).ServeHTTP
	first, second := optionsFor(t, fixture, serve(t, files)), optionsFor(t, fixture, serve(t, files)+"/")
	want := bundleOf(t, first, "gmp.h", "libgmp10", "hello")
	for name, o := range map[string]Options{"warm": first, "another mirror": second} {
		o.Now = func() time.Time { return today().Add(time.Hour) }
		if got := bundleOf(t, o, "gmp.h", "hello", "libgmp10"); !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes", name)
		}
	}
}

// TestBundleStaysGoodWhenTimeHasPassed is used when the Release, and the key, have expired.
func TestBundleStaysGoodWhenTimeHasPassed(t *testing.T) {
	key := slicertest.NewKey("old", slicertest.KeyOptions{Created: day(1, 1), Life: 365 * 24 * time.Hour})
	fixture := newArchive(key)
	fixture.ValidUntil = day(6, 8)
	data := bundleOf(t, optionsFor(t, fixture, fixture.Serve(t).URL), "", "libgmp10")
	for _, years := range []int{-10, 0, 10} { // a clock may be wrong in both directions
		var notes []string
		a := mustOpenBundle(t, data, func(o *Options) {
			o.Now = func() time.Time { return today().AddDate(years, 0, 0) }
			o.Progress = func(p Progress) {
				if p.Activity == Note {
					notes = append(notes, p.Message)
				}
			}
		})
		if p, err := a.Package("libgmp10"); err != nil {
			t.Error(err)
		} else if _, err := a.Fetch(t.Context(), p); err != nil {
			t.Error(err)
		}
		if told := strings.Contains(strings.Join(notes, "\n"), "was valid until 2026-06-08"); told != (years > 0) {
			t.Errorf("after %d years the notes are %q", years, notes)
		}
	}
}

// TestBundleOfExpiredArchiveIsRefused is about the time when a bundle is made, not used.
func TestBundleOfExpiredArchiveIsRefused(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.ValidUntil = day(2, 1)
	wantOpenError(t, optionsFor(t, fixture, fixture.Serve(t).URL), "it expired")
}

// TestBundleKeepsTheChoiceOfVersions follows the pins of the machine that made it.
func TestBundleKeepsTheChoiceOfVersions(t *testing.T) {
	fixture := newArchive(newKey())
	url := fixture.Serve(t).URL
	for name, pins := range map[string]string{
		"version": "Package: hello\nPin: version 1.9\nPin-Priority: 900\n",
		"host":    "Package: hello\nPin: origin 127.0.0.1\nPin-Priority: -1\n",
		"problem": "Package: hello\nPin: nonsense\nPin-Priority: 1\n",
	} {
		o := optionsFor(t, fixture, url)
		var err error
		if o.Pins, err = ParsePins("preferences", []byte(pins)); err != nil {
			t.Fatal(err)
		}
		online := mustOpen(t, o)
		want, wantErr := online.Package("hello")
		got, err := mustOpenBundle(t, bundleOf(t, o, "", "libgmp10")).Package("hello")
		if (err == nil) != (wantErr == nil) || err == nil && got.Version != want.Version || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%s: %+v, %v; online %+v, %v", name, got, err, want, wantErr)
		}
	}
}

// TestBundleNeitherRemembersNorIsHeldAgainstMemory uses an old bundle with a cache that has seen newer states.
func TestBundleNeitherRemembersNorIsHeldAgainstMemory(t *testing.T) {
	key := newKey()
	older, newer := newArchive(key), newArchive(key)
	older.Date, newer.Date = day(3, 1), day(4, 1)
	data := bundleOf(t, optionsFor(t, older, older.Serve(t).URL), "", "hello")
	o := optionsFor(t, newer, newer.Serve(t).URL)
	mustOpen(t, o)
	before := tree(t, filepath.Join(o.Cache, releaseDir))
	a := mustOpenBundle(t, data, func(b *Options) { b.Cache = o.Cache })
	if got := a.Snapshots()[0].Date; !got.Equal(day(3, 1)) {
		t.Errorf("the bundle's date is %v", got)
	}
	if diff := cmp.Diff(before, tree(t, filepath.Join(o.Cache, releaseDir))); diff != "" {
		t.Error(diff)
	}
}

func TestBundleOfSeveralArchitectures(t *testing.T) {
	key := newKey()
	both := newArchive(key)
	both.Extra = map[string]string{"Architectures": "amd64 arm64"}
	files := both.Files()
	o := optionsFor(t, both, serve(t, slicertest.Handler(files).ServeHTTP))
	a := mustOpen(t, o)
	one, err := a.Bundle(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	arm := *one
	arm.manifest.Arches = []string{"arm64"}
	var out bytes.Buffer
	if err := WriteBundle(&out, []*Part{&arm, one}, nil); err != nil {
		t.Fatal(err)
	}
	mustOpenBundle(t, out.Bytes())
	_, err = openBundled(t, out.Bytes(), func(o *Options) { o.Arch = "riscv64" })
	wantParts(t, err, "for riscv64: it is for amd64 arm64")

	both.Date = day(5, 1) // updated between the two
	arm.files = map[string]bundledFile{"archives/0/dists/trixie/InRelease": inMemory(both.Files()["dists/trixie/InRelease"])}
	err = WriteBundle(io.Discard, []*Part{one, &arm}, nil)
	wantParts(t, err, "InRelease is not the same for all architectures", "run again")
}

func TestBundleOfACacheThatWasChangedIsRefused(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	part, err := a.Bundle(t.Context(), []*Package{p})
	if err != nil {
		t.Fatal(err)
	}
	at := a.cache.path(blobName(p.SHA256))
	data, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(at, data, 0o666); err != nil {
		t.Fatal(err)
	}
	wantParts(t, WriteBundle(io.Discard, []*Part{part}, nil), "the cache was changed meanwhile", p.SHA256)
	// One that others pruned meanwhile is fetched again.
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := WriteBundle(io.Discard, []*Part{part}, nil); err != nil {
		t.Error(err)
	}
}

// TestChangedByteAnywhereInBundle opens it, asks for all and compares: a changed byte is found, or changes nothing.
func TestChangedByteAnywhereInBundle(t *testing.T) {
	fixture := newArchive(newKey())
	data := bundleOf(t, optionsFor(t, fixture, fixture.Serve(t).URL), "gmp.h", "libgmp10")
	ask := func(data []byte) (string, error) {
		a, err := openBundled(t, data)
		if err != nil {
			return "", err
		}
		defer a.Close()
		p, err := a.Package("libgmp10")
		if err != nil {
			return "", err
		}
		body, err := fetched(t, a, p)
		if err != nil {
			return "", err
		}
		owners, err := a.Owners(t.Context(), "gmp.h")
		if err != nil || len(owners) != 1 {
			return "", errors.Join(err, errors.New("owners"))
		}
		return p.Version + p.SHA256 + a.Snapshots()[0].ReleaseSHA256 + owners[0].Package + string(body), err
	}
	want, err := ask(data)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for at := 0; at < len(data); at += 113 {
		changed := bytes.Clone(data)
		changed[at] ^= 1
		got, err := ask(changed)
		if err != nil {
			refused++
		} else if got != want {
			t.Errorf("byte %d changed is not noticed", at)
		}
	}
	if refused*113 < len(data)/4 {
		t.Errorf("only %d changes were refused", refused)
	}
	for n := 0; n < len(data)-1024; n += 1531 { // the end of a tar is 1024 zeros
		if _, err := ask(data[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(data))
		}
	}
}

func TestOpenBundleRefuses(t *testing.T) {
	member := func(name, text string) slicertest.TarMember {
		return slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, Body: []byte(text)}
	}
	good := `{"schema":"whittle.bundle/1","arches":["amd64"],"sources":[]}`
	for name, c := range map[string]struct {
		members []slicertest.TarMember
		want    string
	}{
		"no manifest":     {[]slicertest.TarMember{member("x", "y")}, "it has no bundle.json"},
		"other schema":    {[]slicertest.TarMember{member("bundle.json", `{"schema":"whittle.bundle/2"}`)}, `"whittle.bundle/1" is known`},
		"unknown field":   {[]slicertest.TarMember{member("bundle.json", `{"schema":"whittle.bundle/1","trust":"all"}`)}, "unknown field"},
		"source outside":  {[]slicertest.TarMember{member("bundle.json", `{"schema":"whittle.bundle/1","sources":[{"path":"../x","keys":"k"}]}`)}, "is not in it"},
		"keys outside":    {[]slicertest.TarMember{member("bundle.json", `{"schema":"whittle.bundle/1","sources":[{"path":"x","keys":"/etc/passwd"}]}`)}, "is not in it"},
		"member twice":    {[]slicertest.TarMember{member("bundle.json", good), member("./bundle.json", good)}, "is there twice"},
		"member outside":  {[]slicertest.TarMember{member("../bundle.json", good)}, "is no file of a bundle"},
		"absolute member": {[]slicertest.TarMember{member("/bundle.json", good)}, "is no file of a bundle"},
		"link": {
			[]slicertest.TarMember{{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: "bundle.json", Linkname: "/etc/passwd"}}},
			"is no file of a bundle",
		},
		"device": {[]slicertest.TarMember{{Header: tar.Header{Typeflag: tar.TypeChar, Name: "bundle.json"}}}, "is no file of a bundle"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openBundled(t, slicertest.Tar(c.members...))
			wantParts(t, err, "cannot open bundle", "test.bundle", c.want)
		})
	}
	// A directory's links lead nowhere outside.
	dir := t.TempDir()
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "bundle.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBundle(dir); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link out of the directory: %v", err)
	}
}

// TestBundleSchemeIsForBundlesOnly names it in a sources file.
func TestBundleSchemeIsForBundlesOnly(t *testing.T) {
	sources := parsed(t, "a.list", "deb bundle:/archives/0 trixie main\n")
	wantOpenError(t, Options{Sources: sources, Arch: "amd64", Cache: t.TempDir()}, "is not http, https, file or copy")
}
