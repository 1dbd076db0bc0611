//go:build integration

package integration

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// layered is the run image base with a cut of the slices in its layers, as a build would make it, without an app. It is
// removed when the test ends.
func layered(t *testing.T, sources string, slices ...string) string {
	t.Helper()
	tar := filepath.Join(t.TempDir(), "cut.tar")
	command(t, "whittle", append([]string{"cut", "-q", "--sources", sources, "--floor", "../out/floors/whittle.debian-13.base.json", "--output", tar}, slices...)...)
	id := strings.TrimSpace(command(t, "docker", "create", runBase, "unused"))
	defer exec.Command("docker", "rm", id).Run()
	command(t, "sh", "-c", "docker cp - "+id+":/ <"+tar)
	image := "whittle/test-doors:" + strings.ToLower(filepath.Base(t.Name()))
	command(t, "docker", "commit", "--change", "CMD []", id, image)
	removeImages(t, image)
	return image
}

// hardened are the arguments of docker run for a platform that allows little: programs get no environment but the image's.
var hardened = []string{"run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "12345:12345"}

const findLibraries = `
import ctypes.util
names = "crypto ssl c m z gcc_s expat magic nothing".split()
print([n for n in names if not ctypes.util.find_library(n)])`

// TestBehindDoors runs programs that look for data and modules at their own paths, from layers on the run image.
func TestBehindDoors(t *testing.T) {
	sources := debianSources(t)
	for _, row := range []struct {
		name, slices string
		run          []string
		want         string
	}{
		{"locale", "python3.13_core locales-all_de-de", []string{"python3", "-c", `import locale; locale.setlocale(locale.LC_ALL, "de_DE.UTF-8"); print(locale.localeconv()["decimal_point"])`}, ","},
		{"c-utf8-beside-it", "python3.13_core locales-all_de-de", []string{"python3", "-c", `import locale; print(locale.setlocale(locale.LC_ALL, "C.UTF-8"))`}, "C.UTF-8"},
		{"europe", "libc-bin_iconv libc6_gconv-europe dash_bins", []string{"sh", "-c", `printf '\301' | iconv -f KOI8-R -t UTF-8; printf '\344' | iconv -f ISO-8859-1 -t UTF-8`}, "аä"},
		{"japanese", "libc-bin_iconv libc6_gconv-japanese dash_bins", []string{"sh", "-c", `printf '\244\242' | iconv -f EUC-JP -t UTF-8; printf '\202\240' | iconv -f SHIFT_JIS -t UTF-8`}, "ああ"},
		{"chinese", "libc-bin_iconv libc6_gconv-chinese dash_bins", []string{"sh", "-c", `printf '\304\343' | iconv -f GBK -t UTF-8; printf '\247A' | iconv -f BIG5 -t UTF-8`}, "你你"},
		{"korean", "libc-bin_iconv libc6_gconv-korean dash_bins", []string{"sh", "-c", `printf '\260\241' | iconv -f EUC-KR -t UTF-8`}, "가"},
		{"all-character-sets", "libc-bin_iconv libc6_gconv-all dash_bins", []string{"sh", "-c", `printf '\301' | iconv -f IBM1047 -t UTF-8`}, "A"},
		{"find-library", "python3.13_core libpython3.13-stdlib_ctypes libc-bin_ldconfig libmagic1t64_libs", []string{"python3", "-c", findLibraries}, "['nothing']"},
		{"tkinter", "python3.13_core python3-tk_tkinter", []string{"python3", "-c", `import tkinter; print(tkinter.Tcl().eval("clock format 0 -gmt 1 -format %Y"))`}, "1970"},
		{"node", "nodejs_bins", []string{"node", "-e", `import("node:fs").then(() => console.log(new Intl.NumberFormat("de").format(1.5), typeof fetch, require("tls").rootCertificates.length > 50))`}, "1,5 function true"},
	} {
		t.Run(row.name, func(t *testing.T) {
			image := layered(t, sources, strings.Fields(row.slices)...)
			got := command(t, "docker", append(append(hardened, image), row.run...)...)
			if strings.TrimSpace(got) != row.want {
				t.Errorf("%q\nprinted %q, want %q", row.run, got, row.want)
			}
		})
	}
}

// TestSlicesBehindDoors runs every family of the definitions again, in layers on the run image: what works in a root of its own
// works behind the doors, where the program finds its data at its own paths. That a family is complete its own root shows, so the
// libraries share one image. TestDefinitionsPageNamesTestedSlices holds docs/definitions.md against these rows.
func TestSlicesBehindDoors(t *testing.T) {
	sources := debianSources(t)
	t.Run("libraries", func(t *testing.T) {
		t.Parallel()
		var all []string
		for _, row := range libraries13 {
			all = append(all, strings.Fields(row.slices)...)
		}
		image := layered(t, sources, all...)
		for _, row := range libraries13 {
			t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) { row.behindDoors(t, image) })
		}
	})
	for _, row := range debian13 {
		t.Run(strings.ReplaceAll(row.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			if row.alone != "" {
				t.Logf("not behind the doors: %s", row.alone)
				return
			}
			row.behindDoors(t, layered(t, sources, strings.Fields(row.slices)...))
		})
	}
}

