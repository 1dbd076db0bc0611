package debian

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// glibc matches the names before ".so" of the libraries of package libc6.
var glibc = regexp.MustCompile(`^(ld-linux.*|ld64|lib(BrokenLocale|anl|c|dl|m|mvec|nsl|nss_(compat|dns|files|hesiod)|pthread|resolv|rt|thread_db|util))$`)

// PackagesOfSoname guesses the names of packages from a soname, by Policy 8.1: libgmp.so.10 is in libgmp10, libssl.so.3 in
// libssl3t64. The C library's own are all in one package, which no rule tells. Nil where the name has no version.
func PackagesOfSoname(soname string) []string {
	stem, version, ok := strings.Cut(soname, ".so.")
	if !ok {
		return nil
	}
	if glibc.MatchString(stem) {
		return []string{"libc6"}
	}
	stem = strings.ToLower(strings.ReplaceAll(stem, "_", "-"))
	if stem != "" && stem[len(stem)-1] >= '0' && stem[len(stem)-1] <= '9' {
		stem += "-"
	}
	return []string{stem + version, stem + version + "t64", stem + "-" + version, stem + "-" + version + "t64"}
}

// LibraryDirs are the directories in which the loader finds libraries by name without a cache.
func LibraryDirs(triplet string) []string {
	return []string{"usr/lib/" + triplet, "usr/lib", "usr/lib64"}
}

// IsLibraryName tells whether the base name is that of a shared library or the loader, as ldconfig decides.
func IsLibraryName(base string) bool {
	return (strings.HasPrefix(base, "lib") || strings.HasPrefix(base, "ld-")) &&
		(strings.HasSuffix(base, ".so") || strings.Contains(base, ".so."))
}

// IsStaticLibrary tells whether a path is that of a static library, or of libtool's text about one, in a directory that linkers
// search for everyone. Elsewhere a compiler has its own, without which it makes no program.
func IsStaticLibrary(at, triplet string) bool {
	dir, base := path.Split(at)
	return slices.Contains(LibraryDirs(triplet), strings.TrimSuffix(dir, "/")) &&
		strings.HasPrefix(base, "lib") && (strings.HasSuffix(base, ".a") || strings.HasSuffix(base, ".la"))
}

// libcSonames are the libraries of glibc that programs link to or open by name.
var libcSonames = []string{
	"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "libutil.so.1",
	"libanl.so.1", "libnsl.so.1", "libBrokenLocale.so.1", "libthread_db.so.1", "libc_malloc_debug.so.0",
}

// IsLibc tells whether a library belongs to glibc. It is never cut into a layer: the loader's path is absolute, and
// libc must match the loader. libmvec is of glibc too, but needs nothing that is private to it.
func IsLibc(soname string) bool {
	return slices.Contains(libcSonames, soname) || strings.HasPrefix(soname, "ld-linux") || strings.HasPrefix(soname, "libnss_")
}

// LibcSoname is the soname of glibc's library of a stem, libdl.so.2 for libdl; ok is false where glibc has none.
func LibcSoname(stem string) (soname string, ok bool) {
	at := slices.IndexFunc(libcSonames, func(name string) bool { return strings.HasPrefix(name, stem+".so.") })
	if at < 0 {
		return "", false
	}
	return libcSonames[at], true
}

// LooksLikeLibrary tells by its name alone whether a package holds a shared library of one version (Policy 8.1):
// libgmp10, libssl3t64, libgcc-s1.
func LooksLikeLibrary(name string) bool {
	stem := strings.TrimSuffix(name, "t64")
	return strings.HasPrefix(stem, "lib") && stem[len(stem)-1] >= '0' && stem[len(stem)-1] <= '9'
}
