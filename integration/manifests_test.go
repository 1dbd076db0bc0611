//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestKpackTakesTheManifests has kpack's own types and its webhook's checks judge what docs/kpack has, and refuse mistakes.
func TestKpackTakesTheManifests(t *testing.T) {
	g := NewWithT(t)
	out := command(t, "kpack", "check", "../docs/kpack/cluster.yaml", "../docs/kpack/app.yaml")
	for _, want := range []string{
		"ClusterLifecycle whittle", "ClusterBuildpack whittle", "ClusterStack whittle-debian-13-base", "ClusterBuilder whittle-debian-13-base",
		"ClusterStack whittle-debian-13-static", "ClusterBuilder whittle-debian-13-static", "Image web", "ServiceAccount web", "Secret ca",
	} {
		g.Expect(out).To(ContainSubstring(want + "\n"))
	}
	for mistake, right := range map[string]string{
		"request: 1Gi":      "size: 1Gi",
		"kind: Builders":    "kind: ClusterBuilder",
		"tag: a/b@sha256:0": "tag: registry.example.com/team/web",
		"revison: main":     "revision: main",
	} {
		text, err := os.ReadFile("../docs/kpack/app.yaml")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(text)).To(ContainSubstring(right))
		file := filepath.Join(t.TempDir(), "app.yaml")
		write(t, file, strings.ReplaceAll(string(text), right, mistake))
		out, err := attempt(t, "kpack", "check", file)
		g.Expect(err).To(HaveOccurred(), mistake)
		g.Expect(out).To(ContainSubstring("cannot use manifest 4 of"), mistake)
	}
}