// behindDoors runs the row in an image that has its slices in layers.
func (r sliceRow) behindDoors(t *testing.T, image string) {
	t.Helper()
	// fontconfig complains where it can keep no cache
	args := append(append(hardened, "--env", "HOME=/tmp", "--entrypoint", r.run[0], image), r.run[1:]...)
	got, err := attempt(t, "docker", args...)
	if (err != nil) != r.fails || !regexp.MustCompile(r.want).MatchString(got) {
		t.Errorf("%q\nprinted %q (%v), want %s", r.run, got, err, r.want)
	}
}

const staticSite = `
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  include /etc/nginx/mime.types;
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  gzip on;
  gzip_types text/css;
  gzip_min_length 1;
  server {
    listen 8080;
    root /site;
    location / { try_files $uri /index.html; }
  }
}
`

// TestNginxServesFiles has nginx of the slice nginx_bins serve a folder: as a user without a name, on a read-only root, with
// what it writes below /tmp.
func TestNginxServesFiles(t *testing.T) {
	g := NewWithT(t)
	image := layered(t, debianSources(t), "nginx_bins")
	g.Expect(size(t, image)).To(BeNumerically("<", 17_000_000))
	dir := app(t, map[string]string{"nginx.conf": staticSite, "index.html": "<p>start</p>", "a.css": "p {}"})
	g.Expect(os.Chmod(dir, 0o755)).To(Succeed())
	address := serve(t, image, "--tmpfs", "/tmp", "--user", "12345:12345", "--entrypoint", "nginx",
		"--volume", dir+":/site:ro", "--volume", dir+"/nginx.conf:/etc/nginx/nginx.conf:ro")
	g.Expect(get(g, address, "/")).To(Equal("<p>start</p>"))
	g.Expect(get(g, address, "/a/page/of/the/app")).To(Equal("<p>start</p>"))
	res, err := http.Get("http://" + address + "/a.css")
	g.Expect(err).NotTo(HaveOccurred())
	defer res.Body.Close()
	g.Expect(res.Header.Get("Content-Type")).To(Equal("text/css"))
	g.Expect(res.Uncompressed).To(BeTrue(), "it was sent as it is, not as gzip")
}

// TestProgramsByNameWithoutTheLauncher asks for programs as docker exec, a Kubernetes command and an exec probe do: no
// launcher sets variables. Python's packages bring scripts; the app has a folder bin.
func TestProgramsByNameWithoutTheLauncher(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"requirements.txt": "flask\n",
		"app.py":           "import flask\napp = flask.Flask(__name__)\n@app.get('/')\ndef root(): return 'root'\n",
		"Procfile":         "web: flask --app app run --host 0.0.0.0 --port ${PORT:-8080}\n",
		"project.toml":     "[dev.whittle.run]\nslices = [\"coreutils_env\"]\n",
		"bin/report":       "#!/usr/bin/env python\nimport flask, sys\nprint('report by', sys.prefix)\n",
	})
	g.Expect(os.Chmod(filepath.Join(dir, "bin/report"), 0o755)).To(Succeed())
	p := pack{name: "whittle/test-by-name", dir: dir}
	g.Expect(p.build(t)).NotTo(ContainSubstring("Did not find SBOM"), "the lifecycle warns of what it should bring")
	const prefix = "/layers/whittle_whittle/packages"
	for _, row := range []struct {
		argv []string
		want string
	}{
		{[]string{"python", "-c", "import flask, sys; print(sys.prefix)"}, prefix},
		{[]string{"python3", "-c", "import flask, sys; print(sys.prefix)"}, prefix},
		{[]string{"flask", "--app", "app", "routes"}, "root"},
		{[]string{"report"}, "report by " + prefix},
	} {
		by := append(append(hardened, "--entrypoint", row.argv[0], p.name), row.argv[1:]...)
		g.Expect(command(t, "docker", by...)).To(ContainSubstring(row.want), strings.Join(row.argv, " "))
	}
	sboms := t.TempDir()
	command(t, "pack", "sbom", "download", p.name, "-o", sboms)
	for _, form := range []string{"cdx", "spdx", "syft"} {
		text, err := os.ReadFile(filepath.Join(sboms, "layers/sbom/launch/buildpacksio_lifecycle/launcher/sbom."+form+".json"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(text)).To(ContainSubstring("pkg:golang/github.com/buildpacks/lifecycle@v"))
	}
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", p.name)
	g.Expect(command(t, "docker", "exec", id, "flask", "--app", "app", "routes")).To(ContainSubstring("root"))
}
