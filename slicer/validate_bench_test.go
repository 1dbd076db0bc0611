package slicer_test

import (
	"fmt"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer"
)

// BenchmarkValidate validates a release of 700 packages with 2,100 slices and 10,500 paths, a third of them patterns:
// cold as Release.Validate does, warm by the verdict that was kept, which reads all files once for their digest.
func BenchmarkValidate(b *testing.B) {
	definitions := map[string]string{}
	for i := range 700 {
		var text strings.Builder
		for _, slice := range []string{"bins", "libs", "data"} {
			fmt.Fprintf(&text, "  %s:\n    contents:\n      /usr/bin/p%d-%s:\n      /usr/share/p%d/%s:\n      /usr/lib/*-linux-*/p%d-%s.so.*:\n      /usr/share/p%d/%s-*/**:\n      /etc/p%d/%s.conf:\n",
				slice, i, slice, i, slice, i, slice, i, slice, i, slice)
		}
		definitions[fmt.Sprintf("package-%d", i)] = text.String()
	}
	files := releaseFiles(definitions)
	r, err := slicer.ReadRelease(files)
	if err != nil {
		b.Fatal(err)
	}
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
			if err := slicer.ValidateOnce(files, r, cache); err != nil {
				b.Fatal(err)
			}
		}
	})
}
