package closure

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
)

// LibraryLiterals answers the libraries that a script opens by a literal name,
// sorted:
//
//	Python  CDLL("libx.so.1"), PyDLL(...), ctypes.CDLL(name="libx.so.1"),
//	        cdll.LoadLibrary("libx.so.1"), ffi.dlopen("libx.so.1"),
//	        find_library("x"), as "libx.so.*": no literal says which version
//	Ruby    ffi_lib "libx.so.1", ffi_lib ["libx.so.1"], dlload "libx.so.1",
//	        Fiddle.dlopen("libx.so.1")
//	Node.js koffi.load("libx.so.1"), ffi.Library("libx.so.1")
//
// It is a heuristic over the text, so it sees calls that never run, and does not
// see names that are put together or kept in a variable. Only the first argument
// counts, on one line or the next, and only names with ".so" in them; names of
// other systems (.dll, .dylib) are passed over, and so are lines that are comments.
func LibraryLiterals(script []byte) []string {
	// Most files open nothing, and this is far cheaper than the expressions.
	if !slices.ContainsFunc(loaders(), func(word string) bool { return bytes.Contains(script, []byte(word)) }) {
		return nil
	}
	var names []string
	source := withoutComments(script)
	for _, match := range loadCall.FindAllSubmatch(source, -1) {
		name := string(match[1]) + string(match[2])
		if strings.Contains(name, ".so") && !strings.HasSuffix(name, ".dll") && !strings.HasSuffix(name, ".dylib") {
			names = append(names, name)
		}
	}
	for _, match := range findCall.FindAllSubmatch(source, -1) {
		names = append(names, "lib"+string(match[1])+string(match[2])+".so.*")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// loaders are the words that one of the expressions begins with.
func loaders() []string {
	return []string{"CDLL", "PyDLL", "LoadLibrary", "dlopen", "find_library", "ffi_lib", "dlload", ".Library", "koffi"}
}

// literal matches a plain string in either kind of quotes. Prefixed ones are
// left out, but for r and u: an f-string is not a literal.
const literal = `\s*\[?\s*[ru]?(?:"([\w.+/-]+)"|'([\w.+/-]+)')`

var (
	loadCall = regexp.MustCompile(`(?:\b(?:CDLL|PyDLL|LoadLibrary|dlopen|koffi\.load)\(|\.Library\(|\b(?:ffi_lib|dlload)[ (])\s*(?:name\s*=)?` + literal)
	findCall = regexp.MustCompile(`\bfind_library\(\s*(?:name\s*=)?` + literal)
)

// withoutComments drops lines that begin with '#' or "//". A comment after code
// stays: it may stand in a string, and a literal behind it does little harm.
func withoutComments(script []byte) []byte {
	var out []byte
	for line := range bytes.Lines(script) {
		text := bytes.TrimLeft(line, " \t")
		if !bytes.HasPrefix(text, []byte("#")) && !bytes.HasPrefix(text, []byte("//")) {
			out = append(out, line...)
		}
	}
	return out
}

// MaxScript bounds how much of a script is read for names of libraries, in bytes.
const MaxScript = 1 << 20

// scriptEndings are those of scripts whose ways to open libraries are known.
var scriptEndings = []string{".py", ".rb", ".js", ".cjs", ".mjs"}

// OpensLibraries tells by its name whether a file is a script that may open libraries by name. A program's name does not tell.
func OpensLibraries(name string) bool { return slices.Contains(scriptEndings, path.Ext(name)) }

// LibraryNames are the libraries that a script opens by name, as LibraryLiterals has them in its first MaxScript bytes. A library of
// glibc has one version only, so that its name is whole whichever way a script says it.
func LibraryNames(text []byte) []string {
	names := LibraryLiterals(text[:min(len(text), MaxScript)])
	for i, name := range names {
		stem, _, _ := strings.Cut(name, ".so")
		if soname, ok := debian.LibcSoname(stem); ok && strings.HasSuffix(name, ".so.*") {
			names[i] = soname
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
