//go:build integration

package integration

import (
	"testing"

	. "github.com/onsi/gomega"
)

// TestDefinitionsMatchTheArchive holds every slice that whittle brings against the packages of today's archive: each path
// and glob has content, and each slice alone is complete.
func TestDefinitionsMatchTheArchive(t *testing.T) {
	for _, release := range []string{"debian-12", "debian-13"} {
		sources := sourcesOf(t, release)
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
