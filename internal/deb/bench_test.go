package deb_test

import (
	"archive/tar"
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"testing"

	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/slicer/slicertest"
)

// plausible is n bytes that compress about as programs do: words of a few
// hundred, drawn by a fixed seed.
func plausible(n int) []byte {
	draw := rand.New(rand.NewPCG(1, 2))
	words := make([][]byte, 400)
	for i := range words {
		words[i] = make([]byte, 2+draw.IntN(8))
		for j := range words[i] {
			words[i][j] = byte(draw.IntN(256))
		}
	}
	out := make([]byte, 0, n+16)
	for len(out) < n {
		out = append(out, words[draw.IntN(len(words))]...)
	}
	return out[:n]
}

// BenchmarkDebWalk reads a package of 16 MiB, beside "xz -dc" of the same data
// where there is one. The data is compressed by xz itself: the fixtures' own
// writer stores it.
func BenchmarkDebWalk(b *testing.B) {
	body := plausible(16 << 20)
	raw := slicertest.Tar(slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: "./usr/lib/big"}, Body: body})
	benchmarkWalk(b, "plain", slicertest.Ar(members("", raw)...), len(raw))
	xz, err := exec.LookPath("xz")
	if err != nil {
		b.Log("there is no xz to compare with")
		return
	}
	pack := exec.CommandContext(b.Context(), xz, "-6", "-c")
	pack.Stdin = bytes.NewReader(raw)
	packed, err := pack.Output()
	if err != nil {
		b.Fatal(err)
	}
	benchmarkWalk(b, "xz", slicertest.Ar(members("xz", packed)...), len(raw))
	b.Run("xz -dc", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			unpack := exec.CommandContext(b.Context(), xz, "-dc")
			unpack.Stdin, unpack.Stdout = bytes.NewReader(packed), io.Discard
			if err := unpack.Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// members are those of a small package with the data archive replaced.
func members(compression string, data []byte) []slicertest.ArMember {
	all := slicertest.Deb{Compression: compression}.Members()
	all[len(all)-1].Body = data
	return all
}

func benchmarkWalk(b *testing.B, name string, data []byte, size int) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			pkg, err := deb.Open(bytes.NewReader(data), int64(len(data)), deb.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			err = pkg.Walk(func(_ *tar.Header, r io.Reader) error {
				_, err := io.Copy(io.Discard, r)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
