package native

import (
	"context"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestDebugKeepsSymbols: each build system is told to make symbols where the user wants them, and nothing strips them.
func TestDebugKeepsSymbols(t *testing.T) {
	for _, row := range []struct {
		name   string
		fake   fake
		files  map[string]string
		option string // of the build system; empty for one of the compiler
	}{
		{"cmake", fake{codemodel: targets("x a.c"), makes: []string{"x"}}, map[string]string{"CMakeLists.txt": ""}, "-DCMAKE_BUILD_TYPE=RelWithDebInfo"},
		{"meson", fake{meson: `[{"type": "executable", "filename": ["BUILD/web"]}]`, makes: []string{"web"}}, map[string]string{"meson.build": ""}, "--buildtype debugoptimized"},
		{"make", fake{makes: []string{"a"}}, map[string]string{"Makefile": "a:\n\tcc a.c\n", "a.c": ""}, ""},
	} {
		for _, debug := range []bool{false, true} {
			f := row.fake
			f.t, f.ran = t, nil
			stripped := 0
			s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
				if c.Args[0] == "strip" {
					stripped++
				}
				return f.run(ctx, c)
			})
			s.Debug = debug
			languagetest.Write(t, s.Dir, row.files)
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if (stripped == 0) != debug {
				t.Errorf("%s, debug is %t: %d files are stripped", row.name, debug, stripped)
			}
			flags := f.environ["CFLAGS"]
			if has := strings.Contains(strings.Join(f.ran, "\n"), row.option); row.option != "" && has != debug || strings.Contains(flags, " -g") != debug {
				t.Errorf("%s, debug is %t: CFLAGS are %q, it ran %q", row.name, debug, flags, f.ran)
			}
		}
	}
}
