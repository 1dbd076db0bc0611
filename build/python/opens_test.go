package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/contract"
)

func TestTellOpened(t *testing.T) {
	p := newPython(t, nil)
	p.Root, p.Floor = p.Dir, &contract.Floor{Libraries: []contract.FloorLibrary{{Soname: "libcrypto.so.3"}}}
	languagetest.Write(t, p.Dir, map[string]string{"project.toml": "[dev.whittle.run]\nlibraries = [\"libvips.so.42\"]\n"})
	languagetest.Write(t, p.sitePackages(), map[string]string{"pillow.libs/libpng16-4a38ea05.so.16.53.0": "x"})
	file := p.sitePackages() + "/weasyprint/text/ffi.py"
	got := p.tellOpened([]opened{
		{Names: []string{"libpango-1.0-0", "pango-1.0", "libpango-1.0.so.0", "libpango-1.0.dylib"}, File: file},
		{Names: []string{"magic"}, File: p.Dir + "/app.py"},
		{Names: []string{"libmagic.so.1"}, File: file},                  // the same again
		{Names: []string{"libcrypto.so.3"}, File: file},                 // the run image has it
		{Names: []string{"libpng16.so.16"}, File: file},                 // a package brings it
		{Names: []string{"vips"}, File: file},                           // asked for
		{Names: []string{"libfoo.so.1"}, File: file, Direct: true},      // the slicer takes it
		{Names: []string{"kernel32"}, File: file},                       // another platform's
		{Names: []string{"libfoo.dylib", "CoreFoundation"}, File: file}, // another platform's
	})
	want := []string{
		"libraries that are opened by name and are not in the image:",
		"  libmagic.so.1 by app.py",
		"  libpango-1.0.so.0 by weasyprint/text/ffi.py",
		`  if the app needs them, write into project.toml under [dev.whittle.run]: libraries = ["libmagic.so.1", "libpango-1.0.so.0"]`,
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
	if got := p.tellOpened(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}
