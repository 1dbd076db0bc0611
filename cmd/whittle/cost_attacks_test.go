package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/slicer/slicertest"
)

var attacks = []attack{
	{name: "files without bytes", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			dir := strings.Repeat("d/", 70)
			for i := range 500_000 {
				h.file(w, fmt.Sprintf("%s%x", dir, i), nil)
			}
		})
	}, limit: "take too much memory"},
	{name: "many files, below the bound", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			for i := range 300_000 {
				h.file(w, fmt.Sprintf("%x", i), nil)
			}
		})
	}},
	{name: "links that lead nowhere", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			for i := range 290_000 {
				h.link(w, fmt.Sprintf("usr/bin/%x", i), "y")
			}
		})
	}},
	{name: "links that lead nowhere, deep", make: func(h hostile) string {
		dir := strings.Repeat("d/", 1000)
		return h.root(func(w *tar.Writer) {
			for i := range 28_000 {
				h.link(w, fmt.Sprintf("%s%x", dir, i), "y")
			}
		})
	}},
	{name: "chains of links", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			for i := range 290_000 {
				h.link(w, fmt.Sprintf("%x", i), fmt.Sprintf("%x", i+1))
			}
		})
	}},
	{name: "folders in folders", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			for i := range 100 {
				h.file(w, fmt.Sprintf("%d/%sx", i, strings.Repeat("a/", 1900)), nil)
			}
		})
	}},
	{name: "folders by the thousand", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			for i := range 300_000 {
				h.must(w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%x/", i), Mode: 0o755, Typeflag: tar.TypeDir}))
			}
		})
	}},
	{name: "folders of programs in layers", make: func(h hostile) string {
		layer := h.packed(func(w *tar.Writer) {
			for i := range 100_000 {
				h.must(w.WriteHeader(&tar.Header{Name: fmt.Sprintf("layers/b/%x/bin/", i), Mode: 0o755, Typeflag: tar.TypeDir}))
			}
		})
		return h.layout(h.processes(10), mediaLayer+"+gzip", layer)
	}, limit: "that a variable can"},
	{name: "processes", make: func(h hostile) string {
		return h.layout(h.processes(20_000), mediaLayer+"+gzip", h.packed(func(*tar.Writer) {}))
	}, limit: "20000 processes, more than 1000"},
	{name: "ELF files by the thousand", make: func(h hostile) string {
		small := slicertest.ELF{Soname: "libx.so", Needed: []string{"liby.so"}}.Bytes()
		return h.root(func(w *tar.Writer) {
			for i := range 140_000 {
				h.file(w, fmt.Sprintf("usr/lib/%x", i), small)
			}
		})
	}},
	{name: "strings of ELF files", make: func(h hostile) string {
		big := elfWith(2, 60<<20)
		return h.root(func(w *tar.Writer) {
			for i := range 5 {
				h.file(w, fmt.Sprintf("lib%d.so", i), big)
			}
		})
	}, limit: "what its ELF files say takes"},
	{name: "symbols of ELF files", make: func(h hostile) string {
		big := elfWith(1_000_000, 1_100_000)
		return h.root(func(w *tar.Writer) {
			for i := range 5 {
				h.file(w, fmt.Sprintf("lib%d.so", i), big)
			}
		})
	}, limit: "what its ELF files say takes"},
	{name: "versions of ELF files", make: func(h hostile) string {
		var undefined []string
		for i := range 1000 {
			undefined = append(undefined, fmt.Sprintf("a@%s%d:l.so", strings.Repeat("V", 500), i))
		}
		big := slicertest.ELF{Needed: []string{"l.so"}, Undefined: undefined}.Bytes()
		return h.root(func(w *tar.Writer) {
			for i := range 150 {
				h.file(w, fmt.Sprintf("lib%d.so", i), big)
			}
		})
	}, limit: "what its ELF files say takes"},
	{name: "an archive of many names", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) { h.file(w, "app/a.jar", h.jarOf(600_000)) })
	}, limit: "list of files takes more memory"},
	{name: "archives of many names", make: func(h hostile) string {
		jar := h.jarOf(20_000)
		return h.root(func(w *tar.Writer) {
			for i := range 20 {
				h.file(w, fmt.Sprintf("app/%d.jar", i), jar)
			}
		})
	}},
	{name: "ELF files in an archive", make: func(h hostile) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := range 70_000 {
			f, err := z.Create(fmt.Sprintf("%d/%s.so", i, strings.Repeat("x", 200)))
			h.must(err)
			_, err = f.Write([]byte("\x7fELF"))
			h.must(err)
		}
		h.must(z.Close())
		return h.root(func(w *tar.Writer) {
			for i := range 10 {
				h.file(w, fmt.Sprintf("app/%d.jar", i), b.Bytes())
			}
		})
	}},
	{name: "an archive in an archive", make: func(h hostile) string {
		inner := h.zip("x.so", append([]byte("\x7fELF"), make([]byte, 250<<20)...))
		return h.root(func(w *tar.Writer) { h.file(w, "app/a.jar", h.zip("b.jar", inner)) })
	}},
	{name: "an archive of a large archive", make: func(h hostile) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		f, err := z.CreateHeader(&zip.FileHeader{Name: "pad", Method: zip.Store})
		h.must(err)
		_, err = f.Write(make([]byte, 240<<20))
		h.must(errors.Join(err, z.Close()))
		return h.root(func(w *tar.Writer) { h.file(w, "app/a.jar", h.zip("b.jar", b.Bytes())) })
	}, limit: "unpacks to more than"},
	{name: "a config of nothing but brackets", make: func(h hostile) string {
		empty := h.packed(func(*tar.Writer) {})
		return h.layout(map[string]any{"history": json.RawMessage("[" + strings.Repeat("{},", 2_700_000) + "{}]")}, mediaLayer+"+gzip", empty)
	}, limit: "more objects and values"},
	{name: "an index of nothing but brackets", make: func(h hostile) string {
		return h.index(slices.Repeat([]any{struct{}{}}, 2_700_000)...)
	}, limit: "more objects and values"},
	{name: "a manifest of nothing but brackets", make: func(h hostile) string {
		text := []byte(`{"schemaVersion":2,"layers":[` + strings.Repeat("{},", 2_700_000) + "{}]}")
		return h.index(h.blob(mediaManifest, text))
	}, limit: "more objects and values"},
	{name: "indexes of indexes", make: func(h hostile) string {
		many := func(d any, n int) []any { return slices.Repeat([]any{d}, n) }
		d := h.blob(mediaIndex, h.json(map[string]any{"schemaVersion": 2, "manifests": []any{}}))
		for range 3 {
			d = h.blob(mediaIndex, h.json(map[string]any{"schemaVersion": 2, "manifests": many(d, 30_000)}))
		}
		return h.index(d)
	}, limit: "deep"},
	{name: "a saved image whose list is nothing but brackets", make: func(h hostile) string {
		at := filepath.Join(h.dir, "saved.tar")
		f, err := os.Create(at)
		h.must(err)
		w := tar.NewWriter(f)
		h.file(w, "manifest.json", []byte("["+strings.Repeat("{},", 5_000_000)+"{}]"))
		h.must(errors.Join(w.Close(), f.Close()))
		return at
	}, limit: "manifest.json"},
	{name: "one layer many times", make: func(h hostile) string {
		layer := h.packed(func(w *tar.Writer) {
			for i := range 20_000 {
				h.file(w, fmt.Sprintf("%d", i), nil)
			}
			h.file(w, "noise", noise(1<<20))
		})
		return h.layout(nil, mediaLayer+"+gzip", slices.Repeat([][]byte{layer}, 60)...)
	}, limit: "take too much memory"},
	{name: "names in PAX records", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			records := map[string]string{}
			for i := range 20_000 {
				records[fmt.Sprintf("SCHILY.xattr.user.%d", i)] = "x"
			}
			for i := range 20 {
				h.must(w.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Typeflag: tar.TypeReg, PAXRecords: records, Format: tar.FormatPAX}))
			}
		})
	}},
	{name: "zstd with a large window", make: func(h hostile) string {
		var b bytes.Buffer
		z, err := zstd.NewWriter(&b, zstd.WithWindowSize(512<<20), zstd.WithSingleSegment(false), zstd.WithEncoderConcurrency(1))
		h.must(err)
		w := tar.NewWriter(z)
		h.must(w.WriteHeader(&tar.Header{Name: "zeros", Mode: 0o644, Size: 500 << 20, Typeflag: tar.TypeReg}))
		for range 500 {
			_, err := w.Write(make([]byte, 1<<20))
			h.must(err)
		}
		h.must(errors.Join(w.Close(), z.Close()))
		return h.layout(nil, mediaLayer+"+zstd", b.Bytes())
	}, limit: "window size"},
	{name: "a manifest of empty objects", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			h.file(w, "usr/share/whittle/manifest.json.gz", h.gzipped(`{"schema":"whittle.manifest/1","files":[`+strings.Repeat("{},", 5_000_000)+"{}]}"))
		})
	}, limit: "more objects and values"},
	{name: "manifests below the bound", make: func(h hostile) string {
		text := `{"schema":"whittle.manifest/1","files":[` + strings.Repeat(`{"path":"01234567890"},`, 700_000) + "{}]}"
		return h.root(func(w *tar.Writer) {
			h.file(w, "usr/share/whittle/manifest.json.gz", h.gzipped(text))
			for i := range 30 {
				h.file(w, fmt.Sprintf("layers/whittle_whittle/manifest/%d/whittle.manifest.json", i), []byte(text))
			}
		})
	}, limit: "more than"},
	{name: "a loader's cache", make: func(h hostile) string {
		return h.root(func(w *tar.Writer) {
			h.file(w, "etc/ld.so.cache", loaderCacheOf(2_400_000))
			h.file(w, "usr/bin/x", slicertest.ELF{Exec: true, Needed: []string{"liby.so"}}.Bytes())
		})
	}},
	{name: "names of libraries in files", make: func(h hostile) string {
		var list strings.Builder
		small := slicertest.ELF{}.Bytes()
		const libraries = 10_000
		for i := range libraries {
			fmt.Fprintf(&list, "lib%x.so ", i)
		}
		return h.root(func(w *tar.Writer) {
			for i := range libraries {
				h.file(w, fmt.Sprintf("usr/lib/x86_64-linux-gnu/lib%x.so", i), small)
			}
			for i := range 100 {
				h.file(w, fmt.Sprint("etc/", i), []byte(list.String()))
			}
		})
	}, flags: []string{"--unused"}},
}
