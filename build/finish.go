package build

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
)

// tellSelection lists the packages of the image: how much of each, and for whom.
func (b *builder) tellSelection(s *slicer.Selection) {
	size, why := map[string]int64{}, map[string]map[string]bool{}
	for _, f := range s.Files {
		size[f.Package] += f.Size
		for _, r := range f.Why {
			if r.By != "" && r.Kind != slicer.Generated {
				if why[f.Package] == nil {
					why[f.Package] = map[string]bool{}
				}
				why[f.Package][r.By] = true
			}
		}
	}
	var sum int64
	for _, p := range s.Packages {
		b.log.Item(p.Name+" "+p.Version, size[p.Name], "for "+some(slices.Sorted(maps.Keys(why[p.Name]))))
		sum += size[p.Name]
	}
	switch n := len(s.Packages); n {
	case 0:
		b.log.Line("none: the run image has all that the app needs")
	default:
		b.log.Item("sum of "+count(n, "package"), sum, "")
	}
	for _, file := range s.Unseen {
		layer, path, _ := strings.Cut(file, ":")
		b.log.Warn("/%s is in layer %s, but no door shows it at its own path", path, layer)
	}
}

// finish writes the manifest, which tells about the app and so is in a layer of its own, keeps the archive's cache, and
// makes the app readable to the run image's user.
func (b *builder) finish(a Artifacts, s *slicer.Selection) error {
	var manifest bytes.Buffer
	if err := s.Encode(&manifest); err != nil {
		return err
	}
	if err := b.smallLayer(slicer.LayerManifest, map[string][]byte{slicer.ManifestFileName: manifest.Bytes()}); err != nil {
		return err
	}
	cache, err := b.layer(layerArchive)
	if err != nil {
		return err
	}
	if exists(cache.Path) {
		cache.Cache, cache.Metadata = true, b.metadata(b.key("cache"))
		b.keep(cache)
	}
	for _, n := range a.Notes {
		b.log.Line("%s", n)
	}
	b.log.Total()
	return open(b.WorkingDir)
}

// labels tell what the image relies on: a rebase does not look at the contract by itself.
func (b *builder) labels() map[string]string {
	return map[string]string{
		"dev.whittle.version":   b.BuildpackInfo.Version,
		"dev.whittle.run-image": b.contract.Floor.ID,
		"dev.whittle.run-floor": b.contract.Floor.Digest(),
	}
}

func some(words []string) string {
	if len(words) > 3 {
		return list(words[:3]) + ", …"
	}
	return list(words)
}
