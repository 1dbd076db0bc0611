package python

import (
	"context"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestDebugKeepsSymbols: modules that were compiled here are stripped, unless the user wants their symbols; headers go either way.
func TestDebugKeepsSymbols(t *testing.T) {
	for _, debug := range []bool{false, true} {
		stripped := 0
		p := newPython(t, func(context.Context, language.Command) error { stripped++; return nil })
		p.Debug = debug
		languagetest.Write(t, p.sitePackages(), map[string]string{
			"m/m.cpython-313.so": string(slicertest.ELFOf("needs=libc.so.6").Bytes()), "m/m.h": "x",
			"m-1.dist-info/RECORD": "m/m.cpython-313.so,sha256=AAA,2\nm/m.h,sha256=BBB,1\nm-1.dist-info/RECORD,,\n", "m-1.dist-info/WHEEL": "Tag: cp313-cp313-linux_x86_64\n",
		})
		if _, err := p.trim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if (stripped == 0) != debug || language.Exists(p.sitePackages()+"/m/m.h") {
			t.Errorf("debug is %t: %d files are stripped, of %v", debug, stripped, languagetest.Names(t, p.sitePackages()))
		}
	}
}
