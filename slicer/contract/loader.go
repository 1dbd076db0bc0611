package contract

import (
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
)

// LinksWithDoors are the links that every run image of the contract has, doors included: absolute path to target. No floor has
// none.
func (f *Floor) LinksWithDoors() map[string]string {
	links := map[string]string{}
	if f == nil {
		return links
	}
	for at, to := range f.Links {
		links["/"+at] = to
	}
	for _, d := range f.Doors {
		links["/"+d.Path] = d.Link()
	}
	return links
}

// ClosureLibraries are the floor's libraries as the closure wants them.
func (f *Floor) ClosureLibraries() []closure.FloorLibrary {
	if f == nil {
		return nil
	}
	m := debian.Machine(f.Arch)
	libs := make([]closure.FloorLibrary, len(f.Libraries))
	for i, l := range f.Libraries {
		libs[i] = closure.FloorLibrary{Soname: l.Soname, Path: l.Path, Machine: m, Needed: l.Needed, Versions: l.Versions, Symbols: l.Symbols}
	}
	return libs
}
