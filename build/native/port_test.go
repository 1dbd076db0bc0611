package native

import (
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPortIsSetForThoseWhoAskForIt: an app whose source names PORT finds it set, whatever its working directory has beside.
func TestPortIsSetForThoseWhoAskForIt(t *testing.T) {
	for source, want := range map[string]string{
		"int main() { getenv(\"PORT\"); }\n": "8080", "int main() { return 0; }\n": "", "// getenv(\"PORT\")\nint main() {}\n": "",
	} {
		f := fake{t: t, codemodel: targets("shop shop.c"), makes: []string{"shop"}}
		s := languagetest.Site(t, f.run)
		languagetest.Write(t, s.Dir, map[string]string{"CMakeLists.txt": "project(shop C)", "shop.c": source, "data/a.txt": "PORT"})
		got := ""
		keep := s.Keep
		s.Keep = func(l language.Layer, key string) {
			if l.Name == layerNative {
				got = l.Env["PORT"]
			}
			keep(l, key)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got != want || !language.Exists(s.Dir+"/data/a.txt") {
			t.Errorf("%q: PORT is %q, want %q; left are %v", source, got, want, languagetest.Names(t, s.Dir))
		}
	}
}
