package releases_test

import (
	"bufio"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/image/runimage"
	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
)

// all are the releases that whittle brings.
var all = []string{"debian-12", "debian-13"}

func TestEveryFolderIsARelease(t *testing.T) {
	found, err := fs.Glob(releases.FS, "*")
	if err != nil || !slices.Equal(found, all) {
		t.Errorf("there are %v, %v; the tests here look at %v", found, err, all)
	}
}

func folder(t *testing.T, release string) fs.FS {
	t.Helper()
	fsys, err := fs.Sub(releases.FS, release)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// eachRelease runs a test for every release.
func eachRelease(t *testing.T, test func(t *testing.T, name string, fsys fs.FS)) {
	for _, name := range all {
		t.Run(name, func(t *testing.T) { test(t, name, folder(t, name)) })
	}
}

func doors(t *testing.T, fsys fs.FS, triplet string) contract.Doors {
	t.Helper()
	f, err := fsys.Open("doors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doors, err := contract.ReadDoors(f, triplet)
	if err != nil {
		t.Fatal(err)
	}
	return doors
}

func TestDefinitionsReadWithoutWarnings(t *testing.T) {
	eachRelease(t, func(t *testing.T, _ string, fsys fs.FS) {
		rel, err := release.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		if len(rel.Names()) == 0 || len(rel.Warnings) > 0 {
			t.Errorf("%d packages are defined, with warnings %q", len(rel.Names()), rel.Warnings)
		}
		for _, f := range release.Faults(rel) {
			t.Error(f)
		}
	})
}

func TestSlicesOfRunImagesExist(t *testing.T) {
	eachRelease(t, func(t *testing.T, rel string, fsys fs.FS) {
		release, err := release.Read(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"static", "base", "cc"} {
			spec, err := runimage.ReadSpec(fsys, "run/"+name+".yaml")
			if err != nil {
				t.Error(err)
				continue
			}
			if want := "whittle." + rel + "." + name; spec.ID != want || spec.Doors != "doors" {
				t.Errorf("run/%s.yaml has ID %s and doors %q, want %s with doors", name, spec.ID, spec.Doors, want)
			}
			checkSlices(t, release, name, spec)
		}
	})
}

// checkSlices holds the slices of a run image against the definitions.
func checkSlices(t *testing.T, definitions *release.Release, name string, spec *runimage.Spec) {
	t.Helper()
	for _, layer := range spec.Layers {
		for _, s := range layer.Slices {
			pkg, slice, _ := strings.Cut(s, "_")
			if p := definitions.Package(pkg); p == nil || p.Slices[slice] == nil {
				t.Errorf("run/%s.yaml wants %s, which no definition has", name, s)
			}
		}
	}
}

// Programs of an app are found by name without the launcher too, so the PATH of every run image begins with the layers that
// have them, the interpreter of an app's environment before that of Debian.
func TestPathOfRunImagesLeadsIntoLayers(t *testing.T) {
	var first []string
	for _, name := range []string{"debian-13/static", "debian-13/base", "debian-13/cc", "debian-12/static", "debian-12/base", "debian-12/cc"} {
		release, kind, _ := strings.Cut(name, "/")
		spec, err := runimage.ReadSpec(folder(t, release), "run/"+kind+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		dirs := strings.Split(spec.Env["PATH"], ":")
		if first == nil {
			first = dirs
		}
		if !slices.Equal(dirs, first) {
			t.Errorf("the PATH of %s is %q, another than that of static", name, dirs)
		}
		at := 0
		for _, want := range []string{"packages/bin", "go/bin", "node/bin"} {
			i := slices.Index(dirs, contract.LayerPath(strings.TrimSuffix(want, "/bin"), "bin"))
			if i < at {
				t.Errorf("%s: PATH has %s at %d, want it after %d", name, want, i, at)
			}
			at = i
		}
		tail := []string{"/workspace/bin", "/workspace/node_modules/.bin", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}
		if len(dirs) < len(tail) || !slices.Equal(dirs[len(dirs)-len(tail):], tail) {
			t.Errorf("%s: PATH ends otherwise than with %q: %q", name, tail, dirs)
		}
	}
}

func TestDoorTableReads(t *testing.T) {
	eachRelease(t, func(t *testing.T, name string, fsys fs.FS) {
		for _, triplet := range []string{"x86_64-linux-gnu", "aarch64-linux-gnu"} {
			readDoors(t, name, fsys, triplet)
		}
	})
}

func readDoors(t *testing.T, name string, fsys fs.FS, triplet string) {
	t.Helper()
	doors := doors(t, fsys, triplet)
	for path, want := range map[string]string{
		"usr/bin/git": "slices",
		"usr/lib/python" + builder(t, name).Version("python") + "/os.py": "python",
		"usr/lib/" + triplet + "/perl-base/warn.pm":                      "slices",
		"usr/local/bin/git":                       "", // is shown from elsewhere
		"usr/share/git-core/templates/HEAD":       "slices",
		"usr/lib/locale/de_DE.utf8/LC_CTYPE":      "slices",
		"usr/lib/" + triplet + "/gconv/EUC-JP.so": "slices",
	} {
		if got := doors.Layer(path); got != want {
			t.Errorf("%s: layer %q, want %q", path, got, want)
		}
	}
	if d, ok := doors.At("etc/ld.so.cache"); !ok || d.Link() != "/layers/whittle_whittle/loader/ld.so.cache" {
		t.Errorf("the loader's cache leads to %s", d.Link())
	}
}

// What a door hides of the image is an error when the image is built, so no path of a slice of a run image may be behind
// one, unless it is shared.
func TestNoDoorHidesRunImage(t *testing.T) {
	eachRelease(t, func(t *testing.T, _ string, fsys fs.FS) { lookBehindDoors(t, fsys) })
}

func lookBehindDoors(t *testing.T, fsys fs.FS) {
	t.Helper()
	release, err := release.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	doors, n := doors(t, fsys, "x86_64-linux-gnu"), 0
	for _, name := range []string{"static", "base", "cc"} {
		spec, err := runimage.ReadSpec(fsys, "run/"+name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, layer := range spec.Layers {
			for _, s := range layer.Slices {
				pkg, slice, _ := strings.Cut(s, "_")
				for at, info := range release.Package(pkg).Slices[slice].Contents {
					if info.Until != "" {
						continue // is gone before the image is made
					}
					n++
					if d, ok := doors.At(strings.Trim(at, "/")); ok && !d.Shared() {
						t.Errorf("door %s hides %s of %s", d.Path, at, s)
					}
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d paths were looked at", n)
	}
}

// TestUnpackedPackagesAreNamedOnce holds the list of packages that the build image has unpacked: each is named once, in order, and is
// not one that is installed by name.
func TestUnpackedPackagesAreNamedOnce(t *testing.T) {
	eachRelease(t, func(t *testing.T, _ string, fsys fs.FS) {
		names := lines(t, fsys, "build-unpacked.txt")
		if len(names) == 0 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) < len(names) {
			t.Errorf("build-unpacked.txt is not a sorted list of names: %q", names)
		}
		lists, err := fs.Glob(fsys, "build/*.txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			for _, name := range lines(t, fsys, list) {
				if _, found := slices.BinarySearch(names, name); found {
					t.Errorf("%s has %s, which is unpacked, too", list, name)
				}
			}
		}
	})
}

// lines are the lines of a file, each of which is the name of a package.
func lines(t *testing.T, fsys fs.FS, name string) []string {
	t.Helper()
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, line := range all {
		if pkg, _, _ := strings.Cut(line, "/"); !regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]+$`).MatchString(pkg) {
			t.Errorf("%s: %q is no package", name, line)
		}
	}
	return all
}

func TestBuildDoorsAreSortedDirectoriesInUsr(t *testing.T) {
	eachRelease(t, func(t *testing.T, _ string, fsys fs.FS) { readBuildDoors(t, fsys) })
}

func readBuildDoors(t *testing.T, fsys fs.FS) {
	t.Helper()
	f, err := fsys.Open("build-doors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	last, have := "", map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		if !strings.HasPrefix(line, "/usr/") || path.Clean(line) != line || strings.Contains(line, "$") {
			t.Errorf("%q is not a path that the build image can lead into a layer", line)
		}
		if line <= last || last != "" && strings.HasPrefix(line, last+"/") {
			t.Errorf("%s comes after %s", line, last)
		}
		last, have[line] = line, true
	}
	for _, want := range []string{"/usr/include/postgresql", "/usr/include/libxml2", "/usr/lib/TRIPLET/dbus-1.0"} {
		if !have[want] {
			t.Errorf("%s is no door of the build image", want)
		}
	}
}
