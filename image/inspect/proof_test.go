package inspect

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/verify"
)

// The form of glibc's cache (elf/cache.c): a header, entries, and strings that the entries point to from the start of the file.
const (
	cacheMagic  = "glibc-ld.so.cache1.1"
	cacheHeader = 48
	cacheEntry  = 24
)

// cacheText is a loader's cache of pairs of a soname and a path, in glibc's form.
func cacheText(pairs ...[2]string) []byte {
	b := append([]byte(cacheMagic), make([]byte, cacheHeader-len(cacheMagic))...)
	binary.LittleEndian.PutUint32(b[len(cacheMagic):], uint32(len(pairs)))
	at := uint32(cacheHeader + cacheEntry*len(pairs))
	var text []byte
	for _, p := range pairs {
		e := make([]byte, cacheEntry)
		binary.LittleEndian.PutUint32(e[4:], at)
		binary.LittleEndian.PutUint32(e[8:], at+uint32(len(p[0]))+1)
		at += uint32(len(p[0])+len(p[1])) + 2
		b = append(b, e...)
		text = append(text, p[0]+"\x00"+p[1]+"\x00"...)
	}
	return append(b, text...)
}

func TestReadCache(t *testing.T) {
	good := cacheText([2]string{"liba.so.1", "/layers/a/liba.so.1"}, [2]string{"liba.so.1", "/second"}, [2]string{"libb.so", "/b"})
	got, err := readCache(good)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"liba.so.1": "/layers/a/liba.so.1", "libb.so": "/b"}, got); d != "" {
		t.Error(d)
	}
	for cut := range good {
		if _, err := readCache(good[:cut]); !errors.Is(err, errCache) {
			t.Errorf("cut at %d: error %v, want %v", cut, err, errCache)
		}
	}
	if _, err := readCache(cacheText([2]string{"../../etc/x", "/x"})); !errors.Is(err, errCache) {
		t.Errorf("name with a slash: error %v, want %v", err, errCache)
	}
	many := slices.Clone(good)
	binary.LittleEndian.PutUint32(many[len(cacheMagic):], 1<<31)
	if _, err := readCache(many); !errors.Is(err, errCache) {
		t.Errorf("two billion entries: error %v, want %v", err, errCache)
	}
}

