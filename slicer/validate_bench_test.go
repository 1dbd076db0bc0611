package slicer_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer/release"
)

// BenchmarkValidate validates a release of 700 packages with 2,100 slices and 10,500 paths, a third of them patterns, in
// files: cold as Release.Validate does, warm by the verdict that was kept, which reads all files once for their digest.
// Read reads and parses it, which comes before validation.
func BenchmarkValidate(b *testing.B) {
	dir := b.TempDir()
	if err := os.CopyFS(dir, manyDefinitions()); err != nil {
		b.Fatal(err)
	}
	files := os.DirFS(dir)
	r, err := release.Read(files)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Read", func(b *testing.B) {
		for b.Loop() {
			if _, err := release.Read(files); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Cold", func(b *testing.B) {
		for b.Loop() {
			if err := r.Validate(); err != nil {
				b.Fatal(err)
			}
		}
	})
	cache := b.TempDir()
	b.Run("Warm", func(b *testing.B) {
		for b.Loop() {
			if err := validated(files, cache); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func validated(files fs.FS, cache string) error {
	r, err := release.Open(files)
	if err != nil {
		return err
	}
	return release.ValidateOnce(r, cache)
}

// manyDefinitions is a release of 700 packages, each of which but the first requires another.
func manyDefinitions() fs.FS {
	definitions := map[string]string{}
	for i := range 700 {
		var text strings.Builder
		for _, slice := range []string{"bins", "libs", "data"} {
			fmt.Fprintf(&text, "  %s:\n", slice)
			if i > 0 {
				fmt.Fprintf(&text, "    essential: {package-%d_%s: }\n", i/2, slice)
			}
			fmt.Fprintf(&text, "    contents:\n      /usr/bin/p%d-%s:\n      /usr/share/p%d/%s:\n      /usr/lib/*-linux-*/p%d-%s.so.*:\n      /usr/share/p%d/%s-*/**:\n      /etc/p%d/%s.conf:\n",
				i, slice, i, slice, i, slice, i, slice, i, slice)
		}
		definitions[fmt.Sprintf("package-%d", i)] = text.String()
	}
	return releaseFiles(definitions)
}
