package python

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// opened is one call that opens a library by name: the names that it tries.
type opened struct {
	Names []string `json:"names"`
	File  string   `json:"file"`
	// Direct says that the first name is what the loader is asked for, so that the slicer sees it as well.
	Direct bool `json:"direct"`
}

// sonames are libraries that packages of PyPI look for by ctypes.util.find_library, by the names that they ask for.
var sonames = map[string]string{
	"magic": "libmagic.so.1", "zbar": "libzbar.so.0", "cairo": "libcairo.so.2", "cairo-2": "libcairo.so.2", "pango-1.0": "libpango-1.0.so.0", "pangocairo-1.0": "libpangocairo-1.0.so.0",
	"gobject-2.0": "libgobject-2.0.so.0", "fontconfig": "libfontconfig.so.1", "harfbuzz": "libharfbuzz.so.0", "sndfile": "libsndfile.so.1", "portaudio": "libportaudio.so.2",
	"usb-1.0": "libusb-1.0.so.0", "vips": "libvips.so.42", "vips-42": "libvips.so.42", "geos_c": "libgeos_c.so.1", "enchant-2": "libenchant-2.so.2", "dmtx": "libdmtx.so.0",
	"opus": "libopus.so.0", "sodium": "libsodium.so.23", "archive": "libarchive.so.13", "discid": "libdiscid.so.0", "chromaprint": "libchromaprint.so.1", "fluidsynth": "libfluidsynth.so.3",
	"MagickWand-7.Q16": "libMagickWand-7.Q16.so.10", "spatialindex_c": "libspatialindex_c.so.8", "hunspell-1.7": "libhunspell-1.7.so.0", "vlc": "libvlc.so.5", "lept": "libleptonica.so.6", "tesseract": "libtesseract.so.5",
	"spatialite": "mod_spatialite.so", "gdal": "libgdal.so.36", "snappy": "libsnappy.so.1", "lz4": "liblz4.so.1", "ev": "libev.so.4", "augeas": "libaugeas.so.0", "mosquitto": "libmosquitto.so.1",
}

var versioned = regexp.MustCompile(`^lib[\w.+-]+\.so\.\d[\d.]*$`)

// soname is the library that a call looks for on this platform, or nothing.
func (o opened) soname() string {
	for _, name := range o.Names {
		if versioned.MatchString(name) {
			return name
		}
	}
	for _, name := range o.Names {
		if so := sonames[name]; so != "" {
			return so
		}
	}
	return ""
}

// tellOpened lists the libraries that packages open by name and that neither the run image nor the packages have. Which of
// them the app needs nobody can see: a package may try one after the other, or never come to it.
func (p *python) tellOpened(all []opened) []string {
	asked := p.projectFile() + p.Setting("BP_WHITTLE_LIBRARIES")
	byFile, names := map[string][]string{}, []string{}
	for _, o := range all {
		name := o.soname()
		if name == "" || o.Direct && versioned.MatchString(o.Names[0]) || slices.Contains(names, name) || strings.Contains(asked, name) || p.hasLibrary(name) {
			continue
		}
		names = append(names, name)
		byFile[p.short(o.File)] = append(byFile[p.short(o.File)], name)
	}
	if len(names) == 0 {
		return nil
	}
	notes := []string{"libraries that are opened by name and are not in the image:"}
	for _, file := range keys(byFile) {
		notes = append(notes, fmt.Sprintf("  %s by %s", strings.Join(byFile[file], ", "), file))
	}
	slices.Sort(names)
	return append(notes, fmt.Sprintf(`  if the app needs them, write into project.toml under [dev.whittle.run]: libraries = ["%s"]`, strings.Join(names, `", "`)))
}

// hasLibrary tells whether the run image or a package has a library.
func (p *python) hasLibrary(name string) bool {
	if p.Floor != nil {
		for _, l := range p.Floor.Libraries {
			if l.Soname == name {
				return true
			}
		}
	}
	return slices.Contains(p.bundled(), name)
}

// bundled are the libraries that packages bring, by their names without what auditwheel puts into them:
// libpng16-4a38ea05.so.16.53.0 is libpng16.so.16.
func (p *python) bundled() []string {
	var all []string
	for _, pattern := range []string{"*.libs/*.so*", "*/*.libs/*.so*", "*/.libs/*.so*", "*/lib*.so*"} {
		found, err := filepath.Glob(filepath.Join(p.sitePackages(), pattern))
		if err != nil {
			continue // the pattern is right
		}
		for _, f := range found {
			base := hashed.ReplaceAllString(filepath.Base(f), ".so")
			stem, version, _ := strings.Cut(base, ".so.")
			major, _, _ := strings.Cut(version, ".")
			all = append(all, base, stem+".so."+major)
		}
	}
	return all
}

var hashed = regexp.MustCompile(`-[0-9a-f]{8}(?:[0-9a-f]*)\.so`)
