package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
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

// contentsText reads as a sorted Contents file of n lines with the shape of Debian's: of amd64 15 in a hundred are
// headers, and one is a program, and one a library. Nothing of it is kept.
type contentsText struct {
	n, at int
	line  []byte // what was not read yet
}

func (c *contentsText) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(c.line) == 0 {
			if c.at == c.n {
				return n, io.EOF
			}
			c.next()
		}
		k := copy(p[n:], c.line)
		c.line = c.line[k:]
		n += k
	}
	return n, nil
}

func (c *contentsText) next() {
	var dir, base string
	switch share := int64(c.at) * 1000 / int64(c.n); {
	case share < 10:
		dir, base = "usr/bin/", "program-"
	case share < 160:
		dir, base = "usr/include/library-", "/detail/a_header_of_it_"
	case share < 170:
		dir, base = "usr/lib/x86_64-linux-gnu/lib", ".so."
	default:
		dir, base = "usr/share/doc/package-", "-doc/html/classOfThisPackage"
	}
	c.line = append(c.line[:0], dir...)
	c.line = appendPadded(c.line, c.at/50, 8)
	c.line = append(c.line, base...)
	c.line = appendPadded(c.line, c.at, 8)
	c.line = append(c.line, "                universe/libdevel/package-"...)
	c.line = appendPadded(c.line, c.at/200, 6)
	c.line = append(c.line, "-dev\n"...)
	c.at++
}

func appendPadded(line []byte, n, width int) []byte {
	digits := strconv.AppendInt(nil, int64(n), 10)
	for range width - len(digits) {
		line = append(line, '0')
	}
	return append(line, digits...)
}

// BenchmarkContents makes each index of a Contents text of Debian's size, and tells the most memory that the heap had from the
// system, under the limit that the tool sets.
func BenchmarkContents(b *testing.B) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(56 << 20))
	for _, c := range []struct {
		class class
		lines int
	}{{libraries, 1_900_000}, {programs, 6_300_000}, {development, 1_900_000}, {paths, 6_300_000}} {
		b.Run(string(c.class), func(b *testing.B) {
			debug.FreeOSMemory()
			peak := watchHeap()
			for b.Loop() {
				builder := builderOf(c.class, io.Discard)
				err := chunks(&contentsText{n: c.lines}, 1<<40, []byte("\n"), func(piece []byte) error {
					for line := range bytes.Lines(piece) {
						if err := builder.addLine(bytes.TrimRight(line, "\r\n")); err != nil {
							return err
						}
					}
					return nil
				})
				if err == nil {
					err = builder.finish()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(peak())/1e6, "peak-MB")
		})
	}
}

// watchHeap looks at the heap until the answer is called, which tells the most bytes it had.
func watchHeap() func() uint64 {
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapSys-m.HeapReleased)
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-most
	}
}
