package node

import (
	"io/fs"
	"maps"
	"slices"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

// natives are packages that are compiled with libraries of Debian, where their registry has no binary of them or where
// binaries can't be downloaded: the Debian packages that each one's own instructions name.
var natives = map[string][]string{
	"canvas":        {"libcairo2-dev", "libpango1.0-dev", "libjpeg-dev", "libgif-dev", "librsvg2-dev"},
	"gl":            {"libxi-dev", "libglu1-mesa-dev", "libglew-dev"},
	"kerberos":      {"libkrb5-dev"},
	"libpq":         {"libpq-dev"},
	"node-libcurl":  {"libcurl4-openssl-dev"},
	"pg-native":     {"libpq-dev"},
	"usb":           {"libudev-dev"},
	"usb-detection": {"libudev-dev"},
}

// nativePackages are the Debian packages that the app's dependencies are compiled with.
func nativePackages(dir fs.FS, _ map[string]string, _ builders.Builder) []language.BuildPackage {
	m, err := readManifest(dir)
	if err != nil {
		return nil // it is read again, and told then
	}
	var all []language.BuildPackage
	for _, name := range slices.Sorted(maps.Keys(natives)) {
		if !m.needs(name) {
			continue
		}
		for _, p := range natives[name] {
			all = append(all, language.BuildPackage{Name: p, By: name + " in " + m.File})
		}
	}
	return all
}
