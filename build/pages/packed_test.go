package pages

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestPackedPagesAreThere: what is there as .gz alone is unpacked, once; downloads and what is broken are left as they are.
func TestPackedPagesAreThere(t *testing.T) {
	packed := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	root := t.TempDir()
	languagetest.Write(t, root, map[string]string{
		"index.html.gz": packed("first"), "js/app.js.gz": packed("script"), "both.css": "own", "both.css.gz": packed("other"), "book.tar.gz": packed("archive"),
		"broken.js.gz": "x", "cut.js.gz": packed(strings.Repeat("long", 999))[:30],
	})
	p := Site{}
	p.Root = root
	if err := p.unpack(languagetest.Quiet()); err != nil {
		t.Fatal(err)
	}
	want := "book.tar.gz both.css both.css.gz broken.js.gz cut.js.gz index.html index.html.gz js/app.js js/app.js.gz"
	if diff := cmp.Diff(want, strings.Join(languagetest.Names(t, root), " ")); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"index.html": "first", "js/app.js": "script", "both.css": "own"} {
		if got := languagetest.Read(t, root+"/"+name); got != want {
			t.Errorf("%s has %q", name, got)
		}
	}
}
