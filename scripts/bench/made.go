package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/slicertest"
)

// makeRoot makes a directory of files, ten of which are in one directory, five below its top: a script and nine texts, or, in every
// tenth directory, a library and eight.
func makeRoot(root string, files int) error {
	library := slicertest.ELF{Soname: "libx.so"}.Bytes()
	if err := os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, "usr/bin/node"), nil, 0o755); err != nil {
		return err
	}
	for i := range files / 10 {
		dir := filepath.Join(root, fmt.Sprintf("usr/lib/%d/%d/%d", i/100, i/10%10, i%10))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for j := range 10 {
			body, mode := []byte(strings.Repeat(fmt.Sprintf("module.exports = %d\n", j), 20)), fs.FileMode(0o644)
			switch {
			case j == 0:
				body, mode = []byte("#!/usr/bin/node\n"), 0o755
			case j == 1 && i%10 == 0:
				body = library
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file%d", j)), body, mode); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeArchive makes an archive of packages below a directory, and returns its apt sources and the packages' names. Each package but the first
// depends on another one, by its control file, its library, its program's library and its Python module.
func makeArchive(dir string, packages int) (sources string, names []string, err error) {
	key := slicertest.NewKey("bench", slicertest.KeyOptions{})
	a := slicertest.Archive{Keys: []*slicertest.Key{key}, Components: map[string][]slicertest.Deb{}}
	for i := range packages {
		name := fmt.Sprintf("grown%d", i)
		names = append(names, name)
		a.Components["main"] = append(a.Components["main"], grownPackage(name, fmt.Sprintf("grown%d", i/2), i > 0))
	}
	at := filepath.Join(dir, "archive")
	if err := a.WriteTo(at); err != nil {
		return "", nil, err
	}
	sources = filepath.Join(dir, "grown.sources")
	return sources, names, os.WriteFile(sources, []byte(a.Sources("file://"+at)), 0o644)
}

func grownPackage(name, other string, depends bool) slicertest.Deb {
	const lib = "usr/lib/x86_64-linux-gnu/"
	soname := func(of string) string { return "lib" + of + ".so.1" }
	library := slicertest.ELF{Soname: soname(name), Define: []string{name}}
	d := slicertest.Deb{Name: name, Compression: "zst", Fields: map[string]string{}}
	if depends {
		d.Fields["Depends"] = other
		library.Needed, library.Undefined = []string{soname(other)}, []string{other}
	}
	d.Files = []slicertest.DebFile{
		{Path: "usr/bin/" + name, Mode: 0o755, Body: slicertest.ELF{Exec: true, Needed: []string{soname(name)}, Undefined: []string{name}}.Bytes()},
		{Path: lib + soname(name) + ".0", Body: library.Bytes()},
		{Path: lib + soname(name), Link: soname(name) + ".0"},
		{Path: "usr/lib/python3/dist-packages/" + name + "/__init__.py", Body: fmt.Appendf(nil, "import %s\n", other)},
		{Path: "usr/share/doc/" + name + "/copyright", Body: []byte("free\n")},
	}
	for i := range 40 {
		d.Files = append(d.Files, slicertest.DebFile{Path: fmt.Sprintf("usr/share/%s/%d", name, i), Body: fmt.Appendf(nil, "%s %d\n", name, i)})
	}
	return d
}

// makeDefinitions makes a release of definitions, each of which but the first requires another one.
func makeDefinitions(dir string, packages int) error {
	config, err := fs.ReadFile(releases.FS, "debian-13/chisel.yaml")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "slices"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "chisel.yaml"), config, 0o644); err != nil {
		return err
	}
	for i := range packages {
		var text strings.Builder
		fmt.Fprintf(&text, "package: package-%d\nslices:\n", i)
		for _, slice := range []string{"bins", "libs", "data"} {
			fmt.Fprintf(&text, "  %s:\n", slice)
			if i > 0 {
				fmt.Fprintf(&text, "    essential: {package-%d_%s: }\n", i/2, slice)
			}
			fmt.Fprintf(&text, "    contents:\n      /usr/bin/p%[1]d-%[2]s:\n      /usr/share/p%[1]d/%[2]s:\n      /usr/lib/*-linux-*/p%[1]d-%[2]s.so.*:\n      /usr/share/p%[1]d/%[2]s-*/**:\n      /etc/p%[1]d/%[2]s.conf:\n", i, slice)
		}
		if err := os.WriteFile(filepath.Join(dir, "slices", fmt.Sprintf("package-%d.yaml", i)), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
