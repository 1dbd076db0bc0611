package closure

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

func texts(t *testing.T, e slicertest.ELF) *Object {
	t.Helper()
	b := e.Bytes()
	o, err := Read(bytes.NewReader(b), int64(len(b)), WithStrings)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOpens reads the libraries that a file opens by name from its strings: whole ones, and none that it needs anyway.
func TestOpens(t *testing.T) {
	for text, want := range map[string]string{
		"libsoftokn3.so": "libsoftokn3.so", "libpcsclite_real.so.1": "libpcsclite_real.so.1",
		"/usr/lib/x86_64-linux-gnu/libx.so.2.3": "/usr/lib/x86_64-linux-gnu/libx.so.2.3",
		"lib%s.so":                              "", "cannot open libx.so.1": "", "libx.so.1: no version information": "", "libx.so.d": "",
		"libown.so.1": "", "libneeded.so.1": "", ".so": "", "relative/libx.so": "",
		strings.Repeat("x", 2*maxText) + "libx.so": "",
	} {
		e := slicertest.ELF{Soname: "libown.so.1", Needed: []string{"libneeded.so.1"}, Strings: []string{"before", text, "after"}}
		if got := strings.Join(texts(t, e).Opens, " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestOpensAcrossWindows reads a name that lies where one part of the search ends and the next begins.
func TestOpensAcrossWindows(t *testing.T) {
	for shift := range 3 * maxText {
		if shift%311 != 0 {
			continue
		}
		e := slicertest.ELF{Strings: []string{strings.Repeat("x", scanWindow-2*maxText+shift), "libmodule.so", strings.Repeat("y", scanWindow)}}
		if got := texts(t, e).Opens; !slices.Equal(got, []string{"libmodule.so"}) {
			t.Fatalf("shifted by %d: got %v", shift, got)
		}
	}
}

// TestStarts reads the programs that a file starts: only of a file that imports a function for it.
func TestStarts(t *testing.T) {
	everything := []string{"gzip", "ungzip", "sort", "mkdir", "/bin/sh", "/usr/bin/env", "/usr/bin/python3", "tar xf %s", "sort the list", "sort -u %s | head -n 1"}
	for name, c := range map[string]struct {
		imports, defines, strings []string
		want                      []string
		shell                     bool
	}{
		"nothing imported":  {strings: everything},
		"exported only":     {defines: []string{"system", "execvp"}, strings: everything},
		"exec":              {imports: []string{"execvp@GLIBC_2.2.5:libc.so.6"}, strings: everything, want: []string{"env", "gzip", "head", "sh", "sort", "tar"}},
		"popen":             {imports: []string{"popen"}, shell: true},
		"system of a name":  {imports: []string{"system"}, strings: []string{"gzip"}, want: []string{"gzip"}, shell: true},
		"spawn of one name": {imports: []string{"posix_spawnp"}, strings: []string{"xargs", "time", "chmod"}, want: []string{"xargs"}},
	} {
		o := texts(t, slicertest.ELF{Undefined: c.imports, Define: c.defines, Strings: c.strings})
		if diff := cmp.Diff(c.want, o.Starts); diff != "" || o.Shell != c.shell {
			t.Errorf("%s: hands lines to a shell: %t; -want +got\n%s", name, o.Shell, diff)
		}
	}
}

// TestStartsOfMIPS counts the symbols of a file for MIPS as its own table says, which has no hash table: a package of a cross compiler
// could not be cut, because its relocations are of a form of MIPS's own.
func TestStartsOfMIPS(t *testing.T) {
	o := texts(t, slicertest.ELF{Machine: elf.EM_MIPS, Undefined: []string{"execvp"}, Strings: []string{"gzip"}})
	if diff := cmp.Diff([]string{"gzip"}, o.Starts); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
