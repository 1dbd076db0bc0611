package debian

import "fmt"

// glibcOf are the minor versions of glibc 2 in distributions, by the ID and VERSION_ID of os-release. Zero is none.
var glibcOf = map[string]int{
	"debian 11": 31, "debian 12": 36, "debian 13": 41,
	"ubuntu 20.04": 31, "ubuntu 22.04": 35, "ubuntu 24.04": 39,
	"alpine": 0, // musl
}

// Glibc returns the minor version of glibc 2 in a distribution, 0 for a distribution whose C library is another; ok is false
// where that is not known. Version may be more exact than the release: 22.04.3, 3.20.1.
func Glibc(distro, version string) (minor int, ok bool) {
	for _, name := range []string{distro + " " + version, distro} {
		if minor, ok = glibcOf[name]; ok {
			return minor, true
		}
	}
	return 0, false
}

// GlibcVersions are the names of the symbol versions that glibc 2.minor defines: all that may be, of every library and
// architecture.
func GlibcVersions(minor int) []string {
	all := []string{"GLIBC_PRIVATE", "GLIBC_2.2.5", "GLIBC_2.2.6", "GLIBC_2.3.2", "GLIBC_2.3.3", "GLIBC_2.3.4"}
	for i := range minor + 1 {
		all = append(all, fmt.Sprintf("GLIBC_2.%d", i))
	}
	if minor >= 36 {
		all = append(all, "GLIBC_ABI_DT_RELR")
	}
	return all
}
