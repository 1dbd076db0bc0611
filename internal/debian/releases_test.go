package debian

import (
	"testing"
)

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
		if got := WhoHas(version); got != want {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
}
