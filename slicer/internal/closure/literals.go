package closure

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// LibraryLiterals answers the libraries that Python source opens by a literal
// name through ctypes or cffi, sorted:
//
//	CDLL("libx.so.1"), PyDLL(...), ctypes.CDLL(name="libx.so.1")
//	cdll.LoadLibrary("libx.so.1"), pydll.LoadLibrary(...)
//	ffi.dlopen("libx.so.1"), with any name for ffi
//	find_library("x"), as "libx.so.*": no literal says which version
//
// It is a heuristic over the text, so it sees calls that never run, and does not
// see names that are put together or kept in a variable. Only the first argument
// counts, on one line or the next, and only names with ".so" in them; names of
// other systems (.dll, .dylib) are dropped, and so are lines that are comments.
func LibraryLiterals(python []byte) []string {
	// Most files open nothing, and this is far cheaper than the expressions.
	if !slices.ContainsFunc(loaders(), func(word string) bool { return bytes.Contains(python, []byte(word)) }) {
		return nil
	}
	var names []string
	source := withoutComments(python)
	for _, match := range loadCall().FindAllSubmatch(source, -1) {
		name := string(match[1]) + string(match[2])
		if strings.Contains(name, ".so") && !strings.HasSuffix(name, ".dll") && !strings.HasSuffix(name, ".dylib") {
			names = append(names, name)
		}
	}
	for _, match := range findCall().FindAllSubmatch(source, -1) {
		names = append(names, "lib"+string(match[1])+string(match[2])+".so.*")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// loaders are the words that one of the expressions begins with.
func loaders() []string {
	return []string{"CDLL", "PyDLL", "LoadLibrary", "dlopen", "find_library"}
}

// literal matches a plain string in either kind of quotes. Prefixed ones are
// left out, but for r and u: an f-string is not a literal.
const literal = `\s*[ru]?(?:"([\w.+/-]+)"|'([\w.+/-]+)')`

func loadCall() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:CDLL|PyDLL|LoadLibrary|dlopen)\(\s*(?:name\s*=)?` + literal)
}

func findCall() *regexp.Regexp {
	return regexp.MustCompile(`\bfind_library\(\s*(?:name\s*=)?` + literal)
}

// withoutComments drops lines that begin with '#'. A '#' after code stays: it
// may stand in a string, and a literal behind it does little harm.
func withoutComments(python []byte) []byte {
	var out []byte
	for line := range bytes.Lines(python) {
		if !bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) {
			out = append(out, line...)
		}
	}
	return out
}
