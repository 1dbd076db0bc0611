package image

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/slicertest"
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
		"cache of a library that is gone": {
			[]string{app, "layers/l/cache = " + cache, "etc/ld.so.cache -> /layers/l/cache"}, []string{"/app/run liba.so.1"},
		},
		"outside of every directory": {[]string{app, "layers/l/usr/lib/liba.so.1 = " + lib}, []string{"/app/run liba.so.1"}},
		"nothing":                    {[]string{app}, []string{"/app/run liba.so.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := mergeLayers(t, c.image)
			if err != nil {
				t.Fatal(err)
			}
			objects, err := Objects(f)
			if err != nil {
				t.Fatal(err)
			}
			found, err := slicer.Prove(t.Context(), (&Opened{FS: f}).Proof(objects))
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

func TestDangling(t *testing.T) {
	f, err := mergeLayers(t, []string{
		"usr/bin -> /layers/whittle_whittle/slices/usr/bin", "bin -> usr/bin", "etc/mtab -> /proc/mounts", "var/run -> /run",
		"usr/share/doc/x/changelog -> gone", "good -> file", "file = text", "gone -> nowhere/at/all", "a -> b", "b -> a",
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range Dangling(f) {
		got = append(got, x.String())
	}
	want := []string{"/a leads to b, which is not there", "/b leads to a, which is not there", "/gone leads to nowhere/at/all, which is not there"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
