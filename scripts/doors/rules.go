package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

// rules say which files count, and what of the file system is taken already.
type rules struct {
	build  bool
	fixed  contract.Doors
	filled map[string]bool // paths that an image fills: files, links and every directory above them
}

// addFloor marks what the floor file fills.
func (r *rules) addFloor(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read floor: %w", err)
	}
	defer f.Close()
	floor, err := contract.ReadFloor(f)
	if err != nil {
		return fmt.Errorf("%w (%s)", err, name)
	}
	for _, file := range floor.Files {
		r.fill(strings.ReplaceAll(file, debian.Triplet(floor.Arch), triplet))
	}
	return nil
}

func (r *rules) fill(path string) {
	for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '/'))] {
		r.filled[path] = true
	}
}

// check refuses a fixed door where an image has something. The build image leaves such a door out by itself.
func (r *rules) check() error {
	for _, d := range r.fixed {
		if d.Shared() && r.directory(d.Path) {
			continue // the image's own files are behind it
		}
		for p := d.Path; p != "" && !r.build; p = p[:max(0, strings.LastIndexByte(p, '/'))] {
			if r.filled[p] && (p == d.Path || !r.directory(p)) {
				return fmt.Errorf("cannot keep door %s: the floors have /%s", d.Path, p)
			}
		}
	}
	return nil
}

// directory tells whether a filled path has something below it.
func (r *rules) directory(path string) bool {
	for p := range r.filled {
		if strings.HasPrefix(p, path+"/") {
			return true
		}
	}
	return false
}

// Where one directory below may be a door.
var (
	runParents   = []string{"etc", "usr/lib", "usr/lib/" + triplet, "usr/share", "var/lib"}
	buildParents = []string{"usr/include", "usr/lib/" + triplet, "usr/share"}
)

// where classifies a path: "" and true is reached as it is, a directory and true is reached when that is a door, and false
// is a file that no door can reach.
func (r *rules) where(path string) (dir string, reachable bool) {
	parent, name, deep := split(path, r.parents())
	switch {
	case uncounted(path, r.build):
		return "", true
	case r.filled[path]:
		return "", true
	case parent == "":
		_, ok := r.fixed.At(path)
		return "", ok || r.build
	}
	if _, ok := r.fixed.At(path); ok {
		return "", true
	}
	dir = parent + "/" + name
	switch {
	case !deep:
		return "", r.build || strings.HasPrefix(parent, "usr/lib") && (strings.Contains(name, ".so") || isStatic(name))
	case r.filled[dir]:
		return "", r.build
	case r.above(dir), strings.Contains(name, "-linux-gnu"), never(dir):
		return "", r.build
	}
	return dir, true
}

func (r *rules) parents() []string {
	if r.build {
		return buildParents
	}
	return runParents
}

// above tells whether a fixed door lies below the directory, which then can't be a door itself.
func (r *rules) above(dir string) bool {
	return slices.ContainsFunc(r.fixed, func(d contract.Door) bool { return strings.HasPrefix(d.Path, dir+"/") })
}

// split finds the longest parent of the path, the name below it, and whether the path goes deeper than that.
func split(path string, parents []string) (parent, name string, deep bool) {
	for _, p := range parents {
		if len(p) > len(parent) && strings.HasPrefix(path, p+"/") {
			parent = p
		}
	}
	if parent == "" {
		return "", "", false
	}
	name, _, deep = strings.Cut(path[len(parent)+1:], "/")
	return parent, name, deep
}
