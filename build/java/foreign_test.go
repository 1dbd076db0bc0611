package java

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/slicertest"
)

// nativeOf is a library for a processor that needs another one, for a system where a note says so.
func nativeOf(machine elf.Machine, words ...string) string {
	e := slicertest.ELFOf(words...)
	e.Machine = machine
	return string(e.Bytes())
}

// TestNativesOfOthersAreLeftOut stages an archive with native libraries of many systems.
func TestNativesOfOthersAreLeftOut(t *testing.T) {
	files := map[string]string{
		"a/Windows/x86_64/a.dll": "MZ", "a/Mac/x86_64/liba.dylib": "x", "a/Mac/liba.jnilib": "x",
		"a/Linux/x86_64/liba.so": nativeOf(elf.EM_X86_64, "needs=libc.so.6"), "a/Linux/aarch64/liba.so": nativeOf(elf.EM_AARCH64, "needs=libc.so.6"),
		"a/FreeBSD/x86_64/liba.so": nativeOf(elf.EM_X86_64, "system=FreeBSD"), "a/Linux-Musl/x86_64/liba.so": nativeOf(elf.EM_X86_64, "needs=libc.musl-x86_64.so.1"),
		"a/sunos-amd64/liba.so": nativeOf(elf.EM_X86_64), "a/solaris.d/liba.txt": "x", "a/solarisation/liba.so": nativeOf(elf.EM_X86_64, "needs=libc.so.6"),
		"a/short.so": "x", "a/text.so": strings.Repeat("no library ", 9), "a/B.class": classOf("a/B"), "tool.exe": "MZ",
	}
	all := "a/B.class a/FreeBSD/x86_64/liba.so a/Linux-Musl/x86_64/liba.so a/Linux/aarch64/liba.so a/Linux/x86_64/liba.so a/Mac/liba.jnilib a/Mac/x86_64/liba.dylib a/Windows/x86_64/a.dll a/short.so a/solaris.d/liba.txt a/solarisation/liba.so a/sunos-amd64/liba.so a/text.so tool.exe"
	for _, row := range []struct{ name, arch, setting, signature, want string }{
		{"amd64", "amd64", "", "", "a/B.class a/Linux/x86_64/liba.so a/short.so a/solaris.d/liba.txt a/solarisation/liba.so a/text.so tool.exe"},
		{"arm64", "arm64", "", "", "a/B.class a/Linux/aarch64/liba.so a/short.so a/solaris.d/liba.txt a/text.so tool.exe"},
		{"all that are asked for", "amd64", "true", "", all},
		{"a signed archive", "amd64", "", "META-INF/ACME.SF", "META-INF/ACME.SF " + all},
	} {
		t.Run(row.name, func(t *testing.T) {
			inside := maps.Clone(files)
			if row.signature != "" {
				inside[row.signature] = "x"
			}
			r := newTools(t, map[string]string{
				"app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main", "Class-Path: a.jar")}), "a.jar": zipOf(t, inside),
			})
			r.site.Arch, r.site.Env["BP_JVM_FOREIGN_NATIVES"], r.site.Env["BP_EXECUTABLE_JAR_LOCATION"] = row.arch, row.setting, "app.jar"
			if _, err := compile(t.Context(), r.site); err != nil {
				t.Fatal(err)
			}
			jars := layersOf(t, r.site) + "/jars"
			var names []string
			for _, f := range archiveIn(t, jars, "a.jar").File {
				names = append(names, f.Name)
				if text, err := readEntry(f, maxText); err != nil || string(text) != inside[f.Name] {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
			if diff := cmp.Diff(row.want, strings.Join(names, " ")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"a.jar"}, languagetest.Names(t, jars)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFoldersOfArchivesMayBeCompressed: snappy-java's archive has folders with two bytes of compressed nothing.
func TestFoldersOfArchivesMayBeCompressed(t *testing.T) {
	var from, to bytes.Buffer
	w := zip.NewWriter(&from)
	h := &zip.FileHeader{Name: "org_", Method: zip.Deflate, CompressedSize64: 2}
	raw, err := w.CreateRaw(h)
	if err == nil {
		_, err = raw.Write([]byte{3, 0})
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	made := bytes.ReplaceAll(from.Bytes(), []byte("org_"), []byte("org/")) // the library writes no such folder
	z, err := zip.NewReader(bytes.NewReader(made), int64(len(made)))
	if err != nil {
		t.Fatal(err)
	}
	w = zip.NewWriter(&to)
	if err := errors.Join(copyEntry(w, z.File[0], "org/"), w.Close()); err != nil {
		t.Fatal(err)
	}
	if z, err = zip.NewReader(bytes.NewReader(to.Bytes()), int64(to.Len())); err != nil || len(z.File) != 1 || z.File[0].Name != "org/" {
		t.Errorf("got %v, %v", z, err)
	}
}
