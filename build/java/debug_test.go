package java

import (
	"slices"
	"strings"
	"testing"
)

// TestDebugKeepsSymbols: the runtime's classes and libraries keep what debuggers read where the user wants it.
func TestDebugKeepsSymbols(t *testing.T) {
	for _, debug := range []bool{false, true} {
		r := newTools(t, map[string]string{"pom.xml": simplePom})
		r.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})}
		r.site.Debug = debug
		if _, err := compile(t.Context(), r.site); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "jlink ") })
		if i < 0 || strings.Contains(r.ran[i], "--strip-debug") == debug {
			t.Errorf("debug is %t: it ran %q", debug, r.ran)
		}
		if slices.ContainsFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "strip ") }) == debug {
			t.Errorf("debug is %t: it ran %q", debug, r.ran)
		}
	}
}
