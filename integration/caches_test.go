//go:build integration

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	picture = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>`
	parsers = "use XML::SAX; print map { qq($_->{Name}\n) } @{XML::SAX->parsers};"
)

// TestCachesOfTriggersWork cuts real packages and runs a program that needs what a trigger or a maintainer script would
// have compiled: with it the program works, and without it it does not.
func TestCachesOfTriggersWork(t *testing.T) {
	for _, row := range []struct {
		name  string
		names []string
		run   []string // in the root
		want  string
		made  []string // without these it fails, or says something else
	}{
		{
			"glib schemas",
			[]string{"libglib2.0-bin", "gsettings-desktop-schemas"},
			[]string{"gsettings", "get", "org.gnome.system.locale", "region"},
			"''",
			[]string{"usr/share/glib-2.0/schemas/gschemas.compiled"},
		},
		{
			"gdk-pixbuf loaders",
			[]string{"libgdk-pixbuf2.0-bin", "librsvg2-common", "shared-mime-info"},
			[]string{"gdk-pixbuf-thumbnailer", "-s", "9", "/picture.svg", "/out.png"},
			"",
			[]string{"usr/lib/*/gdk-pixbuf-2.0/2.10.0/loaders.cache"},
		},
		{
			"Graphviz plugins",
			[]string{"graphviz"},
			[]string{"dot", "-Tsvg", "/graph.dot"},
			"<title>whittle</title>",
			[]string{"usr/lib/*/graphviz/config6a"},
		},
		{
			"MIME database",
			[]string{"libglib2.0-bin", "shared-mime-info"},
			[]string{"gio", "info", "-a", "standard::content-type", "/picture.svg"},
			"standard::content-type: image/svg+xml",
			[]string{"usr/share/mime/mime.cache", "usr/share/mime/globs2", "usr/share/mime/globs", "usr/share/mime/magic"},
		},
		{
			"XML catalogs",
			[]string{"docbook-xml", "libxml2-utils"},
			[]string{"xmlcatalog", "/etc/xml/catalog", "-//OASIS//DTD DocBook XML V4.5//EN"},
			"file:///usr/share/xml/docbook/schema/dtd/4.5/docbookx.dtd",
			[]string{"etc/xml/catalog"},
		},
		{
			"SAX parsers of Perl",
			[]string{"libxml-sax-perl", "libxml-sax-expat-perl", "perl"},
			[]string{"perl", "/parsers.pl"},
			"XML::SAX::PurePerl\nXML::SAX::Expat",
			[]string{"etc/perl/XML/SAX/ParserDetails.ini"},
		},
		{
			"certificates of Java",
			[]string{"default-jre-headless", "libharfbuzz0b"},
			[]string{"keytool", "-list", "-cacerts", "-storepass", "changeit"},
			"debian:isrg_root_x1.pem",
			[]string{"etc/ssl/certs/java/cacerts"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "root")
			command(t, "whittle", append([]string{"cut", "--quiet", "--root", root}, row.names...)...)
			for name, text := range map[string]string{"picture.svg": picture, "parsers.pl": parsers, "graph.dot": "digraph whittle { a -> b }"} {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			in := func() (string, error) {
				cmd := exec.CommandContext(t.Context(), "chroot", append([]string{root}, row.run...)...)
				cmd.Env = []string{"PATH=/usr/bin"}
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := in(); err != nil || !strings.Contains(out, row.want) {
				t.Fatalf("%s: %v\n%s", row.run, err, out)
			}
			for _, pattern := range row.made {
				paths, err := filepath.Glob(filepath.Join(root, pattern))
				if err != nil || len(paths) != 1 {
					t.Fatalf("%s is %s: %v", pattern, paths, err)
				}
				if err := os.Remove(paths[0]); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := in(); err == nil && row.want != "" && strings.Contains(out, row.want) || err == nil && row.want == "" {
				t.Errorf("it works without %s, too:\n%s", row.made, out)
			}
		})
	}
}