// TestProof proves images in which a library is reached as the real loader reaches it: by a link, by the cache behind
// a door, or not at all.
func TestProof(t *testing.T) {
	app := "app/run = " + string(slicertest.ELFOf("exec", "needs=liba.so.1").Bytes())
	lib := string(slicertest.ELFOf("soname=liba.so.1").Bytes())
	cache := string(cacheText([2]string{"liba.so.1", "/layers/l/usr/lib/liba.so.1"}))
	for name, c := range map[string]struct {
		image []string
		want  []string
	}{
		"link in a default directory": {[]string{app, "usr/lib/liba.so.1.0 = " + lib, "lib -> usr/lib", "usr/lib/liba.so.1 -> liba.so.1.0"}, nil},
		"cache behind a door": {
			[]string{app, "layers/l/usr/lib/liba.so.1 = " + lib, "layers/l/cache = " + cache, "etc/ld.so.cache -> /layers/l/cache"}, nil,
		},
		"a buildpack's layer, by the launcher": {
			[]string{app, "layers/b/l/lib/liba.so.1.0 = " + lib, "layers/b/l/lib/liba.so.1 -> liba.so.1.0", "cnb/lifecycle/launcher = x"}, nil,
		},
		"a buildpack's layer without the launcher": {
			[]string{app, "layers/b/l/lib/liba.so.1 = " + lib}, []string{"/app/run liba.so.1"},
		},
		"cache of a library that is gone": {
			[]string{app, "layers/l/cache = " + cache, "etc/ld.so.cache -> /layers/l/cache"}, []string{"/app/run liba.so.1"},
		},
		"outside of every directory": {[]string{app, "layers/l/usr/lib/liba.so.1 = " + lib}, []string{"/app/run liba.so.1"}},
		"nothing":                    {[]string{app}, []string{"/app/run liba.so.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := filesOf(t, c.image...)
			objects, err := Objects(f)
			if err != nil {
				t.Fatal(err)
			}
			found, err := verify.Findings(t.Context(), Proof(&image.Opened{FS: f}, objects))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range found {
				got = append(got, x.Importer+" "+x.Name)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A finished image, and any other with the variable in its config, finds libraries by it without the launcher.
func TestProofKnowsTheConfigsLibraryPath(t *testing.T) {
	f := filesOf(t,
		"app/run = "+string(slicertest.ELFOf("exec", "needs=liba.so.1").Bytes()), "layers/b/l/lib/liba.so.1 = "+string(slicertest.ELFOf("soname=liba.so.1").Bytes()),
	)
	objects, err := Objects(f)
	if err != nil {
		t.Fatal(err)
	}
	for env, want := range map[string]int{"LD_LIBRARY_PATH=/other:/layers/b/l/lib": 0, "LD_LIBRARY_PATH=layers/b/l/lib": 1, "X=/layers/b/l/lib": 1} {
		o := &image.Opened{FS: f, Config: &v1.ConfigFile{Architecture: "amd64", Config: v1.Config{Env: []string{env}}}}
		if found, err := verify.Findings(t.Context(), Proof(o, objects)); err != nil || len(found) != want {
			t.Errorf("%s: %v, %v; want %d", env, found, err, want)
		}
	}
}

// A link or a script that leads nowhere is a finding where it is run or loaded by its name; elsewhere it may never be
// asked for; and what waits for a layer, or is the kernel's, is neither.
func TestFindLoose(t *testing.T) {
	f := filesOf(t,
		"etc/mtab -> /proc/mounts", "var/run -> /run", "etc/ld.so.cache -> /layers/whittle_whittle/loader/ld.so.cache",
		"usr/share/doc/x/changelog -> gone", "good -> file", "file = text", "gone -> nowhere/at/all", "a -> b", "b -> a",
		"usr/bin/view -> /etc/alternatives/view", "usr/lib/libx.so.1 -> libx.so.1.2", "usr/lib/libx.so -> libx.so.1",
		"usr/bin/env = elf", "usr/bin/python3 = elf", "bin -> usr/bin",
		"usr/bin/good 755 = #!/usr/bin/env -S python3 -u\n", "usr/bin/also 755 = #! /bin/python3\n",
		"usr/bin/bad 755 = #!/bin/bash -e\n", "usr/bin/worse 755 = #!/usr/bin/env ruby\n", "usr/bin/text = #!/bin/none\n",
		"usr/share/x/example 755 = #!/usr/bin/wish\n",
	)
	l, err := FindLoose(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	lines := func(all []missing.Finding) (out []string) {
		for _, x := range all {
			out = append(out, x.String())
		}
		return out
	}
	want := []string{
		"/usr/bin/bad needs the interpreter /bin/bash",
		"/usr/bin/view leads to /etc/alternatives/view, which is not there",
		"/usr/bin/worse needs the interpreter ruby",
		"/usr/lib/libx.so.1 leads to libx.so.1.2, which is not there",
	}
	if d := cmp.Diff(want, lines(l.Findings)); d != "" {
		t.Error(d)
	}
	waiting := []string{
		"/a leads to b, which is not there", "/b leads to a, which is not there", "/gone leads to nowhere/at/all, which is not there",
		"/usr/lib/libx.so leads to libx.so.1, which is not there", "/usr/share/x/example needs the interpreter /usr/bin/wish",
	}
	if d := cmp.Diff(waiting, lines(l.Waiting)); d != "" {
		t.Error(d)
	}
}

// In a run image every program waits behind a door.
func TestFindLooseKnowsDoors(t *testing.T) {
	f := filesOf(t,
		"usr/bin -> /layers/whittle_whittle/slices/usr/bin", "bin -> usr/bin", "usr/sbin/tool 755 = #!/bin/sh\n",
	)
	l, err := FindLoose(f, nil)
	if err != nil || len(l.Findings) > 0 || len(l.Waiting) != 1 {
		t.Errorf("%v, %v; want one that waits", l, err)
	}
}

func TestFindUnused(t *testing.T) {
	elf := func(words ...string) string { return string(slicertest.ELFOf(words...).Bytes()) }
	f := filesOf(t,
		"usr/bin/tool = "+elf("exec", "needs=liba.so.1"),
		"usr/lib/liba.so.1.0 = "+elf("soname=liba.so.1", "needs=libb.so.1"), "usr/lib/liba.so.1 -> liba.so.1.0",
		"usr/lib/libb.so.1 = "+elf("soname=libb.so.1"),
		"usr/lib/libc1.so.1.0 = "+elf("soname=libc1.so.1", "needs=libc2.so.1"), "usr/lib/libc1.so.1 -> libc1.so.1.0", "usr/lib/libc1.so -> libc1.so.1",
		"usr/lib/libc2.so.1 = "+elf("soname=libc2.so.1"),
		"usr/lib/libd.so.1 = "+elf("soname=libd.so.1"), "opt/script = CDLL('libd.so.1')",
		"usr/lib/private/libe.so = "+elf("soname=libe.so", "needs=libf.so.1"), "usr/lib/libf.so.1 = "+elf("soname=libf.so.1"),
		"var/lib/dpkg/info/x.list = /usr/lib/libc1.so.1.0", "etc/ld.so.cache = libc1.so.1",
	)
	o := &image.Opened{FS: f}
	objects, err := Objects(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FindUnused(t.Context(), o, objects)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Size == 0 {
			t.Errorf("%s has no size", got[i].Path)
		}
		got[i].Size = 0
	}
	want := []Unused{
		{Path: "/usr/lib/libc1.so.1.0", Links: []string{"/usr/lib/libc1.so", "/usr/lib/libc1.so.1"}},
		{Path: "/usr/lib/libc2.so.1"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLibraryNames(t *testing.T) {
	long := strings.Repeat("x", 256<<10-5)
	for name, c := range map[string]struct{ text, want string }{
		"word":                    {"open libx.so.1, please", "libx.so.1"},
		"full stop":               {"it is libx.so.1.", "libx.so.1"},
		"path":                    {"\x00/usr/lib/libx.so.1\x00", "libx.so.1"},
		"longer word":             {"libx.so.12 mylibx.so.1", ""},
		"across the read window":  {long + " libx.so.1 ", "libx.so.1"},
		"nothing but dots and so": {strings.Repeat(".so", 1<<20), ""},
	} {
		got, err := libraryNames(strings.NewReader(c.text), map[string]bool{"libx.so.1": true})
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, %v; want %q", name, got, err, c.want)
		}
	}
}
