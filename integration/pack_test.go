//go:build integration

package integration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

const (
	builder   = "whittle/builder:debian-13"
	runBase   = "whittle/run:debian-13-base"
	runStatic = "whittle/run:debian-13-static"
	layers    = "/layers/whittle_whittle/"
)

// command runs a program and returns what it printed; a failure ends the test with that.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := attempt(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// attempt runs a program that may fail.
func attempt(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// rebuild builds an unchanged app again without a network: the log says so, and every layer is reused and equal.
func (p pack) rebuild(t *testing.T, says string) {
	t.Helper()
	g := NewWithT(t)
	before := layerDigests(t, p.name)
	p.fresh, p.offline = false, true
	log := command(t, "pack", p.args(t)...)
	g.Expect(layerDigests(t, p.name)).To(Equal(before))
	g.Expect(log).To(ContainSubstring(says))
	for name := range before {
		g.Expect(log).To(ContainSubstring("Reusing layer 'whittle/whittle:" + name + "'"))
	}
}

// newContainer makes a container with docker's create or run, and returns its ID. It is removed when the test ends: the context
// of the test's commands is done by then.
func newContainer(t *testing.T, args ...string) string {
	t.Helper()
	id := strings.TrimSpace(command(t, "docker", args...))
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", id).Run() })
	return id
}

// removeImages removes images when the test ends.
func removeImages(t *testing.T, images ...string) {
	t.Cleanup(func() { _ = exec.Command("docker", append([]string{"rmi", "-f"}, images...)...).Run() })
}

// pack describes one build. Every build runs in surroundings that a careless user or a hostile app may have: variables
// that must not reach compilers and programs are set.
type pack struct {
	name, dir string
	run       string // run image; the builder's if empty
	builder   string // another than that of Debian 13
	env       []string
	volumes   []string
	fresh     bool // without the caches of an earlier build
	phases    bool // each phase of the lifecycle in a container of its own, as for a builder that is not trusted, and in kpack
	offline   bool
	// buildpacks are the group, in place of the builder's own order.
	buildpacks []string
}

func (p pack) args(t *testing.T) []string {
	t.Helper()
	with := cmp.Or(p.builder, builder)
	args := []string{
		"build", p.name, "--path", p.dir, "--builder", with, "--pull-policy", "never", "--no-color",
		"--volume", filepath.Join(bindings(t), "ca") + ":/platform/bindings/ca:ro",
		"--env", "PYTHONPATH=/invalid", "--env", "LD_LIBRARY_PATH=/invalid", "--env", "GIT_DIR=/invalid",
	}
	if p.phases {
		args = append(args, "--trust-builder=false", "--lifecycle-image", with)
	} else {
		args = append(args, "--trust-builder")
	}
	network := "host"
	if p.offline {
		network = "none"
	}
	args = append(args, "--network", network)
	if p.run != "" {
		args = append(args, "--run-image", p.run)
	}
	for _, kind := range []string{"build", "launch"} {
		args = append(args, "--cache", fmt.Sprintf("type=%s;format=volume;name=%s", kind, p.volume(kind)))
	}
	if p.fresh {
		args = append(args, "--clear-cache")
	}
	if len(p.buildpacks) > 0 {
		args = append(args, "--trust-extra-buildpacks")
	}
	for _, b := range p.buildpacks {
		args = append(args, "--buildpack", b)
	}
	for _, e := range p.env {
		args = append(args, "--env", e)
	}
	for _, v := range p.volumes {
		args = append(args, "--volume", v)
	}
	return args
}

// volumePrefix begins the names of the daemon's volumes that tests make. scripts/integration.sh gives each run one of its own, and removes
// what a test that was killed left.
func volumePrefix() string { return cmp.Or(os.Getenv("WHITTLE_TEST_VOLUMES"), "whittle-test-") }

// volume is where pack keeps a cache of the image.
func (p pack) volume(kind string) string {
	return volumePrefix() + strings.NewReplacer("/", "_", ":", "_").Replace(p.name) + "." + kind
}

// forget removes, when the test ends, the image and its caches.
func (p pack) forget(t *testing.T) {
	t.Cleanup(func() {
		_ = exec.Command("docker", "rmi", "-f", p.name).Run()
		_ = exec.Command("docker", "volume", "rm", "-f", p.volume("build"), p.volume("launch")).Run()
	})
}

// build builds the image, which is removed when the test ends, and returns the log.
func (p pack) build(t *testing.T) string {
	t.Helper()
	p.forget(t)
	return command(t, "pack", p.args(t)...)
}

// fail builds an app that must not build, and returns the log.
func (p pack) fail(t *testing.T) string {
	t.Helper()
	p.forget(t)
	out, err := attempt(t, "pack", p.args(t)...)
	if err == nil {
		t.Fatalf("pack build %s succeeded:\n%s", p.dir, out)
	}
	return out
}

// bindings makes a binding of this machine's certificates, as companies with a CA of their own have.
func bindings(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pem, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "ca", "type"), "ca-certificates")
	write(t, filepath.Join(dir, "ca", "ca.crt"), string(pem))
	if err := filepath.Walk(dir, func(p string, i os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(p, i.Mode()|0o055)
	}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// app writes an app's files into a directory of its own.
func app(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

// serve runs an image as a hardened platform would and returns its address; on failure the container's log is shown.
func serve(t *testing.T, image string, args ...string) string {
	t.Helper()
	return serveAt(t, "8080", image, args...)
}

// serveAt is serve for a program that listens at another port.
func serveAt(t *testing.T, port, image string, args ...string) string {
	t.Helper()
	all := append([]string{"run", "-d", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "-p", "127.0.0.1::" + port}, args...)
	id := newContainer(t, append(all, image)...)
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := exec.Command("docker", "logs", id).CombinedOutput()
			t.Logf("log of %s:\n%s", image, out)
		}
	})
	address, _, _ := strings.Cut(command(t, "docker", "port", id, port+"/tcp"), "\n")
	return address
}

