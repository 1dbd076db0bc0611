//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestImagesFromTwoRoots builds each run image for both architectures, and again as on another machine: in another home with an
// empty cache, another umask, time zone and language. The indexes have the same digests, and the images of both architectures are
// complete.
func TestImagesFromTwoRoots(t *testing.T) {
	g := NewWithT(t)
	sources, dir := debianSources(t), t.TempDir()
	build := func(name string, as ...string) map[string]string {
		out := filepath.Join(dir, name)
		args := append(as, "whittle", "image", "build", "debian-13/static", "debian-13/base", "debian-13/cc", "--arch", "amd64,arm64",
			"--sources", sources, "--output", "oci:"+out)
		command(t, args[0], args[1:]...)
		digests := map[string]string{}
		entries, err := os.ReadDir(out)
		g.Expect(err).NotTo(HaveOccurred())
		for _, e := range entries {
			_, digest := onlyEntry(t, filepath.Join(out, e.Name()))
			digests[e.Name()] = digest.String()
		}
		g.Expect(digests).To(HaveLen(3))
		return digests
	}
	here := build("here", "env")
	there := build("there", "sh", "-c", `umask 077; exec "$@"`, "-", "env", "-i", "PATH="+os.Getenv("PATH"), "HOME="+filepath.Join(dir, "home"),
		"TMPDIR="+dir, "TZ=Pacific/Apia", "LC_ALL=tr_TR.UTF-8")
	g.Expect(there).To(Equal(here))
	for name := range here {
		for _, arch := range []string{"amd64", "arm64"} {
			g.Expect(command(t, "whittle", "verify", "--arch", arch, "oci:"+filepath.Join(dir, "there", name))).To(ContainSubstring("complete"), name+" "+arch)
		}
	}
}
