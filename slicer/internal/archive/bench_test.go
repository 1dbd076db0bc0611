package archive

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"whittle.dev/whittle/slicer/slicertest"
)

// manyPackages is a Packages text of n stanzas, as large as Debian's.
func manyPackages(n int) []byte {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "Package: package-%d\nVersion: 1.%d-1\nArchitecture: amd64\nMaintainer: Somebody <somebody@example.com>\n"+
			"Installed-Size: %d\nDepends: libc6 (>= 2.38), package-%d\nProvides: virtual-%d (= 1)\nDescription: %s\n"+
			"Filename: pool/main/p/package-%d_1.deb\nSize: 1000\nSHA256: %064x\n\n",
			i, i, i, i/2, i%500, strings.Repeat("word ", 100), i, i)
	}
	return []byte(out.String())
}

// BenchmarkIndex makes the compact index of 60,000 packages.
func BenchmarkIndex(b *testing.B) {
	text := manyPackages(60000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		x := indexBuilder{to: io.Discard}
		if err := x.add(text); err != nil {
			b.Fatal(err)
		}
		if err := x.finish(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenWarm opens an archive of 60,000 packages that the cache has, and
// looks one up.
func BenchmarkOpenWarm(b *testing.B) {
	fixture := newArchive(newKey())
	files := map[string][]byte{"main/binary-amd64/Packages": manyPackages(60000)}
	fixture.NoByHash = true
	served := fixture.Sign(fixture.Release(files))
	served["dists/trixie/main/binary-amd64/Packages"] = files["main/binary-amd64/Packages"]
	server := serve(b, slicertest.Handler(served).ServeHTTP)
	sources, err := ParseSources("test.sources", []byte(fixture.Sources(server)))
	if err != nil {
		b.Fatal(err)
	}
	o := Options{Sources: sources, Arch: "amd64", Cache: b.TempDir(), Now: today, Retries: -1, Backoff: time.Nanosecond}
	cold, err := Open(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	cold.Close()
	b.ReportAllocs()
	for b.Loop() {
		a, err := Open(context.Background(), o)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := a.Package("package-31415"); err != nil {
			b.Fatal(err)
		}
		a.Close()
	}
}
