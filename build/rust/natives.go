package rust

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/internal/document"
)

// natives are crates that are built with a library or a program of Debian, and the packages that have it: those that each
// crate's own instructions name.
var natives = map[string]string{
	"alsa-sys":                "libasound2-dev",
	"bindgen":                 "libclang-dev",
	"bzip2-sys":               "libbz2-dev",
	"cairo-sys-rs":            "libcairo2-dev",
	"clang-sys":               "libclang-dev",
	"ffmpeg-sys-next":         "libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev libclang-dev",
	"gdal-sys":                "libgdal-dev",
	"gdk-pixbuf-sys":          "libgdk-pixbuf-2.0-dev",
	"geos-sys":                "libgeos-dev",
	"glib-sys":                "libglib2.0-dev",
	"gstreamer-sys":           "libgstreamer1.0-dev",
	"hdf5-metno-sys":          "libhdf5-dev",
	"hdf5-sys":                "libhdf5-dev",
	"leptonica-sys":           "libleptonica-dev",
	"libdbus-sys":             "libdbus-1-dev",
	"libgssapi-sys":           "libkrb5-dev",
	"libpulse-sys":            "libpulse-dev",
	"libsodium-sys":           "libsodium-dev",
	"libsqlite3-sys":          "libsqlite3-dev",
	"libudev-sys":             "libudev-dev",
	"libusb1-sys":             "libusb-1.0-0-dev",
	"libvips":                 "libvips-dev",
	"libxml":                  "libxml2-dev",
	"libz-sys":                "zlib1g-dev",
	"lzma-sys":                "liblzma-dev",
	"magick_rust":             "libmagickwand-dev libclang-dev",
	"mysqlclient-sys":         "libmariadb-dev libmariadb-dev-compat",
	"netcdf-sys":              "libnetcdf-dev",
	"openssl-sys":             "libssl-dev",
	"pango-sys":               "libpango1.0-dev",
	"pq-sys":                  "libpq-dev",
	"proj-sys":                "libproj-dev",
	"prost-build":             "protobuf-compiler",
	"protobuf-src":            "protobuf-compiler",
	"sasl2-sys":               "libsasl2-dev",
	"tesseract-sys":           "libtesseract-dev",
	"yeslogic-fontconfig-sys": "libfontconfig-dev",
	"zmq-sys":                 "libzmq3-dev",
}

// tools are the packages above that programs of the build use and nothing is linked to.
var tools = []string{"libclang-dev", "protobuf-compiler"}

// leads are crates that an app without a lock names itself, and that lead to crates of the table above.
var leads = map[string]string{
	"git2": "libz-sys", "native-tls": "openssl-sys", "openssl": "openssl-sys", "postgres-openssl": "openssl-sys",
	"reqwest": "openssl-sys", "rusqlite": "libsqlite3-sys", "tonic-build": "prost-build", "zmq": "zmq-sys",
}

// buildPackages are the Debian packages that the app's crates are known to be built with, those of a newer Rust where it asks for
// one, and those of its linkers.
func buildPackages(files fs.FS, env map[string]string, b builders.Builder) []language.BuildPackage {
	crates, by := lockedCrates(files), "Cargo.lock"
	if crates == nil {
		crates, by = namedCrates(files), "Cargo.toml"
	}
	all := append(newerPackages(files, env, b), linkerPackages(files)...)
	for _, crate := range slices.Sorted(maps.Keys(natives)) {
		from, ok := crates[crate]
		if !ok {
			continue
		}
		for name := range strings.FieldsSeq(natives[crate]) {
			if !slices.ContainsFunc(all, func(p language.BuildPackage) bool { return p.Name == name }) {
				all = append(all, language.BuildPackage{Name: name, By: from + " in " + by})
			}
		}
	}
	return all
}

// lockedCrates are the crates of Cargo.lock by name, each as what brings it; nil where there is none that can be read.
func lockedCrates(files fs.FS) map[string]string {
	var lock struct{ Package []struct{ Name string } }
	if err := readTOML(files, "Cargo.lock", &lock); err != nil {
		return nil
	}
	crates := map[string]string{}
	for _, p := range lock.Package {
		crates[p.Name] = p.Name
	}
	return crates
}

// namedCrates are the crates that an app without a lock asks for, and those that such crates are known to lead to, by what
// brings them. Members of a workspace are looked at, too.
func namedCrates(files fs.FS) map[string]string {
	crates := map[string]string{}
	type tables struct {
		Dependencies      map[string]any
		BuildDependencies map[string]any `toml:"build-dependencies"`
	}
	var manifest struct {
		tables
		Workspace struct {
			tables
			Members []string
		}
	}
	if err := readTOML(files, "Cargo.toml", &manifest); err != nil {
		return nil
	}
	read := []tables{manifest.tables, manifest.Workspace.tables}
	search := language.NewSearch(files)
	for _, pattern := range manifest.Workspace.Members {
		found, err := search.Glob(strings.TrimSuffix(pattern, "/") + "/Cargo.toml")
		if err != nil {
			continue // cargo tells it
		}
		for _, file := range found {
			var member tables
			if err := readTOML(files, file, &member); err == nil {
				read = append(read, member)
			}
		}
	}
	for _, t := range read {
		for _, table := range []map[string]any{t.Dependencies, t.BuildDependencies} {
			for name, how := range table {
				crates[name] = name
				if to, ok := leads[name]; ok && !selfContained(how) {
					crates[to] = name
				}
			}
		}
	}
	return crates
}

// readTOML reads a file of the app into a value. A file that is not there is an error.
func readTOML(files fs.FS, name string, v any) error {
	text, ok, err := language.ReadText(files, name)
	if err == nil && !ok {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if err == nil {
		_, err = document.TOML(text, v)
	}
	return err
}

// selfContained tells whether a dependency is asked for without the library of the system.
func selfContained(how any) bool {
	table, ok := how.(map[string]any)
	if !ok {
		return false
	}
	if on, ok := table["default-features"].(bool); ok && !on {
		return true
	}
	features, _ := table["features"].([]any)
	return slices.ContainsFunc(features, func(f any) bool { return isBundled(f) })
}

func isBundled(feature any) bool {
	name, _ := feature.(string)
	return strings.HasPrefix(name, "bundled") || strings.HasPrefix(name, "vendored") || name == "static"
}
