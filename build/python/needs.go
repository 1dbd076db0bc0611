package python

import (
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// needsToImport are distributions whose import opens libraries by name, and fails without them. What those need themselves, such as
// GLib for Pango, comes with them.
var needsToImport = map[string]string{
	"cairocffi":    "libcairo.so.2",
	"libarchive-c": "libarchive.so.13",
	"pyenchant":    "libenchant-2.so.2",
	"pylibdmtx":    "libdmtx.so.0",
	"pysodium":     "libsodium.so.23",
	"python-magic": "libmagic.so.1",
	"python-vlc":   "libvlc.so.5",
	"pyzbar":       "libzbar.so.0",
	"weasyprint":   "libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0",
}

// libraries are the libraries without which installed distributions cannot be imported.
func libraries(installed []language.Component) []slicer.Named {
	var all []slicer.Named
	for _, c := range installed {
		name := normalize(c.Name)
		for soname := range strings.FieldsSeq(needsToImport[name]) {
			all = append(all, slicer.Named{Name: soname, By: "import of " + name, Kind: record.Listed})
		}
	}
	return all
}
