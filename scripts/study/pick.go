package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/packages"
)

// The list is the first wanted packages of the archive in the order of seed's digests, leaving out what does not count.
const (
	seed    = "whittle study 1"
	wanted  = 300
	release = "debian-13"
)

// pick writes the list of packages. It reads Contents files that are given to it: mirrors often carry newer ones than
// the Release announces, which whittle would rightly refuse.
func (s *study) pick(ctx context.Context) error {
	names, err := withPrograms(s.names)
	if err != nil {
		return err
	}
	defined, err := definedPackages()
	if err != nil {
		return err
	}
	archive, err := packages.OpenArchive(ctx, packages.ArchiveOptions{Sources: s.sources, Arch: s.arch, Cache: s.cache})
	if err != nil {
		return err
	}
	defer archive.Close()
	chosen, err := choose(names, wanted, func(name string) (bool, error) {
		if defined[name] {
			return false, nil
		}
		p, err := archive.Package(ctx, name)
		if errors.Is(err, packages.ErrNoPackage) {
			return false, nil // the Contents list what a suite once had
		}
		return err == nil && counts(p), err
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("# %d of the %d packages that have a program, by seed %q\n%s\n", len(chosen), len(names), seed, strings.Join(chosen, "\n"))
	return os.WriteFile(s.file("packages.txt"), []byte(text), 0o644)
}

// withPrograms lists the packages that have a program, of gzipped Contents files.
func withPrograms(files []string) ([]string, error) {
	if len(files) == 0 {
		return nil, errors.New("cannot pick packages: name the Contents files of the architecture and of all")
	}
	all := map[string]bool{}
	for _, name := range files {
		if err := readContents(name, all); err != nil {
			return nil, fmt.Errorf("cannot read Contents %s: %w", name, err)
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func readContents(name string, all map[string]bool) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return addOwners(z, all)
}

// addOwners adds the packages of which a Contents index lists a program. A line is "path  section/package,…".
func addOwners(r io.Reader, all map[string]bool) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \t")
		i := strings.LastIndexAny(line, " \t")
		if i < 0 || !isProgram(strings.TrimRight(line[:i], " \t")) {
			continue
		}
		for owner := range strings.SplitSeq(line[i+1:], ",") {
			all[path.Base(owner)] = true
		}
	}
	return lines.Err()
}

// isProgram tells whether a path of a package is a program that users start by its name.
func isProgram(file string) bool {
	dir := path.Dir(strings.TrimPrefix(strings.TrimPrefix(file, "/"), "usr/"))
	return dir == "bin" || dir == "sbin" || dir == "games"
}

// definedPackages are those that whittle's authors have looked at.
func definedPackages() (map[string]bool, error) {
	files, err := fs.Glob(releases.FS, release+"/slices/*.yaml")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("cannot find the definitions of %s: %w", release, err)
	}
	names := map[string]bool{}
	for _, f := range files {
		names[strings.TrimSuffix(path.Base(f), ".yaml")] = true
	}
	return names, nil
}

// counts leaves out packages that exist to bring another one.
func counts(p *packages.Package) bool {
	about := strings.ToLower(p.Description)
	for _, word := range []string{"transitional", "dummy package", "metapackage", "meta-package", "empty package"} {
		if strings.Contains(about, word) {
			return false
		}
	}
	return p.Section != "oldlibs" && p.Section != "metapackages"
}

// choose takes the first n names in the order of their digests that are fit, and sorts them. A name that comes to the
// archive, or is not fit any more, changes one entry of the list, not all.
func choose(names []string, n int, fit func(string) (bool, error)) ([]string, error) {
	digest := func(name string) []byte {
		d := sha256.Sum256([]byte(seed + "\n" + name))
		return d[:]
	}
	order := slices.Clone(names)
	slices.SortFunc(order, func(a, b string) int { return bytes.Compare(digest(a), digest(b)) })
	var chosen []string
	for _, name := range slices.Compact(order) {
		if len(chosen) == n {
			break
		}
		ok, err := fit(name)
		if err != nil {
			return nil, err
		}
		if ok {
			chosen = append(chosen, name)
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}
