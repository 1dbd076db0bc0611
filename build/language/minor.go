package language

import (
	"slices"
	"strings"
)

// minor are names of folders whose programs are not the app where there are others: examples and tools.
var minor = []string{
	"example", "examples", "_examples", "demo", "demos", "docs", "doc", "testdata", "test", "tests", "scripts", "script", "hack", "tools", "tool",
	"contrib", "bench", "benches", "benchmark", "benchmarks", "e2e", "fuzz", "xtask",
}

// IsMinor tells whether a folder, by its path below the app's, is one of examples, tests or tools.
func IsMinor(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool { return slices.Contains(minor, part) })
}
