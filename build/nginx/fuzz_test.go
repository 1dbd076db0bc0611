package nginx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/build/language/languagetest"
)

// FuzzAdapt adapts configurations of apps: what is written reads the same when it is read again.
func FuzzAdapt(f *testing.F) {
	for _, text := range []string{
		"events {}\nhttp { server { listen {{port}}; root '/a b'; } }", "include nginx.conf;", "a \"x\\\"y\" ${b} $PORT; # c", "stream { } load_module modules/x.so;", "a{b{c;}}", "log_format m '$a' '\\n';",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		adapted, err := Adapt(Source{Files: languagetest.Files(map[string]string{"nginx.conf": text}), Dir: "/workspace", Name: "nginx.conf"})
		if err != nil {
			return
		}
		first, err := parse(adapted.Text)
		if err != nil {
			t.Fatalf("what is written cannot be read: %v\n%s", err, adapted.Text)
		}
		var again strings.Builder
		write(&again, first, "")
		second, err := parse(again.String())
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(directive{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	})
}
