package httpd

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// Slices are what of Debian's packages the server needs; by is for whom.
func Slices(by string) []slicer.Named {
	var all []slicer.Named
	for _, name := range []string{"apache2-bin_bins", "apache2-bin_data", "media-types_data"} {
		all = append(all, slicer.Named{Name: name, By: by, Kind: record.Asked})
	}
	return all
}

// costly are the modules that need libraries of their own: an image has those that its configuration loads.
var costly = []string{
	"mod_authnz_ldap.so", "mod_brotli.so", "mod_http2.so", "mod_ldap.so", "mod_lua.so", "mod_md.so", "mod_proxy_html.so", "mod_proxy_http2.so", "mod_xml2enc.so",
}

// Omitted are the modules that a configuration does not load and that would bring libraries.
func Omitted(modules []string) []slicer.Omit {
	var all []slicer.Omit
	for _, file := range costly {
		if !slices.Contains(modules, file) {
			name := path.Join(modulesDir, file)
			all = append(all, slicer.Omit{
				Omission: record.Omission{Name: name, Reason: "the server's configuration does not load it", By: "app"}, Paths: []string{strings.TrimPrefix(name, "/")},
			})
		}
	}
	return all
}

// Signal asks the server to end. Platforms ask by SIGTERM, which ends it at once; at this one it answers first what it was asked.
const Signal = "WINCH"

// Command starts the server with a configuration; PORT is in its environment.
func Command(file string) string {
	return "apache2 -f " + command.Text(file).String() + " -DFOREGROUND"
}

// Line starts it as all that runs.
func Line(file string) string {
	return "PORT=" + language.Port + " together -s " + Signal + " " + Command(file)
}
