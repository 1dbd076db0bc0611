//go:build integration

package integration

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestBadInput: every mistake is a clear error with a next step, and no image is left.
func TestBadInput(t *testing.T) {
	const goApp = "package main\n\nfunc main() {}\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		pack  pack
		want  []string
	}{
		{"no app", map[string]string{"README.txt": "nothing"}, pack{}, []string{"no app found", "ERROR: No buildpack groups passed detection."}},
		{
			"two languages",
			map[string]string{"go.mod": "module x\n\ngo 1.24\n", "main.go": goApp, "requirements.txt": "", "app.py": ""},
			pack{},
			[]string{"several claim this directory", "BP_WHITTLE_LANGUAGE"},
		},
		{"unreadable project.toml", map[string]string{"app.py": "", "project.toml": "[dev.whittle\n"}, pack{}, []string{"toml: line 2"}},
		{
			"unknown key",
			map[string]string{"app.py": "", "project.toml": "[dev.whittle.run]\nslises = [\"git\"]\n"},
			pack{},
			[]string{"no key \"run.slises\"", "run.slices"},
		},
		{
			"package that does not exist",
			map[string]string{"app.py": "", "project.toml": "[dev.whittle.run]\nslices = [\"imagemagik\"]\n"},
			pack{},
			[]string{"imagemagik", "imagemagick", "Next: "},
		},
		{
			"build package that does not exist",
			map[string]string{"app.py": "", "project.toml": "[dev.whittle.build]\npackages = [\"libmpfr-devel\"]\n"},
			pack{},
			[]string{"libmpfr-devel", "libmpfr-dev", "Next: "},
		},
		{
			"archive unreachable",
			map[string]string{"app.py": "", "project.toml": "[dev.whittle.run]\nslices = [\"imagemagick\"]\n"},
			pack{offline: true},
			[]string{"cannot", "InRelease"},
		},
		{
			"dynamic app on a run image without libc",
			map[string]string{"app.py": "print(1)\n"},
			pack{run: runStatic},
			[]string{"whittle.debian-13.static has no libc", "such as whittle.debian-13.base"},
		},
		{
			"library that nobody has",
			map[string]string{"app.py": "print(1)\n", "project.toml": "[dev.whittle.run]\nlibraries = [\"libnowhere.so.7\"]\n"},
			pack{offline: true, env: []string{}},
			[]string{"libnowhere.so.7"},
		},
		{"no start command", map[string]string{"requirements.txt": "", "module.py": "x = 1\n", "other.py": "y = 2\n"}, pack{}, []string{"nothing says how the app starts", "looked for: BP_WHITTLE_START, processes in project.toml, Procfile", "Next: "}},
		{
			"shell syntax",
			map[string]string{"app.py": "", "Procfile": "web: for i in 1 2; do python3 app.py; done\n"},
			pack{},
			[]string{"needs a shell", "Next: "},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			_, _ = attempt(t, "docker", "rmi", "-f", "it-bad") // of a run that was killed
			p := row.pack
			p.name, p.dir, p.fresh = "it-bad", app(t, row.files), true
			log := p.fail(t)
			for _, want := range row.want {
				g.Expect(log).To(ContainSubstring(want))
			}
			_, err := attempt(t, "docker", "inspect", p.name)
			g.Expect(err).To(HaveOccurred(), "an image was made")
		})
	}
}

// TestOfflineWithEverythingInstalled builds without any network: all that the app needs is in the build image.
func TestOfflineWithEverythingInstalled(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-offline", offline: true, fresh: true, dir: app(t, map[string]string{"app.py": "import json, ssl\nprint(json.dumps(ssl.OPENSSL_VERSION))\n"})}
	log := p.build(t)
	g.Expect(log).NotTo(ContainSubstring("downloaded"))
	g.Expect(strings.TrimSpace(command(t, "docker", "run", "--rm", "--read-only", p.name))).To(ContainSubstring("OpenSSL 3."))
}
