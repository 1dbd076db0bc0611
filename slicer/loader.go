package slicer

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// LoaderCachePath is where the loader's cache stands in its layer; the run image's door /etc/ld.so.cache leads there.
const LoaderCachePath = "ld.so.cache"

// LoaderCache returns the dynamic loader's cache over the libraries of the selection: every shared library in a directory of the
// loader, wherever it landed, and every library of another directory that the closure found by its name, unless one of the former
// has the name. What lies in glibc-hwcaps is listed for its processors. A rebase or a patch under the same soname leaves it as it
// is: the run image's own libraries are listed only for ldconfig, where that is cut, and then by the names that the floor promises.
// Without libraries the cache is empty, and nil is returned.
func LoaderCache(s *Selection) ([]byte, error) {
	if s.loader != nil {
		return *s.loader, nil
	}
	listed, err := s.cacheEntries()
	if err != nil {
		return nil, err
	}
	for _, e := range s.baseEntries() {
		listed[e] = true
	}
	entries := slices.SortedFunc(maps.Keys(listed), func(a, b closure.CacheEntry) int {
		return cmp.Or(strings.Compare(a.Soname, b.Soname), strings.Compare(a.Path, b.Path))
	})
	if len(entries) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	if err := closure.WriteCache(&b, debian.Machine(s.Arch), entries); err != nil {
		return nil, fmt.Errorf("cannot write the loader's cache: %w", err)
	}
	return b.Bytes(), nil
}

// cacheEntries are what the cache lists of the selection.
func (s *Selection) cacheEntries() (map[closure.CacheEntry]bool, error) {
	named, at := map[string][]string{}, map[string]bool{}
	for _, e := range s.Edges {
		if e.Kind != manifest.Interpreter && !strings.Contains(e.Name, "/") {
			named[e.To] = append(named[e.To], e.Name)
		}
	}
	for _, f := range s.files {
		at[s.place(f)] = true
	}
	listed, public := map[closure.CacheEntry]bool{}, map[string]bool{}
	var private []closure.CacheEntry
	for _, f := range s.files {
		if f.Kind != tree.File || !debian.IsLibraryName(path.Base(f.Path)) {
			continue
		}
		names := slices.Clone(named[s.place(f)])
		isPublic := slices.Contains(debian.LibraryDirs(debian.Triplet(s.Arch)), path.Dir(f.Path)) || closure.HWCapOf(f.Path) != ""
		if isPublic {
			soname, err := sonameOf(f, s.Arch)
			if err != nil {
				return nil, err
			}
			names = append(names, soname)
		}
		for _, name := range names {
			switch e := s.cacheEntry(f, name, at); {
			case name == "" || strings.Contains(name, "/"):
			case isPublic:
				listed[e], public[name] = true, true
			default:
				private = append(private, e)
			}
		}
	}
	for _, e := range private {
		if !public[e.Soname] { // else its users find it where they look
			listed[e] = true
		}
	}
	return listed, nil
}

// cacheEntry lists a library by one of its names: at the link of that name, if it is there, which stays when a patch brings a file of
// another name.
func (s *Selection) cacheEntry(f *plan.File, name string, at map[string]bool) closure.CacheEntry {
	e := closure.CacheEntry{Soname: name, Path: s.place(f), HWCap: closure.HWCapOf(f.Path)}
	if link := path.Dir(e.Path) + "/" + name; at[link] {
		e.Path = link
	}
	return e
}

// baseEntries are the run image's libraries in directories of the loader, for a cut that has ldconfig. The loader finds them
// without the cache; programs that ask `ldconfig -p` what libraries there are, as Python's find_library does, know nothing
// but the cache.
func (s *Selection) baseEntries() []closure.CacheEntry {
	if !slices.ContainsFunc(s.files, func(f *plan.File) bool { return f.Path == "usr/sbin/ldconfig" }) {
		return nil
	}
	var entries []closure.CacheEntry
	for _, l := range s.base {
		if slices.Contains(debian.LibraryDirs(debian.Triplet(s.Arch)), strings.TrimPrefix(path.Dir(l.Path), "/")) {
			entries = append(entries, closure.CacheEntry{Soname: l.Soname, Path: path.Join(path.Dir(l.Path), l.Soname)})
		}
	}
	return entries
}

// place is where a file of the selection stands in the image.
func (s *Selection) place(f *plan.File) string {
	if s.RunImage == nil {
		return "/" + f.Path
	}
	return contract.LayerPath(f.Layer, f.Path)
}

func sonameOf(f *plan.File, arch string) (string, error) {
	o, err := f.Object()
	if err != nil || o == nil || !o.RunsOn(arch) {
		return "", err
	}
	return o.Soname, nil
}
