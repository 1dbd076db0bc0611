//go:build integration

package integration

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const (
	buildImage = "whittle/build:debian-13"
	baseStack  = "whittle.debian-13.base"
	kpackAPI   = "0.9" // the Platform API of kpack's program for a rebase
)

// kpackBuilder assembles a builder image in the daemon as kpack does: the build image of the stack, empty folders, the
// lifecycle, the buildpacks, stack.toml and order.toml. Nothing else: no run.toml, no settings of an operator. A stack other
// than the build image's own is that image with another ID, as docs/operators.md makes it.
func kpackBuilder(t *testing.T, stack, run string) string {
	t.Helper()
	name := "whittle/test-kpack:" + stack
	pack := newContainer(t, "create", builder, "unused")
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, dir := range []string{"workspace", "layers"} {
		put(t, w, &tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755, Uid: 1000, Gid: 1000}, nil)
	}
	for _, dir := range []string{"cnb", "platform", "platform/env"} {
		put(t, w, &tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}, nil)
	}
	for _, part := range []string{"lifecycle", "buildpacks"} {
		copyOut(t, w, pack, "/cnb/"+part, "cnb")
	}
	for file, text := range map[string]string{
		"cnb/stack.toml": "[run-image]\n  image = \"" + run + "\"\n",
		"cnb/order.toml": "[[order]]\n\n  [[order.group]]\n    id = \"whittle/whittle\"\n    version = \"0.1.0\"\n",
	} {
		put(t, w, &tar.Header{Name: file, Mode: 0o644, Size: int64(len(text))}, strings.NewReader(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	id := newContainer(t, "create", buildImage, "unused")
	into := exec.CommandContext(t.Context(), "docker", "cp", "-", id+":/")
	into.Stdin = &layer
	if out, err := into.CombinedOutput(); err != nil {
		t.Fatalf("docker cp: %v\n%s", err, out)
	}
	command(t, "docker", "commit", "--change", "WORKDIR /layers", "--change", "ENV CNB_STACK_ID="+stack, "--change", "LABEL io.buildpacks.stack.id="+stack, id, name)
	removeImages(t, name)
	if got := command(t, "docker", "run", "--rm", "--entrypoint", "ls", name, "/cnb"); got != "buildpacks\nlifecycle\norder.toml\nstack.toml\n" {
		t.Errorf("kpack would not put this into /cnb:\n%s", got)
	}
	return name
}

func put(t *testing.T, w *tar.Writer, h *tar.Header, body io.Reader) {
	t.Helper()
	err := w.WriteHeader(h)
	if err == nil && body != nil {
		_, err = io.Copy(w, body)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copyOut adds what lies at a path of a container to a tar, below another folder.
func copyOut(t *testing.T, w *tar.Writer, id, from, below string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "cp", id+":"+from, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(bytes.NewReader(out))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		h.Name = path.Join(below, h.Name)
		put(t, w, h, r)
	}
}

// kpackPod is what kpack's own code makes of the manifests in docs/kpack: the containers that its pod runs before the last.
func kpackPod(t *testing.T, args ...string) []container {
	t.Helper()
	all := append([]string{"pod", "-image", "../docs/kpack/app.yaml", "-builder", builderManifest(t)}, args...)
	out, err := exec.CommandContext(t.Context(), "kpack", all...).Output()
	if err != nil {
		t.Fatalf("kpack %v: %v", all, err)
	}
	var pod struct {
		Spec struct {
			SecurityContext struct{ RunAsNonRoot bool }
			InitContainers  []struct {
				container
				SecurityContext struct {
					AllowPrivilegeEscalation bool
					Capabilities             struct{ Drop []string }
				}
			}
		}
	}
	if err := json.Unmarshal(out, &pod); err != nil {
		t.Fatal(err)
	}
	g := NewWithT(t)
	g.Expect(pod.Spec.SecurityContext.RunAsNonRoot).To(BeTrue())
	var containers []container
	for _, c := range pod.Spec.InitContainers {
		g.Expect(c.SecurityContext.AllowPrivilegeEscalation).To(BeFalse(), c.Name)
		g.Expect(c.SecurityContext.Capabilities.Drop).To(ConsistOf("ALL"), c.Name)
		containers = append(containers, c.container)
	}
	return containers
}

// builderManifest is docs/kpack/cluster.yaml with one of its builders: the one for static programs.
func builderManifest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/kpack/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		if strings.Contains(document, "kind: ClusterBuilder\n") && strings.Contains(document, "name: whittle-debian-13-static\n") {
			file := filepath.Join(t.TempDir(), "builder.yaml")
			write(t, file, document)
			return file
		}
	}
	t.Fatal("docs/kpack/cluster.yaml has no builder for static programs")
	return ""
}

// kpack is an app in a cluster with kpack.
type kpack struct {
	stack, builder string
	run            string // a tag: the run image of the stack
	app            string // the tag of the app's image
	volumes        volumes
}

func newKpack(t *testing.T, stack, run, app string) kpack {
	t.Helper()
	k := kpack{stack: stack, run: run, app: app, builder: kpackBuilder(t, stack, digestOf(t, run))}
	k.volumes = newVolumes(t, k.builder, "layers-dir", "workspace-dir", "platform-dir", "home-dir", "report-dir", "cache-dir", "binding-ca")
	bindKubernetes(t, k.volumes, k.builder)
	return k
}

// pod is the pod for another build of the app.
func (k kpack) pod(t *testing.T, args ...string) []container {
	t.Helper()
	return kpackPod(t, append([]string{"-tag", k.app, "-built", k.builder, "-run", digestOf(t, k.run), "-stack", k.stack}, args...)...)
}

// build builds the app as kpack's pod does. Its first container is kpack's own and does what fill does.
func (k kpack) build(t *testing.T, dir string, args ...string) string {
	t.Helper()
	k.volumes.fill(t, k.builder, dir, map[string]string{"BP_GO_VERSION": "1.24"})
	pod := k.pod(t, args...)
	NewWithT(t).Expect(pod[0].Name).To(Equal("prepare"))
	return k.volumes.runAll(t, pod[1:])
}

// TestKpack goes the way of an app in kpack, with a builder that kpack would assemble: a build in the containers that
// kpack's own code describes, another of the same source, and the rebase that follows a newer run image in the stack.
func TestKpack(t *testing.T) {
	g := NewWithT(t)
	registry := testRegistry(t)
	run := registry + "/kpack/builder-run-image"
	pushAs(t, runBase, run)
	k := newKpack(t, baseStack, run, registry+"/kpack/web")
	dir := smallApp(t, "go")

	log := k.build(t, dir)
	for _, want := range []string{"===> ANALYZE", "run image: whittle.debian-13.base (CNB_STACK_ID), amd64", "certificates: those of binding ca", "/workspace is the platform's own", "===> EXPORT"} {
		g.Expect(log).To(ContainSubstring(want))
	}
	first := digestOf(t, k.app)
	config, err := fetched(t, k.app).ConfigFile()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(config.Config.Env).To(ContainElement("CNB_PLATFORM_API=0.9"))
	g.Expect(config.Config.Labels).To(HaveKeyWithValue("io.buildpacks.stack.id", baseStack))

	log = k.build(t, dir, "-last", first)
	g.Expect(log).To(ContainSubstring("nothing changed: the programs of the build before are used"))
	g.Expect(digestOf(t, k.app)).To(Equal(first), "another build of the same source")

	layers := above(t, fetched(t, k.app), fetched(t, run))
	publishUpdate(t, run)
	pod := k.pod(t, "-last", first, "-reason", "STACK")
	g.Expect(pod).To(HaveLen(1))
	g.Expect(pod[0].Args).To(Equal([]string{"--run-image", digestOf(t, run), "--last-built-image", first, "--report", "/var/report/report.toml", k.app}))
	rebase(t, kpackAPI, k.builder, digestOf(t, run), k.app)
	g.Expect(above(t, fetched(t, k.app), fetched(t, run))).To(Equal(layers), "the layers of the app")
	g.Expect(command(t, "whittle", "verify", "registry:"+k.app)).To(ContainSubstring("complete"))
	pullFrom()(t, k.app)
	answers(t, k.app, hello)
}

// bindKubernetes fills a volume with a binding of this machine's certificates as Kubernetes mounts a secret: files are links
// through the folder ..data.
func bindKubernetes(t *testing.T, v volumes, tools string) {
	t.Helper()
	v.shell(t, tools, []string{"--volume", bindings(t) + "/ca:/ca:ro"}, `cd /v/binding-ca; mkdir ..2026; cp /ca/type /ca/ca.crt ..2026; ln -s ..2026 ..data; ln -s ..data/type type; ln -s ..data/ca.crt ca.crt`)
}
