package plan

import (
	"iter"
	"maps"
	"slices"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// Links are the symbolic links by which the loader may reach a library: the app's, those of files, the doors, and the run
// image's own, from absolute path to target as it is written.
func Links(floor *contract.Floor, files iter.Seq[*File], app map[string]string) map[string]string {
	links := map[string]string{}
	maps.Copy(links, app)
	for f := range files {
		if f.Kind == tree.Symlink {
			links[floor.At(f.Layer, f.Path)] = f.Link
		}
	}
	maps.Copy(links, floor.LinksWithDoors())
	return links
}

// CacheDirs are the directories, absolute and sorted by layer, whose libraries the loader's cache will list: those of the
// layers that files are in, and of some more. None in a root, where the loader finds everything without a cache.
func CacheDirs(floor *contract.Floor, triplet string, files iter.Seq[*File], more ...string) []string {
	if !floor.Layered() {
		return nil
	}
	layers := map[string]bool{}
	for _, layer := range more {
		layers[layer] = true
	}
	for f := range files {
		layers[f.Layer] = true
	}
	var dirs []string
	for _, layer := range slices.Sorted(maps.Keys(layers)) {
		for _, dir := range debian.LibraryDirs(triplet) {
			dirs = append(dirs, contract.LayerPath(layer, dir))
		}
	}
	return dirs
}
