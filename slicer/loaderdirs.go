package slicer

import (
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

// loaderConfig and loaderDirs are where ldconfig finds its directories; run images have doors to both.
const (
	loaderConfig = "etc/ld.so.conf"
	loaderDirs   = "etc/ld.so.conf.d/whittle.conf"
)

// addLoaderDirs lists the layers' directories for ldconfig, where an injector brings libraries: it has ldconfig make the loader's
// cache anew as the container starts, and what that does not find there no program finds from then on.
func (p *selecting) addLoaderDirs() error {
	injected := func(o manifest.Omission) bool {
		_, ok := closure.InjectorOf(o.Name)
		return ok
	}
	floor := p.Want.Floor
	if !floor.Layered() || !floor.Shows(contract.LayerSlices, loaderConfig) || !floor.Shows(contract.LayerSlices, loaderDirs) || !slices.ContainsFunc(slices.Collect(maps.Keys(p.Omitted)), injected) {
		return nil
	}
	s, err := p.selection()
	if err != nil {
		return err
	}
	entries, err := s.cacheEntries()
	if err != nil {
		return err
	}
	dirs := map[string]bool{}
	for e := range entries {
		if e.HWCap == "" { // else ldconfig looks there by itself
			dirs[path.Dir(e.Path)] = true
		}
	}
	for at, text := range map[string]string{
		loaderConfig: "include /etc/ld.so.conf.d/*.conf", loaderDirs: strings.Join(slices.Sorted(maps.Keys(dirs)), "\n"),
	} {
		if !p.Here(at) {
			p.ByPath[at] = p.Generate(contract.LayerSlices, at, "", []byte(text+"\n"))
		}
	}
	return nil
}
