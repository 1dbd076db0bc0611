package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
)

// profiled is how often the selection is made for a profile: the compiler wants thousands of samples.
const profiled = 6

// profile writes the processor's profile of cold selections of the large list, in this process. Go's compiler inlines by
// it what is called most, which is the decoder of xz.
func (b *bench) profile(name string) error {
	large := lists[len(lists)-1]
	d, err := b.prepare(large.name, large.names)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	for i := range profiled {
		fmt.Fprintf(os.Stderr, "==> profile: round %d of %d\n", i+1, profiled)
		if err = b.selectCold(d, filepath.Join(b.runs, fmt.Sprintf("profile-%d", i)), large.names); err != nil {
			break
		}
	}
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func (b *bench) selectCold(d *debs, cache string, names []string) error {
	if err := copyCache(d.cache, cache); err != nil {
		return err
	}
	files, err := fs.Sub(releases.FS, "debian-13")
	if err != nil {
		return err
	}
	w := slicer.Want{Arch: runtime.GOARCH, ClosureLayer: contract.LayerSlices}
	if w.Release, err = release.Read(files); err != nil {
		return err
	}
	for _, n := range names {
		w.Names = append(w.Names, slicer.Named{Name: n})
	}
	from, err := packages.OpenArchive(b.ctx, packages.ArchiveOptions{Sources: b.sources, Arch: w.Arch, Cache: cache, Offline: true})
	if err != nil {
		return err
	}
	w.Sources = []packages.Source{from}
	_, err = slicer.Select(b.ctx, w)
	return errors.Join(err, from.Close())
}