// patience is how long tests wait for what happens soon, and late beside other builds.
const patience = time.Minute

// get asks until the server answers.
func get(g *WithT, address, path string) string {
	var body string
	g.Eventually(func() error {
		res, err := http.Get("http://" + address + path)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		body = string(data)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", res.Status, body)
		}
		return err
	}, patience, 200*time.Millisecond).Should(Succeed())
	return body
}

// layerDigests are the diffIDs of the buildpack's layers, by name.
func layerDigests(t *testing.T, image string) map[string]string {
	t.Helper()
	var meta struct {
		Buildpacks []struct {
			Layers map[string]struct{ SHA string }
		}
	}
	label := command(t, "docker", "inspect", "--format", `{{index .Config.Labels "io.buildpacks.lifecycle.metadata"}}`, image)
	if err := json.Unmarshal([]byte(label), &meta); err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, b := range meta.Buildpacks {
		for name, l := range b.Layers {
			digests[name] = l.SHA
		}
	}
	return digests
}

// size is an image's size in bytes.
func size(t *testing.T, image string) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(command(t, "docker", "inspect", "--format", "{{.Size}}", image), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// files lists the paths of an image's file system with their sizes. Tests ask more than once, and Docker writes all of the image each time.
func files(t *testing.T, image string) map[string]int64 {
	t.Helper()
	key := command(t, "docker", "inspect", "--type", "image", "--format", "{{.Id}}", image)
	if all, ok := exported.Load(key); ok {
		return all.(map[string]int64)
	}
	id := strings.TrimSpace(command(t, "docker", "create", image))
	defer exec.Command("docker", "rm", id).Run()
	out := command(t, "sh", "-c", "docker export "+id+" | tar -tv --numeric-owner")
	all := map[string]int64{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 6 {
			continue
		}
		var n int64
		if _, err := fmt.Sscan(f[2], &n); err == nil {
			all["/"+strings.TrimSuffix(f[5], "/")] = n
		}
	}
	exported.Store(key, all)
	return all
}
