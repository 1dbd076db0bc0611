package release

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestScriptsAreGivenUp runs scripts that take steps, time or memory, and one while the user gives up. Each has one bound that it
// meets, however fast the machine is.
func TestScriptsAreGivenUp(t *testing.T) {
	const endless = "for i in range(1000000000000):\n    pass\n"
	unbound := bounds{steps: math.MaxUint64, time: time.Hour, memory: math.MaxInt64}
	few, short, small := unbound, unbound, unbound
	few.steps, short.time, small.memory = 1000, time.Millisecond, 8<<20
	gone, giveUp := context.WithCancel(t.Context())
	giveUp()
	for _, row := range []struct {
		name   string
		ctx    context.Context
		bounds bounds
		script string
		err    string
	}{
		{"memory at its end", t.Context(), small, "x = \"a\" * 100000000\n", "it takes more than 8 MB of memory"},
		{"memory on its way", t.Context(), small, "x = \"a\" * 100000000\n" + endless, "it takes more than 8 MB of memory"},
		{"what it writes", t.Context(), small, "content.write(\"/etc/shop\", \"a\" * 9000000)\n", "it takes more than 8 MB of memory"},
		{"memory that doubles", t.Context(), small, "x = [1]\nfor i in range(22):\n    x = x + x\n", "it takes more than 8 MB of memory"},
		{"steps", t.Context(), few, endless, "too many steps"},
		{"time", t.Context(), short, endless, "it takes more than 1ms"},
		{"the user", gone, unbound, endless, "context canceled"},
	} {
		runtime.GC() // what others left counts as in use at the start of a script
		running, err := row.bounds.run(row.ctx, "evil_data", row.script, lentNothing{})
		if err == nil || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: got error %v, want %q", row.name, err, row.err)
		}
		for range running { // what it holds still is not the next one's
		}
	}
}

// TestGarbageIsNotHeldAgainstScriptsThatEnded has memory that nobody holds any more, and as much that somebody does.
func TestGarbageIsNotHeldAgainstScriptsThatEnded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // nothing is collected that nobody asks to be
	runtime.GC()
	most := memoryInUse() + 8<<20
	held := make([][]byte, 40)
	for i := range held {
		held[i] = make([]byte, 1<<20)
	}
	if !moreAlive(most) {
		t.Error("40 MB are not seen")
	}
	runtime.KeepAlive(held)
	held = nil
	if memoryInUse() <= most || moreAlive(most) {
		t.Error("40 MB that nobody holds count")
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
