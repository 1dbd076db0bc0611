package debian

import (
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/deb"
)

// releases are the newest version names of the C and C++ runtime in Debian's releases, the newest release first, as
// readelf -V shows them. GLIBC_x.y is by definition what came with glibc x.y; GCC's names have numbers of their own.
var releases = []struct {
	name, glibc, gcc string
	newest           map[string]string // by the name's prefix
}{
	{"Debian 13", "libc6 2.41", "GCC 14.2", map[string]string{"GLIBC": "2.41", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0"}},
	{"Debian 12", "libc6 2.36", "GCC 12.2", map[string]string{"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0"}},
}

// WhoHas says in a clause which of Debian's releases have a symbol version of the C or C++ runtime, such as GLIBC_2.38: "Debian
// 13 (libc6 2.41) has it, Debian 12 (libc6 2.36) has not"; empty for other names.
func WhoHas(version string) string {
	prefix, number, _ := strings.Cut(version, "_")
	if number == "" || number[0] < '0' || number[0] > '9' {
		return "" // GLIBC_PRIVATE is the same glibc's or nobody's
	}
	var has, hasNot []string
	for _, r := range releases {
		newest, known := r.newest[prefix]
		if !known {
			return ""
		}
		runtime := r.gcc
		if prefix == "GLIBC" {
			runtime = r.glibc
		}
		name := fmt.Sprintf("%s (%s)", r.name, runtime)
		if deb.CompareVersions(number, newest) > 0 {
			hasNot = append(hasNot, name)
		} else {
			has = append(has, name)
		}
	}
	switch {
	case len(has) == 0:
		return "it is newer than what " + hasNot[0] + " has"
	case len(hasNot) == 0:
		return "every release from " + has[len(has)-1] + " on has it"
	}
	return has[len(has)-1] + " has it, " + hasNot[0] + " has not"
}
