package verify

import (
	"testing"
)

func TestNotesReadAsSentences(t *testing.T) {
	for want, n := range map[string]Note{
		"/m/a.so uses 1 symbol (x) of /m/b.so, which its program must have loaded before": {
			Importer: "/m/a.so", Symbols: []string{"x"}, Provider: "/m/b.so",
		},
		"/lib/libthread_db.so.1 is a module for a debugger: it uses 4 symbols (a, b, c, …) of it, and no such program is here": {
			Importer: "/lib/libthread_db.so.1", Symbols: []string{"a", "b", "c", "d"}, Program: "a debugger",
		},
		"/m/a.so needs libcuda.so.1, which NVIDIA's Container Toolkit brings when the container starts": {
			Importer: "/m/a.so", Symbols: []string{"cuInit"}, Library: "libcuda.so.1", Program: "NVIDIA's Container Toolkit",
		},
	} {
		if got := n.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
