package java

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// openers are the classes by which Java opens libraries of the system by name: JNA's, JNR's, and the JDK's own since 22 (JEP 454).
var openers = []string{"com/sun/jna/Native", "com/sun/jna/NativeLibrary", "jnr/ffi/LibraryLoader", "java/lang/foreign/SymbolLookup"}

// manyPlatforms begins the names of classes that wrap libraries of all systems for whoever wants one of them.
const manyPlatforms = "com/sun/jna/platform/"

var (
	libraryFile = regexp.MustCompile(`^lib[\w.+-]+\.so(?:\.\d[\d.]*)?$`)
	wholeName   = regexp.MustCompile(`\.so\.\d`)
	libraryWord = regexp.MustCompile(`^[A-Za-z][\w+-]+(?:\.\d+)*(?:-\d[\d.]*)?$`)
)

// libraries takes the libraries that a class opens by name, by its strings: "libgmp.so.10", the path of such a file, or "gmp".
func (s *scanner) libraries(c class, refers map[string]bool) {
	if strings.HasPrefix(c.Name, manyPlatforms) || !slices.ContainsFunc(openers, func(name string) bool { return refers[name] }) {
		return
	}
	for _, text := range c.Strings {
		name := path.Base(text)
		if !libraryFile.MatchString(name) {
			if !libraryWord.MatchString(text) {
				continue
			}
			name = "lib" + text + ".so"
		}
		o := language.Opened{Names: []string{name}, By: strings.ReplaceAll(c.Name, "/", ".") + " of " + s.from, Whole: s.isOwn(c) && wholeName.MatchString(name)}
		if path.IsAbs(text) {
			o.Path = text
		}
		s.Opens = append(s.Opens, o)
	}
}

// opened are the libraries that the app and its dependencies open by name and that no archive brings.
func opened(own, deps scan) []language.Opened {
	brought := slices.Concat(own.Bundled, deps.Bundled)
	return slices.DeleteFunc(slices.Concat(own.Opens, deps.Opens), func(o language.Opened) bool {
		stem, _, _ := strings.Cut(o.Names[0], ".so")
		return slices.Contains(brought, stem)
	})
}

// bundle takes note of a native library in an archive, by its name without ".so" and its version.
func (s *scanner) bundle(name string) {
	if stem, _, ok := strings.Cut(path.Base(name), ".so"); ok && libraryFile.MatchString(path.Base(name)) {
		s.Bundled = append(s.Bundled, stem)
	}
}
