package python

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// opened is one call that opens a library by name: the names that it tries.
type opened struct {
	Names []string `json:"names"`
	File  string   `json:"file"`
	// Direct says that the first name is what the loader is asked for, so that the slicer sees it as well.
	Direct bool `json:"direct"`
}

var (
	versioned = regexp.MustCompile(`^lib[\w.+-]+\.so\.\d[\d.]*$`)
	unnamed   = regexp.MustCompile(`[/\\]|\.(?:dll|dylib|framework)\b|^objc$`) // paths, and libraries of other platforms
)

// libraries are the names of what a call looks for on this platform: ctypes.util.find_library("magic") takes any libmagic.so.
func (o opened) libraries() []string {
	var all []string
	for _, name := range o.Names {
		switch {
		case versioned.MatchString(name):
			return []string{name}
		case unnamed.MatchString(name):
		case strings.HasPrefix(name, "lib") && strings.HasSuffix(name, ".so"):
			all = append(all, name)
		default:
			all = append(all, "lib"+name+".so")
		}
	}
	return all
}

// opens are the libraries that the app and its packages open by name and that the packages do not bring. Those that the loader
// is asked for by their whole name are left out: the slicer takes them.
func (p *python) opens(all []opened) []language.Opened {
	bundled := p.bundled()
	var found []language.Opened
	for _, o := range all {
		names := o.libraries()
		if len(names) == 0 || o.Direct && versioned.MatchString(o.Names[0]) || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(bundled, n) }) {
			continue
		}
		found = append(found, language.Opened{Names: names, By: p.short(o.File)})
	}
	return found
}

// bundled are the libraries that packages bring, by their names without what auditwheel puts into them:
// libpng16-4a38ea05.so.16.53.0 is libpng16.so and libpng16.so.16.
func (p *python) bundled() []string {
	var all []string
	for _, pattern := range []string{"*.libs/*.so*", "*/*.libs/*.so*", "*/.libs/*.so*", "*/lib*.so*"} {
		found, err := filepath.Glob(filepath.Join(p.sitePackages(), pattern))
		if err != nil {
			continue // the pattern is right
		}
		for _, f := range found {
			base := hashed.ReplaceAllString(filepath.Base(f), ".so")
			stem, version, _ := strings.Cut(base, ".so")
			major, _, _ := strings.Cut(strings.TrimPrefix(version, "."), ".")
			all = append(all, base, stem+".so", stem+".so."+major)
		}
	}
	return all
}

var hashed = regexp.MustCompile(`-[0-9a-f]{8}(?:[0-9a-f]*)\.so`)
