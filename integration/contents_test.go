//go:build integration

package integration

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// budgets are what images may weigh beside the launcher, in MB: little more than they do, so that what comes into one unseen is seen. Goals
// that docs/sizes.md names stand in the tests of their images.
var budgets = map[string]float64{
	"it-c": 27.5, "it-c-cmake": 17, "it-c-meson": 16, "it-c-make": 25.5, "it-c-autotools": 15,
	"it-rust": 3, "it-rust-sqlite": 16.5, "it-rust-workspace": 15.5, "it-rust-script": 15,
	"it-java-web": 54, "it-java-spring": 109, "it-java-modules": 56.5, "it-java-sources": 70,
	"it-ruby-web": 37, "it-ruby-sinatra": 50, "it-ruby-monorepo": 37, "it-ruby-native": 43, "it-ruby-rails": 85,
	"it-php-web": 55, "it-php-native": 110, "it-php-apache": 75, "it-php-laravel": 90, "it-php-wordpress": 120,
	"it-nginx": 19.5, "it-httpd": 25.5, "it-prebuilt": 27.5, "it-ffmpeg": 253, "it-behind": 15,
	"it-go-web": 7.5, "it-go-workspace": 20, "it-go-cgo": 35, "it-go-vendored": 20,
	"it-python-gmpy2": 36, "it-python-poetry": 80,
	"it-node-web": 127, "it-node-native": 160, "it-node-pnpm": 150, "it-node-next": 200,
}

// fits holds an image against its budget.
func fits(t *testing.T, image string) {
	t.Helper()
	weighs := float64(size(t, image)-files(t, image)["/cnb/lifecycle/launcher"]) / 1e6
	if budget := budgets[image]; weighs > budget {
		t.Errorf("%s weighs %.2f MB beside the launcher, and its budget is %.1f", image, weighs, budget)
	}
}

var (
	// neverPrograms are shells, package managers, compilers and their kin.
	neverPrograms = strings.Fields("sh bash dash apt apt-get dpkg gcc cc g++ c++ as ld strip make cmake pip pip3 go cargo rustc javac mvn gradle composer")
	neverFiles    = regexp.MustCompile(`/(go\.mod|project\.toml|\.git)$|\.(h|go|pyx|a)$|^/(usr/include|var/cache/apt|var/lib/apt|root/\.)|/usr/lib/gcc/`)
)

// onlyRuntime checks the musts and must-nots of an image, and what it weighs.
func onlyRuntime(t *testing.T, image string) {
	t.Helper()
	g := NewWithT(t)
	all := files(t, image)
	g.Expect(all).To(And(HaveKey("/etc/os-release"), HaveKey("/var/lib/dpkg/status.d/tzdata")))
	var never []string
	for path := range all {
		dir := filepath.Base(filepath.Dir(path))
		program := (dir == "bin" || dir == "sbin") && slices.Contains(neverPrograms, filepath.Base(path))
		if program || neverFiles.MatchString(path) {
			never = append(never, path)
		}
	}
	g.Expect(never).To(BeEmpty(), "what %s must not have", image)
	user := strings.TrimSpace(command(t, "docker", "inspect", "--format", "{{.Config.User}}", image))
	g.Expect(user).To(Equal("65532:65532"))
	fits(t, image)
}

// exported are the files of images, by their ID.
var exported sync.Map
