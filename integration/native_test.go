//go:build integration

package integration

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// onlyNative checks what an image for C must not have.
func onlyNative(t *testing.T, image string) {
	t.Helper()
	g := NewWithT(t)
	onlyRuntime(t, image)
	for path := range files(t, image) {
		base := filepath.Base(path)
		g.Expect(base).NotTo(Or(Equal("CMakeLists.txt"), Equal("meson.build"), Equal("Makefile"), Equal("cmake"), Equal("make"), Equal("native-build")), path)
		g.Expect(path).NotTo(Or(HaveSuffix(".c"), HaveSuffix(".cpp"), HaveSuffix(".o"), HaveSuffix(".pc"), HaveSuffix(".cmake")), path)
	}
}

// runPaths are the RUNPATHs of a program of an image.
func runPaths(t *testing.T, image, program string) string {
	t.Helper()
	id := strings.TrimSpace(command(t, "docker", "create", image))
	defer exec.Command("docker", "rm", id).Run()
	copied := filepath.Join(t.TempDir(), "program")
	command(t, "docker", "cp", id+":"+program, copied)
	return command(t, "readelf", "--dynamic", "--wide", copied)
}

// TestC builds the sample: CMake asks for libcurl, whose headers come by that, and its closure comes into the image.
func TestC(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-c", dir: "../samples/c-curl", fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("CURL in CMakeLists.txt"))
	address := serve(t, p.name, "--user", "12345:0", "--env", "UPSTREAM=file:///workspace/page.txt")
	g.Expect(get(g, address, "/")).To(And(HavePrefix("Hello from C.\nlibcurl/8."), HaveSuffix("\nHello from C.\n")))
	onlyNative(t, p.name)
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(layers+"native/bin/server"), HaveKey(HaveSuffix("/libcurl.so.4")), HaveKey("/workspace/page.txt")))
	g.Expect(size(t, p.name)-all["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 26_800_000), "image beside the launcher")
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "libcurl.so.4")).To(ContainSubstring("native/bin/server"))

	before := layerDigests(t, p.name)
	p.fresh, p.offline = false, true
	log = command(t, "pack", p.args(t)...)
	g.Expect(log).To(ContainSubstring("nothing changed: the programs of the build before are used"))
	g.Expect(layerDigests(t, p.name)).To(Equal(before))
	for name := range before {
		g.Expect(log).To(ContainSubstring("Reusing layer 'whittle/whittle:" + name + "'"))
	}
}

// TestCMakeWithoutInstall takes the targets of a project that installs nothing, and the library of its own.
func TestCMakeWithoutInstall(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-c-cmake", dir: "testdata/native-cmake", fresh: true, offline: true}
	p.build(t)
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "-p", "127.0.0.1::8080", p.name)
	address, _, _ := strings.Cut(command(t, "docker", "port", id, "8080/tcp"), "\n")
	g.Expect(get(g, address, "/")).To(Equal("Hello from C++\n"))
	command(t, "docker", "stop", "-t", "60", id)
	g.Expect(command(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", id)).To(HavePrefix("0"), "SIGTERM reaches the program")
	onlyNative(t, p.name)
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(layers+"native/lib/libgreeting.so"), HaveKey(HaveSuffix("/libstdc++.so.6")), Not(HaveKey(layers+"native/bin/bench"))))
	g.Expect(runPaths(t, p.name, layers+"native/bin/shop")).To(ContainSubstring("[" + layers + "native/lib]"))
}

// TestMeson builds two programs and a library of their own, each found by name without the launcher.
func TestMeson(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-c-meson", dir: "testdata/native-meson", fresh: true}
	g.Expect(p.build(t)).To(MatchRegexp(`web: \S+/native/bin/web \(built by meson, default\)`))
	g.Expect(get(g, serve(t, p.name), "/")).To(HavePrefix("SQLite 3."))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "count", p.name)).To(HavePrefix("counted by SQLite 3."))
	onlyNative(t, p.name)
	g.Expect(runPaths(t, p.name, layers+"native/bin/web")).To(ContainSubstring("[" + layers + "native/lib]"))
}

// TestMake builds by a plain Makefile, whose server scales a picture by ffmpeg's library, and by one that autotools make: what they install
// is the image's.
func TestMake(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-c-make", dir: "testdata/native-make", fresh: true}
	g.Expect(p.build(t)).To(ContainSubstring("avutil in Makefile"))
	g.Expect(asks(t, p.name)).To(MatchRegexp(`^200 from libswscale \d+, words of hello\n$`))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", "tally", p.name)).To(Equal("tally\n"))
	onlyNative(t, p.name)
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "libswscale.so.8")).To(ContainSubstring("native/bin/hello"))

	p = pack{name: "it-c-autotools", dir: "testdata/native-autotools", fresh: true, offline: true}
	p.build(t)
	g.Expect(asks(t, p.name)).To(Equal("12 o'clock, round face\n"))
	onlyNative(t, p.name)
	g.Expect(files(t, p.name)).To(And(HaveKey(layers+"native/share/clock/face.txt"), HaveKey(layers+"native/lib/libtick.so.0")))
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
}
