//go:build integration

package integration

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestDefinitionsMatchTheArchive holds every slice that whittle brings against the packages of today's archive: each path
// and glob has content, and each slice alone is complete.
func TestDefinitionsMatchTheArchive(t *testing.T) {
	for release, suite := range map[string]string{"debian-12": "bookworm", "debian-13": "trixie"} {
		sources := sourcesOf(t, suite)
		for _, arch := range []string{"amd64", "arm64"} {
			t.Run(release+" "+arch, func(t *testing.T) {
				g := NewWithT(t)
				out, err := attempt(t, "whittle", "definitions", "check", "-q", "--archive", "--sources", sources, "--arch", arch, release)
				g.Expect(err).NotTo(HaveOccurred(), out)
				g.Expect(out).To(MatchRegexp(`^%s: \d+ packages, \d+ slices, no faults\n$`, release))
			})
		}
	}
}
