package ruby

import (
	"context"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestDebugKeepsSymbols: gems that were compiled here are stripped, unless the user wants their symbols.
func TestDebugKeepsSymbols(t *testing.T) {
	for _, debug := range []bool{false, true} {
		b := &bundler{report: said()}
		stripped := 0
		s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
			if c.Args[0] == "strip" {
				stripped++
			}
			return b.run(ctx, c)
		})
		s.Debug = debug
		languagetest.Write(t, s.Dir, rackApp)
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if (stripped == 0) != debug {
			t.Errorf("debug is %t: %d files are stripped", debug, stripped)
		}
	}
}
