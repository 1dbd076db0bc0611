package release

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestScriptsAreGivenUp runs scripts that take time or memory in few steps, and one while the user gives up.
func TestScriptsAreGivenUp(t *testing.T) {
	files := lentNothing{}
	for name, row := range map[string]struct{ script, err string }{
		"steps":    {"for i in range(1000000000000):\n    pass\n", "too many steps|more than 10s"},
		"memory":   {"x = \"a\" * 400000000\n", "MB of memory"},
		"doubling": {"x = [1]\nfor i in range(40):\n    x = x + x\n", "MB of memory"},
		"writing":  {"content.write(\"/etc/shop\", \"a\" * 1000000000)\n", "MB of memory"},
	} {
		runtime.GC() // what the row before left counts as in use
		if err := Mutate(t.Context(), "evil_data", row.script, files); err == nil || !regexp.MustCompile(row.err).MatchString(err.Error()) {
			t.Errorf("%s: got error %v, want %q", name, err, row.err)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := Mutate(ctx, "evil_data", "for i in range(1000000000000):\n    pass\n", files); err == nil {
		t.Error("it goes on when the user has given up")
	}
}

type lentNothing struct{}

func (lentNothing) Read(string) ([]byte, error)   { return nil, nil }
func (lentNothing) Write(string, []byte) error    { return nil }
func (lentNothing) List(string) ([]string, error) { return nil, nil }

// TestDefinitionsThatMultiply has merge keys that name each other many times, paths of nothing but wildcards, and many patterns.
func TestDefinitionsThatMultiply(t *testing.T) {
	named := func(anchor string) string { return strings.Repeat("*"+anchor+",", 20_000) }
	var many strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&many, "      /usr/%d*:\n", i)
	}
	for name, row := range map[string]struct{ text, err string }{
		"merge keys":    {"package: shop\nx1: &c {k: {}}\nx2: &b\n  <<: [" + named("c") + "]\nslices:\n  <<: [" + named("b") + "]\n", "bring more than 10000 fields"},
		"wildcards":     {"package: shop\nslices:\n  evil:\n    contents:\n      /usr/" + strings.Repeat("*a?", 60) + "**:\n", "more than 16 wildcards"},
		"many patterns": {"package: shop\nslices:\n  evil:\n    contents:\n" + many.String(), "at most 1000 patterns"},
	} {
		r, err := Open(fstest.MapFS{"chisel.yaml": {Data: []byte(config("v3", publicKeys(t)))}, "slices/shop.yaml": {Data: []byte(row.text)}})
		if err == nil {
			err = r.ReadAll()
		}
		if err == nil || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: got error %v, want %q", name, err, row.err)
		}
	}
}
