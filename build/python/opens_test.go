package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestOpens(t *testing.T) {
	p := newPython(t, nil)
	p.Root = p.Dir
	languagetest.Write(t, p.sitePackages(), map[string]string{"pillow.libs/libpng16-4a38ea05.so.16.53.0": "x"})
	file := p.sitePackages() + "/weasyprint/text/ffi.py"
	got := p.opens([]opened{
		{Names: []string{"libpango-1.0-0", "pango-1.0", "libpango-1.0.so.0", "libpango-1.0.dylib"}, File: file},
		{Names: []string{"magic", "libmagic.so", "magic1.dll"}, File: p.Dir + "/app.py"},
		{Names: []string{"libpng16.so.16"}, File: file},            // a package brings it
		{Names: []string{"png16"}, File: file},                     // and so
		{Names: []string{"libfoo.so.1"}, File: file, Direct: true}, // the slicer takes it
		{Names: []string{"libfoo.dylib", "/usr/x.so"}, File: file}, // another platform's, a path
		{Names: []string{"kernel32"}, File: file},                  // no package is named for it
	})
	want := []language.Opened{
		{Names: []string{"libpango-1.0.so.0"}, By: "weasyprint/text/ffi.py"},
		{Names: []string{"libmagic.so", "libmagic.so"}, By: "app.py"},
		{Names: []string{"libkernel32.so"}, By: "weasyprint/text/ffi.py"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
