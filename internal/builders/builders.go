// Package builders reads what the builders of Debian's releases have, of the files <release>/builder.toml. It imports nothing
// of whittle.
package builders

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// Builder is the builder of one Debian release. The zero value is one of which nothing is known.
type Builder struct {
	Release string `toml:"-"` // its folder: "debian-13"
	// Versions are those of the runtimes and compilers, by name ("python"): first what the builder has by itself, then what
	// the release's archive has beside it, the oldest first.
	Versions map[string][]string `toml:"versions"`
	PHP      struct {
		Extensions []string `toml:"extensions"` // what follows "php8.4-" in the names of packages
	} `toml:"php"`
}

// Debian is the release as people call it: "Debian 13".
func (b Builder) Debian() string {
	name, version, _ := strings.Cut(b.Release, "-")
	if name == "" {
		return "the build image's Debian"
	}
	return strings.ToUpper(name[:1]) + name[1:] + " " + version
}

// Image is the name under which `make builder` makes it.
func (b Builder) Image() string { return "whittle/builder:" + b.Release }

// Version is what the builder has of a runtime by itself: "3.13"; empty where that is not known.
func (b Builder) Version(runtime string) string {
	if all := b.Versions[runtime]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// All are the builders of all releases, the newest release first.
type All []Builder

// Read reads them of a folder with a folder a release.
func Read(fsys fs.FS) (All, error) {
	files, err := fs.Glob(fsys, "*/builder.toml")
	if err != nil {
		return nil, fmt.Errorf("cannot look for builders: %w", err)
	}
	var all All
	for _, file := range files {
		b := Builder{Release: path.Dir(file)}
		known, err := toml.DecodeFS(fsys, file, &b)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
		if unknown := known.Undecoded(); len(unknown) > 0 {
			return nil, fmt.Errorf("cannot read %s: nothing is known of %s", file, unknown[0])
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Builder) int { return number(b.Release) - number(a.Release) })
	return all, nil
}

// number is the 13 of debian-13.
func number(release string) int {
	_, version, _ := strings.Cut(release, "-")
	n, _ := strconv.Atoi(version) // others come last
	return n
}

// Of is the builder of a release, or the zero value with no more than its name.
func (all All) Of(release string) Builder {
	for _, b := range all {
		if b.Release == release {
			return b
		}
	}
	return Builder{Release: release}
}

// Others are the builders of the other releases.
func (all All) Others(release string) All {
	return slices.DeleteFunc(slices.Clone(all), func(b Builder) bool { return b.Release == release })
}
