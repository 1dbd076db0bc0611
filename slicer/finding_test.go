package slicer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/debian"
)

func TestFindingsReadAsSentences(t *testing.T) {
	for want, f := range map[string]Finding{
		"/app/x needs libfoo.so.1 (not found); package libfoo1 has it":             {Kind: MissingLibrary, Importer: "/app/x", Name: "libfoo.so.1", Reason: "not found", Package: "libfoo1"},
		"/app/x needs the loader /lib64/ld-linux-x86-64.so.2 (not found)":          {Kind: MissingInterpreter, Importer: "/app/x", Name: "/lib64/ld-linux-x86-64.so.2", Reason: "not found"},
		"/usr/bin/tool needs the interpreter /bin/bash":                            {Kind: MissingInterpreter, Importer: "/usr/bin/tool", Name: "/bin/bash"},
		"/app/x needs version GLIBC_2.38 of /lib/libc.so.6; Debian 13 has it":      {Kind: MissingVersion, Importer: "/app/x", Name: "libc.so.6", Version: "GLIBC_2.38", Provider: "/lib/libc.so.6", Has: "Debian 13 has it"},
		"/app/x needs symbol arc4random of version GLIBC_2.36 from /lib/libc.so.6": {Kind: MissingSymbol, Importer: "/app/x", Name: "arc4random", Version: "GLIBC_2.36", Provider: "/lib/libc.so.6"},
		"/usr/bin/view leads to vim, which is not there":                           {Kind: DanglingLink, Importer: "/usr/bin/view", Name: "vim"},
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestGroupedPutsTheSymbolsOfOneFileIntoOneLine(t *testing.T) {
	symbol := func(importer, name string) Finding {
		return Finding{Kind: MissingSymbol, Importer: importer, Name: name}
	}
	got := Grouped([]Finding{
		symbol("/a", "one"), symbol("/b", "one"), symbol("/b", "two"), symbol("/b", "three"), symbol("/b", "four"),
		{Kind: MissingLibrary, Importer: "/b", Name: "x"},
		{Kind: MissingLibrary, Importer: "/b", Name: "y"},
	})
	want := []string{"/a needs symbol one", "/b needs 4 symbols: one, two, three, …", "/b needs x", "/b needs y"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNotesReadAsSentences(t *testing.T) {
	for want, n := range map[string]Note{
		"/m/a.so uses 1 symbol (x) of /m/b.so, which its program must have loaded before": {
			Importer: "/m/a.so", Symbols: []string{"x"}, Provider: "/m/b.so",
		},
		"/lib/libthread_db.so.1 is a module for a debugger: it uses 4 symbols (a, b, c, …) of it, and no such program is here": {
			Importer: "/lib/libthread_db.so.1", Symbols: []string{"a", "b", "c", "d"}, Program: "a debugger",
		},
	} {
		if got := n.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDebianHas(t *testing.T) {
	for version, want := range map[string]string{
		"GLIBC_2.38":     "Debian 13 (libc6 2.41) has it, Debian 12 (libc6 2.36) has not",
		"GLIBC_2.2.5":    "every release from Debian 12 (libc6 2.36) on has it",
		"GLIBC_2.99":     "it is newer than what Debian 13 (libc6 2.41) has",
		"GLIBCXX_3.4.32": "Debian 13 (GCC 14.2) has it, Debian 12 (GCC 12.2) has not",
		"CXXABI_1.3.14":  "Debian 13 (GCC 14.2) has it, Debian 12 (GCC 12.2) has not",
		"GLIBC_PRIVATE":  "",
		"OPENSSL_3.3.0":  "",
		"":               "",
	} {
		if got := debian.WhoHas(version); got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}

func TestSinceVersion(t *testing.T) {
	const text = `# a comment
libfoo.so.1 libfoo1 #MINVER#
| libfoo1 (>= 2), libfoo1 (<< 3)
* Build-Depends-Package: libfoo-dev
 FOO_1@FOO_1 1.0
 FOO_2@FOO_2 2.0~rc1
 foo_new@FOO_2 2.1
 foo_old@FOO_3 3.2-1
 foo_older@FOO_3 3.1-2 1
 plain@Base 0.9
libbar.so.1 libbar1 #MINVER#
 FOO_9@FOO_9 9
`
	for _, c := range []struct{ soname, version, want string }{
		{"libfoo.so.1", "FOO_2", "2.0~rc1"},
		{"libfoo.so.1", "FOO_3", "3.1-2"}, // has no line of its own: its oldest symbol counts
		{"libfoo.so.1", "foo_new", "2.1"},
		{"libfoo.so.1", "plain", "0.9"},
		{"libfoo.so.1", "FOO_9", ""},
		{"libbar.so.1", "FOO_9", "9"},
		{"libbar.so.1", "FOO_1", ""},
	} {
		if got := sinceVersion(text, c.soname, c.version); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.version, c.soname, got, c.want)
		}
	}
}
