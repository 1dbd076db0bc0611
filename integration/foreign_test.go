//go:build integration

package integration

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// foreign is a builder and a run image as somebody else would make them of Debian's packages: with apt and its sources, and
// without floors, doors, compilers, slice definitions, and labels of whittle's.
type foreign struct{ builder, run string }

// buildpack is whittle as a file, for builders that do not have it.
const buildpack = "../out/buildpack/whittle-linux-amd64.cnb"

func newForeign(t *testing.T) foreign {
	t.Helper()
	f := foreign{builder: "acme/builder:test", run: "acme/run:test"}
	const build = "acme/build:test"
	removeImages(t, f.builder, build, f.run)
	id := newContainer(t, "run", "-d", "--user", "0:0", plainDebian(t), "bash", "-c",
		"dpkg --purge --force-depends curl git libcurl4t64 libcurl3t64-gnutls && echo acme:x:2000:2000::/home:/bin/sh >>/etc/passwd")
	if code := strings.TrimSpace(command(t, "docker", "wait", id)); code != "0" {
		t.Fatalf("dpkg ended with %s:\n%s", code, command(t, "docker", "logs", id))
	}
	commit := func(image string, changes ...string) {
		args := []string{"commit", "--change", "CMD []"}
		for _, c := range append(changes, "ENV PATH=/usr/local/bin:/usr/bin:/bin", "LABEL io.buildpacks.base.distro.name=debian", "LABEL io.buildpacks.base.distro.version=13") {
			args = append(args, "--change", c)
		}
		command(t, "docker", append(args, id, image)...)
	}
	commit(f.run, "USER 3000:3000")
	commit(build, "USER 2000:2000", "ENV CNB_USER_ID=2000 CNB_GROUP_ID=2000", dockerAPI(t))
	lifecycle, err := filepath.Glob("../.cache/lifecycle-*-linux-amd64.tgz")
	if err != nil || len(lifecycle) != 1 {
		t.Fatalf("one lifecycle is wanted in .cache: %v (%v)", lifecycle, err)
	}
	lifecycle[0], err = filepath.Abs(lifecycle[0])
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "builder.toml")
	write(t, config, "[build]\nimage = \""+build+"\"\n[[run.images]]\nimage = \""+f.run+"\"\n[lifecycle]\nuri = \"file://"+lifecycle[0]+"\"\n")
	command(t, "pack", "builder", "create", f.builder, "--config", config, "--pull-policy", "never", "--target", "linux/amd64")
	return f
}

// plainDebian is the lowest layer of the build image: packages of Debian that mmdebstrap has installed.
func plainDebian(t *testing.T) string {
	t.Helper()
	image, _, _ := strings.Cut(command(t, "docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=whittle/build-layer:debian-13-10-base-*"), "\n")
	if image == "" {
		t.Fatal("there is no image whittle/build-layer:debian-13-10-base-*: make builder makes it")
	}
	return image
}

// dockerAPI is the variable by which the lifecycle speaks to this daemon, as scripts/build-image.sh sets it.
func dockerAPI(t *testing.T) string {
	t.Helper()
	return "ENV DOCKER_API_VERSION=" + strings.TrimSpace(command(t, "docker", "version", "--format", "{{.Server.APIVersion}}"))
}

func (f foreign) pack(name, dir string) pack {
	return pack{name: name, dir: dir, builder: f.builder, fresh: true, buildpacks: []string{buildpack}}
}

// TestForeignBuilder builds with a builder and on a run image that are not whittle's. A program that links to libcurl gets it, and
// what that needs, from the builder's own apt sources; what the builder lacks is named.
func TestForeignBuilder(t *testing.T) {
	f := newForeign(t)
	t.Run("a program gets its libraries", func(t *testing.T) {
		g := NewWithT(t)
		p := f.pack("it-foreign", curlServer(t))
		log := p.build(t)
		g.Expect(log).To(ContainSubstring("run image: unknown (nothing says which run image), amd64"))
		g.Expect(log).To(ContainSubstring("it is not whittle's, and is taken to have glibc 2.41 and nothing else"))
		g.Expect(log).To(MatchRegexp(`libcurl4t64 .* for server`))
		g.Expect(get(g, serve(t, p.name, "--user", "12345:12345"), "/")).To(MatchRegexp(`^libcurl/8\.\d+`))
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	})
	t.Run("a compiler is missing", func(t *testing.T) {
		g := NewWithT(t)
		log := f.pack("it-foreign-go", smallApp(t, "go")).fail(t)
		g.Expect(log).To(ContainSubstring("the build image has no program go"))
	})
	t.Run("an older run image on whittle's builder", func(t *testing.T) {
		g := NewWithT(t)
		const old = "acme/old:test"
		id := newContainer(t, "create", f.run, "unused")
		command(t, "docker", "commit", "--change", "CMD []", "--change", "LABEL io.buildpacks.base.distro.name=ubuntu", "--change", "LABEL io.buildpacks.base.distro.version=22.04", id, old)
		removeImages(t, old)
		p := pack{name: "it-foreign-old", dir: smallApp(t, "python"), run: old, fresh: true}
		log := p.fail(t)
		g.Expect(log).To(MatchRegexp(`needs version GLIBC_2\.3[6-9] of /usr/lib/x86_64-linux-gnu/libc\.so\.6`))
		g.Expect(log).To(ContainSubstring("this one has glibc 2.35 and nothing else"))
	})
}
