package missing

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindingsReadAsSentences(t *testing.T) {
	for want, f := range map[string]Finding{
		"/app/x needs libfoo.so.1 (not found); package libfoo1 has it":             {Kind: Library, Importer: "/app/x", Name: "libfoo.so.1", Reason: "not found", Package: "libfoo1"},
		"/app/x needs the loader /lib64/ld-linux-x86-64.so.2 (not found)":          {Kind: Interpreter, Importer: "/app/x", Name: "/lib64/ld-linux-x86-64.so.2", Reason: "not found"},
		"/usr/bin/tool needs the interpreter /bin/bash":                            {Kind: Interpreter, Importer: "/usr/bin/tool", Name: "/bin/bash"},
		"/app/x needs version GLIBC_2.38 of /lib/libc.so.6; Debian 13 has it":      {Kind: Version, Importer: "/app/x", Name: "libc.so.6", Version: "GLIBC_2.38", Provider: "/lib/libc.so.6", Has: "Debian 13 has it"},
		"/app/x needs symbol arc4random of version GLIBC_2.36 from /lib/libc.so.6": {Kind: Symbol, Importer: "/app/x", Name: "arc4random", Version: "GLIBC_2.36", Provider: "/lib/libc.so.6"},
		"/usr/bin/view leads to vim, which is not there":                           {Kind: DanglingLink, Importer: "/usr/bin/view", Name: "vim"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestGroupedPutsTheSymbolsOfOneFileIntoOneLine(t *testing.T) {
	symbol := func(importer, name string) Finding {
		return Finding{Kind: Symbol, Importer: importer, Name: name}
	}
	got := slices.Collect(Grouped([]Finding{
		symbol("/a", "one"), symbol("/b", "one"), symbol("/b", "two"), symbol("/b", "three"), symbol("/b", "four"),
		{Kind: Library, Importer: "/b", Name: "x"},
		{Kind: Library, Importer: "/b", Name: "y"},
	}))
	want := []string{"/a needs symbol one", "/b needs 4 symbols: one, two, three, …", "/b needs x", "/b needs y"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
