//go:build integration

package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// scanners checks that whoever looks at the image sees the Debian packages in it, with the versions that dpkg's records
// in it have: pack's SBOMs, pack inspect, and Syft, which knows nothing of whittle.
func scanners(t *testing.T, image string) {
	g := NewWithT(t)
	want := map[string]string{}
	for path := range files(t, image) {
		if filepath.Base(filepath.Dir(path)) == "status.d" && !strings.HasSuffix(path, ".md5sums") {
			want[filepath.Base(path)] = recordedVersion(t, image, path)
		}
	}
	g.Expect(want).To(HaveKey("libgmp10"))
	g.Expect(want).To(HaveKey("libc6"))

	dir := t.TempDir()
	command(t, "pack", "sbom", "download", image, "-o", dir)
	for _, name := range []string{"sbom.cdx.json", "sbom.spdx.json", "sbom.syft.json"} {
		text, err := os.ReadFile(filepath.Join(dir, "layers/sbom/launch/whittle_whittle/libs", name))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(json.Valid(text)).To(BeTrue(), name)
		for _, pkg := range []string{"libgmp10", "libmpfr6", "libmpc3"} {
			g.Expect(string(text)).To(And(ContainSubstring(`"`+pkg+`"`), ContainSubstring(want[pkg])), name)
		}
	}
	g.Expect(command(t, "pack", "inspect", image)).To(ContainSubstring("whittle/whittle"))

	syft, err := exec.LookPath("syft")
	g.Expect(err).NotTo(HaveOccurred(), "scripts/integration.sh builds it")
	tarball := filepath.Join(dir, "image.tar")
	command(t, "docker", "save", "-o", tarball, image)
	var found struct {
		Artifacts []struct{ Name, Version, Type string }
	}
	out, err := exec.Command(syft, "-q", "-o", "json", "docker-archive:"+tarball).Output()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(json.Unmarshal(out, &found)).To(Succeed())
	got := map[string]string{}
	for _, a := range found.Artifacts {
		if a.Type == "deb" {
			got[a.Name] = a.Version
		}
	}
	g.Expect(got).To(Equal(want))
}

func recordedVersion(t *testing.T, image, path string) string {
	t.Helper()
	id := strings.TrimSpace(command(t, "docker", "create", image))
	defer exec.Command("docker", "rm", id).Run()
	out := command(t, "sh", "-c", "docker cp "+id+":"+path+" - | tar -xO")
	for line := range strings.Lines(out) {
		if v, ok := strings.CutPrefix(line, "Version: "); ok {
			return strings.TrimSpace(v)
		}
	}
	t.Fatalf("%s has no version", path)
	return ""
}
