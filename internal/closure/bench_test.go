package closure

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// many makes n libraries; each needs the next one, one far away, and libc.
func many(n int) (files [][]byte, paths []string) {
	name := func(i int) string { return fmt.Sprintf("lib%d.so.1", i%n) }
	for i := range n {
		e := slicertest.ELF{
			Soname: name(i), Needed: []string{name(i + 1), name(i * 7), "libc.so.6"},
			Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6"},
		}
		for s := range 40 {
			e.Define = append(e.Define, fmt.Sprintf("symbol_%d_of_library_%d", s, i))
		}
		files = append(files, e.Bytes())
		paths = append(paths, "/usr/lib/"+name(i))
	}
	return files, paths
}

// BenchmarkClosure10000 reads and solves; the time per object must not grow.
func BenchmarkClosure10000(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		files, paths := many(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				libs := readAll(b, files, paths)
				r, err := Solve(context.Background(), Request{
					Roots: libs[:1], Present: libs[1:], SearchDirs: DefaultDirs(elf.EM_X86_64),
					Floor: []FloorLibrary{{Soname: "libc.so.6"}}, Rules: Rules(), Find: packages{},
				})
				if err != nil || len(r.Missing) > 1 || len(r.Edges) < 2*n {
					b.Fatalf("%d edges, missing %v, error %v", len(r.Edges), r.Missing, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/object")
		})
	}
}

// BenchmarkProve proves trees as they are, in which a program needs some 60
// libraries, and a chain, the worst case: there every scope is half the tree.
func BenchmarkProve(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		files, paths := wide(n)
		b.Run(fmt.Sprintf("wide%d", n), func(b *testing.B) { benchmarkProve(b, files, paths) })
	}
	files, paths := many(1000)
	b.Run("chain1000", func(b *testing.B) { benchmarkProve(b, files, paths) })
}

func benchmarkProve(b *testing.B, files [][]byte, paths []string) {
	libs := readAll(b, files, paths, WithSymbols)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Prove(b.Context(), libs, []FloorLibrary{{Soname: "libc.so.6"}}, Search{SearchDirs: []string{"/usr/lib"}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(libs)), "ns/object")
}

// wide makes n libraries in groups of 60, each needing the next two of its group.
func wide(n int) (files [][]byte, paths []string) {
	name := func(group, i int) string { return fmt.Sprintf("lib%d-%d.so.1", group, i) }
	for at := range n {
		group, i := at/60, at%60
		e := slicertest.ELF{Soname: name(group, i), Needed: []string{"libc.so.6"}, Undefined: []string{"puts@GLIBC_2.2.5:libc.so.6"}}
		for next := i + 1; next <= i+2 && next < 60 && group*60+next < n; next++ {
			e.Needed = append(e.Needed, name(group, next))
			e.Undefined = append(e.Undefined, fmt.Sprintf("symbol_7_of_library_%d", group*60+next))
		}
		for s := range 40 {
			e.Define = append(e.Define, fmt.Sprintf("symbol_%d_of_library_%d", s, at))
		}
		files = append(files, e.Bytes())
		paths = append(paths, "/usr/lib/"+e.Soname)
	}
	return files, paths
}

func readAll(b *testing.B, files [][]byte, paths []string, options ...Option) []Library {
	b.Helper()
	libs := make([]Library, len(files))
	for i, file := range files {
		o, err := Read(bytes.NewReader(file), int64(len(file)), options...)
		if err != nil {
			b.Fatal(err)
		}
		libs[i] = Library{Path: paths[i], Object: o}
	}
	return libs
}
