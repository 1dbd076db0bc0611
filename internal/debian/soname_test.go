package debian

import (
	"slices"
	"testing"
)

// TestPackagesOfSoname looks for libraries without the archive's list of files: its own rule, and glibc's exception.
func TestPackagesOfSoname(t *testing.T) {
	for soname, want := range map[string]string{
		"libgmp.so.10": "libgmp10", "libssl.so.3": "libssl3t64", "libgcc_s.so.1": "libgcc-s1", "libstdc++.so.6": "libstdc++6",
		"libjpeg.so.62": "libjpeg62", "libicu72x.so.1": "libicu72x1",
		"ld-linux-x86-64.so.2": "libc6", "ld-linux-aarch64.so.1": "libc6", "libm.so.6": "libc6", "libc.so.6": "libc6",
		"libpthread.so.0": "libc6", "libnss_files.so.2": "libc6",
	} {
		if got := PackagesOfSoname(soname); !slices.Contains(got, want) {
			t.Errorf("%s: got %v, want %s among them", soname, got, want)
		}
	}
	for _, other := range []string{"libmagic.so.1", "libcurl.so.4", "libnss_systemd.so.2"} {
		if slices.Contains(PackagesOfSoname(other), "libc6") {
			t.Errorf("%s is none of glibc's", other)
		}
	}
}
