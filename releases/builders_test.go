package releases_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/release"
)

func builder(t *testing.T, release string) builders.Builder {
	t.Helper()
	all, err := builders.Read(releases.FS)
	if err != nil {
		t.Fatal(err)
	}
	return all.Of(release)
}

// TestBuildersHaveWhatTheirReleasesDefine holds what is said of a builder's versions against the definitions of the release, which
// the archive is held against, and against the packages of the build image.
func TestBuildersHaveWhatTheirReleasesDefine(t *testing.T) {
	eachRelease(t, func(t *testing.T, name string, fsys fs.FS) {
		b := builder(t, name)
		rel, err := release.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range []string{"python" + b.Version("python"), "ruby" + b.Version("ruby"), "php" + b.Version("php") + "-cli", "openjdk-" + b.Version("java") + "-jre-headless"} {
			if rel.Package(pkg) == nil {
				t.Errorf("builder.toml promises %s, which no definition has", pkg)
			}
		}
		installed := "\n"
		lists, err := fs.Glob(fsys, "build/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			text, err := fs.ReadFile(fsys, list)
			if err != nil {
				t.Fatal(err)
			}
			installed += string(text)
		}
		for _, pkg := range []string{"python3", "gcc", "openjdk-" + b.Version("java") + "-jdk-headless", "ruby", "php-cli", "golang-go", "rustc"} {
			if !regexp.MustCompile(`\n` + pkg + `(-web)?(/[a-z-]+)?\n`).MatchString(installed) {
				t.Errorf("no list of the build image has %s", pkg)
			}
		}
	})
}

// TestReadmeTellsOfTheBuilders holds the table of builders in README.md against what they have.
func TestReadmeTellsOfTheBuilders(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := builders.Read(releases.FS)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, b := range all {
		v := func(name string) string { return strings.Join(b.Versions[name], ", ") }
		want = append(want, fmt.Sprintf("| `%s` | %s | %s | %s | %s | %s | %s | %s |", b.Image(), v("python"), v("java"), v("ruby"), v("php"), v("go"), v("rust"), v("gcc")))
	}
	// The last two columns, megabytes and run images, are measured and made elsewhere.
	row := regexp.MustCompile("(?m)^(\\| `whittle/builder:debian-[0-9]+` (?:\\| [0-9., ]+ ){7}\\|)(.*)$")
	var got []string
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
		release, _, _ := strings.Cut(strings.TrimPrefix(m[1], "| `whittle/builder:"), "`")
		for _, kind := range []string{"static", "base", "cc"} {
			if run := "`whittle/run:" + release + "-" + kind + "`"; !strings.Contains(m[2], run) {
				t.Errorf("the row of %s names no %s", release, run)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table of builders (-want +got):\n%s", diff)
	}
}
