package java

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLibrariesThatJavaOpens are read in the strings of classes that open libraries, but for what an archive brings and for the
// wrappers of every platform's libraries.
func TestLibrariesThatJavaOpens(t *testing.T) {
	for name, row := range map[string]struct {
		own, dep map[string]string
		want     string
	}{
		"by the name for linkers": {own: map[string]string{"a/B.class": "class a/B ref:com/sun/jna/Native text:gmp"}, want: "libgmp.so a.B of own.jar"},
		"by a path":               {own: map[string]string{"a/B.class": "class a/B ref:com/sun/jna/Native text:/usr/lib/libgmp.so.10"}, want: "libgmp.so.10 a.B of own.jar whole at /usr/lib/libgmp.so.10"},
		"by the JDK's own":        {dep: map[string]string{"a/B.class": "class a/B ref:java/lang/foreign/SymbolLookup text:libvips.so.42"}, want: "libvips.so.42 a.B of dep.jar"},
		"by a dependency":         {dep: map[string]string{"a/B.class": "class a/B ref:com/sun/jna/Native text:libgmp.so.10"}, want: "libgmp.so.10 a.B of dep.jar"},
		"what is no name":         {own: map[string]string{"a/B.class": "class a/B ref:com/sun/jna/Native text:two,words text:%s text:a/b"}},
		"a class that opens none": {own: map[string]string{"a/B.class": "class a/B text:gmp text:libgmp.so.10"}},
		"what an archive brings":  {own: map[string]string{"a/B.class": "class a/B ref:com/sun/jna/Native text:gmp"}, dep: map[string]string{"linux-x86-64/libgmp.so.10": "x"}},
		"every platform's":        {dep: map[string]string{"com/sun/jna/platform/unix/X11.class": "class com/sun/jna/platform/unix/X11 ref:com/sun/jna/Native text:X11"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			languagetest.Write(t, dir, map[string]string{"own.jar": zipOf(t, row.own), "dep.jar": zipOf(t, row.dep)})
			own, deps := scan{Modules: map[string]string{}}, scan{Modules: map[string]string{}}
			for file, s := range map[string]*scanner{"own.jar": {scan: &own, own: true}, "dep.jar": {scan: &deps}} {
				if err := s.all([]string{filepath.Join(dir, file)}); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, o := range merge(own, deps).Opens {
				line := strings.Join(o.Names, " ") + " " + o.By
				if o.Whole {
					line += " whole"
				}
				if o.Path != "" {
					line += " at " + o.Path
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(row.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
