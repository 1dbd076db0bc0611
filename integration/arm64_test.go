//go:build integration

package integration

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"

	"whittle.dev/whittle/image"
)

// emulator answers the path of a static emulator of arm64 programs.
func emulator(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"qemu-aarch64-static", "qemu-aarch64"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if out, _ := attempt(t, "ldd", path); strings.Contains(out, "not a dynamic executable") || strings.Contains(out, "statically linked") {
			return path
		}
	}
	t.Skip("there is no static emulator of arm64: apt-get install qemu-user-static")
	return ""
}

// TestARM64RootRuns cuts curl and ldconfig for arm64, and runs them in a chroot of only the cut, under an emulator: curl
// answers, and its loader found every library in the cache that whittle wrote, which ldconfig reads as it is meant.
func TestARM64RootRuns(t *testing.T) {
	g := NewWithT(t)
	qemu := emulator(t)
	root := filepath.Join(t.TempDir(), "root")
	command(t, "whittle", "cut", "--arch", "arm64", "--sources", debianSources(t), "--root", root, "curl", "libc-bin_bins")
	g.Expect(command(t, "whittle", "verify", root)).To(ContainSubstring("complete"))
	command(t, "cp", qemu, filepath.Join(root, "emulator"))

	g.Expect(emulated(t, root, "", "/usr/bin/curl", "--version")).To(MatchRegexp(`^curl [0-9.]+ \(aarch64-`))

	said := emulated(t, root, "LD_DEBUG=libs", "/usr/bin/curl", "--version")
	g.Expect(said).To(ContainSubstring("search cache=/etc/ld.so.cache"))
	g.Expect(said).NotTo(ContainSubstring("(system search path)"), "a library is not in the cache")

	listed := 0
	for line := range strings.Lines(emulated(t, root, "", "/usr/sbin/ldconfig", "-p")) {
		_, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok {
			continue
		}
		listed++
		g.Expect(line).To(ContainSubstring("(libc6,AArch64"))
		_, err := os.Stat(filepath.Join(root, path))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(listed).To(BeNumerically(">", 30))
}

// TestARM64BehindDoors cuts curl onto the base run image for arm64 and lays both out: its loader finds in the cache what is in
// the layers, and the C library at its own place in the run image.
func TestARM64BehindDoors(t *testing.T) {
	g := NewWithT(t)
	qemu := emulator(t)
	dir, sources := t.TempDir(), debianSources(t)
	root, layers, floor := filepath.Join(dir, "root"), filepath.Join(dir, "layers"), filepath.Join(dir, "floor.json")
	command(t, "whittle", "image", "build", "debian-13/base", "--arch", "arm64", "--sources", sources, "--output", "oci:"+filepath.Join(dir, "run"), "--floor", floor)
	run, err := image.Places{Arch: "arm64"}.Open(t.Context(), "oci:"+filepath.Join(dir, "run"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(errors.Join(os.CopyFS(root, run.FS), run.Close())).To(Succeed())
	command(t, "whittle", "cut", "--arch", "arm64", "--sources", sources, "--floor", floor, "--root", layers, "curl")
	command(t, "cp", "-a", layers+"/.", root)
	command(t, "cp", qemu, filepath.Join(root, "emulator"))

	said := emulated(t, root, "LD_DEBUG=libs", "/usr/bin/curl", "--version")
	g.Expect(said).To(MatchRegexp(`(?m)^curl [0-9.]+ \(aarch64-`))
	g.Expect(said).To(MatchRegexp(`search cache=/etc/ld.so.cache\n.*trying file=/layers/whittle_whittle/[a-z]+/usr/lib/aarch64-linux-gnu/libcurl.so.4`))
}

// emulated runs an arm64 program in a chroot that has the emulator, with nothing but a variable in its environment, if any.
func emulated(t *testing.T, root, variable string, args ...string) string {
	t.Helper()
	cmd := exec.Command("/emulator", args...)
	cmd.Env, cmd.Dir = []string{}, "/"
	if variable != "" {
		cmd.Env = []string{variable}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	return string(out)
}
