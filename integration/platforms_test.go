//go:build integration

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

const goSmall = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello from", os.Getuid()) })
	panic(http.ListenAndServe(os.Args[1], nil))
}
`

const pythonSmall = `import http.server, os, ssl, sys

class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from %d\n" % os.getuid())

http.server.HTTPServer(("", int(sys.argv[1])), Hello).serve_forever()
`

// hello is what both small servers answer under the user that listenAs gives them.
const hello = "hello from 1000680000\n"

// smallApp is a small server that is told its port by a Procfile, with the platform's PORT in it.
func smallApp(t *testing.T, language string) string {
	t.Helper()
	if language == "python" {
		return app(t, map[string]string{"app.py": pythonSmall, "Procfile": "web: python app.py ${PORT:-8080}\n"})
	}
	return app(t, map[string]string{
		"go.mod": "module example.com/small\n\ngo 1.24\n", "main.go": goSmall, "Procfile": "web: small :${PORT:-8080}\n",
	})
}

// platform is a way in which an app's image comes to be, and gets a newer run image.
type platform struct {
	name string
	// build builds an app from a folder onto run, and names the image.
	build func(t *testing.T, dir, run string) string
	// rebase puts the image onto what the tag run has now.
	rebase func(t *testing.T, image, run string)
	// place is where its images are: the daemon, registry or the registry with TLS and credentials.
	place place
}

// place keeps images.
type place struct {
	run    func(t *testing.T, variant string) string // a run image that is the test's own, by its tag
	update func(t *testing.T, run string)            // gives the tag to a newer run image
	pull   func(t *testing.T, image string)          // into the daemon
	verify string                                    // how whittle finds an image there
	env    []string                                  // of programs that go there
}

// TestPlatforms builds apps on every kind of platform, onto several run images: the image is whole and serves, as a user that
// it does not know, on a read-only root, at the port that the platform chooses; and so it does on a newer run image.
func TestPlatforms(t *testing.T) {
	registry := plainRegistry(t)
	table := &strings.Builder{}
	fmt.Fprintf(table, "%-24s %-8s %-8s %10s %10s\n", "platform", "app", "run", "build", "all")
	for _, row := range []struct {
		platform platform
		apps     []string
	}{
		{packDaemon(false), []string{"go static", "python base"}},
		{packDaemon(true), []string{"go static", "python base"}},
		{packPublish(t), []string{"go static"}},
		{kpackPlatform(registry), []string{"go static", "python base"}},
		{phasesPlatform("0.9", registry), []string{"go static"}},
		{phasesPlatform("0.10", registry), []string{"go static"}},
		{phasesPlatform("0.11", registry), []string{"go static"}},
		{phasesPlatform("0.12", registry), []string{"go static"}},
		{phasesPlatform("0.13", registry), []string{"go static"}},
		{phasesPlatform("0.14", registry), []string{"go static"}},
		{phasesPlatform("0.15", registry), []string{"go static", "python base"}},
	} {
		for _, of := range row.apps {
			language, variant, _ := strings.Cut(of, " ")
			t.Run(row.platform.name+" "+of, func(t *testing.T) {
				start := time.Now()
				built := row.platform.try(t, language, variant)
				fmt.Fprintf(table, "%-24s %-8s %-8s %8.1f s %8.1f s\n", row.platform.name, language, variant, built.Seconds(), time.Since(start).Seconds())
			})
		}
	}
	t.Logf("built, verified, run, rebased, verified and run again:\n%s", table)
	if name := os.Getenv("WHITTLE_PLATFORMS"); name != "" { // scripts/integration.sh prints it
		write(t, name, table.String())
	}
}

// try has a platform build an app, and rebase it; it returns how long the build took.
func (p platform) try(t *testing.T, language, variant string) time.Duration {
	g := NewWithT(t)
	run := p.place.run(t, variant)
	start := time.Now()
	image := p.build(t, smallApp(t, language), run)
	took := time.Since(start)
	works := func() {
		out := command(t, "env", append(p.place.env, "whittle", "verify", p.place.verify+image)...)
		g.Expect(out).To(ContainSubstring("complete"))
		p.place.pull(t, image)
		answers(t, image, hello)
	}
	works()
	before := layerDigests(t, image)
	p.place.update(t, run)
	p.rebase(t, image, run)
	works()
	g.Expect(files(t, image)).To(HaveKey(update))
	g.Expect(layerDigests(t, image)).To(Equal(before), "the rebase changed the app's layers")
	return took
}

// inDaemon keeps images in the daemon.
var inDaemon = place{
	run: func(t *testing.T, variant string) string {
		run := "whittle/test-run:" + variant
		command(t, "docker", "tag", "whittle/run:debian-13-"+variant, run)
		removeImages(t, run)
		return run
	},
	update: func(t *testing.T, run string) {
		id := newContainer(t, "create", run, "unused")
		file := filepath.Join(t.TempDir(), filepath.Base(update))
		write(t, file, run)
		command(t, "docker", "cp", file, id+":"+update)
		command(t, "docker", "commit", "--change", "CMD []", id, run)
	},
	pull:   func(*testing.T, string) {},
	verify: "daemon:",
}

// plainRegistry keeps images in the registry that scripts/integration.sh starts.
func plainRegistry(t *testing.T) place {
	t.Helper()
	address := testRegistry(t)
	return place{
		run: func(t *testing.T, variant string) string {
			run := address + "/platforms/run:" + variant
			pushAs(t, "whittle/run:debian-13-"+variant, run)
			return run
		},
		update: func(t *testing.T, run string) { publishUpdate(t, run) },
		pull:   pullFrom(),
		verify: "registry:",
	}
}

// pullFrom pulls an image; options are docker's.
func pullFrom(options ...string) func(*testing.T, string) {
	return func(t *testing.T, image string) {
		t.Helper()
		command(t, "docker", append(options, "pull", "-q", image)...)
		removeImages(t, image)
	}
}

// packDaemon is pack with a builder that is trusted, in one container, or not, in one a phase.
func packDaemon(phases bool) platform {
	p := platform{name: "pack", place: inDaemon}
	if phases {
		p.name = "pack, untrusted builder"
	}
	p.build = func(t *testing.T, dir, run string) string {
		image := pack{name: "it-platforms", dir: dir, run: run, phases: phases, fresh: true}
		image.build(t)
		return image.name
	}
	p.rebase = func(t *testing.T, image, _ string) {
		command(t, "pack", "rebase", image, "--pull-policy", "never")
	}
	return p
}

// phasesPlatform runs the lifecycle's phases one after the other at a Platform API, as Tekton and CI jobs do.
func phasesPlatform(api string, registry place) platform {
	p := platform{name: "phases at API " + api, place: registry}
	p.build = func(t *testing.T, dir, run string) string {
		v := newVolumes(t, builder, "layers-dir", "workspace-dir", "platform-dir")
		v.fill(t, builder, dir, nil)
		v.shell(t, builder, nil, `printf '[[images]]\nimage = "`+run+`"\n' >/v/layers-dir/run.toml`) // its name is not the builder's
		image := testRegistry(t) + "/platforms/app:" + api
		v.runAll(t, phases(api, run, image))
		return image
	}
	p.rebase = func(t *testing.T, image, run string) { rebase(t, api, builder, run, image) }
	return p
}

// phases are the containers of a build at a Platform API.
func phases(api, run, image string) []container {
	layers, workspace, platformDir := mount{"layers-dir", "/layers", false}, mount{"workspace-dir", "/workspace", false}, mount{"platform-dir", "/platform", true}
	phase := func(program string, mounts []mount, args ...string) container {
		c := container{Name: program, Image: builder, Command: []string{"/cnb/lifecycle/" + program}, Args: args}
		c.Env = append(c.Env, setting{"CNB_PLATFORM_API", api}, setting{"HOME", "/tmp"}, setting{"CNB_RUN_PATH", "/layers/run.toml"})
		c.VolumeMounts = mounts
		return c
	}
	return []container{
		phase("analyzer", []mount{layers, workspace}, "-run-image", run, image),
		phase("detector", []mount{layers, workspace, platformDir}, "-app", "/workspace"),
		phase("restorer", []mount{layers}, "-layers", "/layers"),
		phase("builder", []mount{layers, workspace, platformDir}, "-app", "/workspace"),
		phase("exporter", []mount{layers, workspace}, "-app", "/workspace", image),
	}
}

// kpackPlatform is kpack: a builder of its own for each stack, its pod, its rebase.
func kpackPlatform(registry place) platform {
	p := platform{name: "kpack", place: registry}
	p.build = func(t *testing.T, dir, run string) string {
		_, variant, _ := strings.Cut(run[strings.LastIndex(run, "/"):], ":")
		k := newKpack(t, "whittle.debian-13."+variant, run, testRegistry(t)+"/platforms/kpack:"+variant)
		k.build(t, dir)
		return k.app
	}
	p.rebase = func(t *testing.T, image, run string) { rebase(t, kpackAPI, builder, digestOf(t, run), image) }
	return p
}

// packPublish is pack that writes to a registry with a certificate of its own authority, and credentials.
func packPublish(t *testing.T) platform {
	r := secureRegistry(t)
	p := platform{name: "pack --publish", place: r.place()}
	p.build = func(t *testing.T, dir, run string) string {
		image := pack{name: r.address + "/platforms/published", dir: dir, run: run, fresh: true, volumes: []string{r.bundle + ":/etc/ssl/certs/ca-certificates.crt:ro"}}
		image.forget(t)
		command(t, "env", append(append(r.env(), "pack"), append(image.args(t), "--publish")...)...)
		return image.name
	}
	p.rebase = func(t *testing.T, image, _ string) {
		command(t, "env", append(r.env(), "pack", "rebase", image, "--publish")...)
	}
	return p
}
