package build

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/missing"
)

const ubuntuRelease = "NAME=\"Ubuntu\"\nID=ubuntu\nVERSION_ID=\"22.04\"\n"

// TestForeignRunImages finds run images of others by what the lifecycle tells, and takes no more for granted than their
// makers promise.
func TestForeignRunImages(t *testing.T) {
	const tiny = "docker.io/paketobuildpacks/run-jammy-tiny:latest"
	for _, row := range []struct {
		name, host, image, stack string
		looked                   bool
		run                      distro
		id, by, has              string
	}{
		{"nothing is known", "", "", "", false, distro{}, "unknown", "nothing says which run image", "glibc and nothing else"},
		{"the distribution is known", "", "acme/run:1", "", true, distro{"debian", "12"}, "unknown", "nothing says which run image", "glibc 2.36 and nothing else"},
		{"its name", ubuntuRelease, tiny, "", true, jammy, "io.buildpacks.stacks.jammy.tiny", "its name paketobuildpacks/run-jammy-tiny", "glibc 2.35 and the libraries of libssl3, zlib1g"},
		{"a copy with a digest", ubuntuRelease, "registry.example.com:5000/copy/heroku/heroku:22-cnb@sha256:00", "", true, jammy, "heroku-22", "its name heroku/heroku:22", ""},
		{"another tag", ubuntuRelease, "heroku/heroku:2", "", true, distro{}, "unknown", "nothing says which run image", ""},
		{"on a builder of another distribution", "ID=debian\nVERSION_ID=13\n", tiny, "", true, jammy, "io.buildpacks.stacks.jammy.tiny", "its name paketobuildpacks/run-jammy-tiny", "glibc 2.35 and nothing else"},
		{"kpack tells the stack alone", ubuntuRelease, "", "io.buildpacks.stacks.jammy.tiny", false, jammy, "io.buildpacks.stacks.jammy.tiny", "CNB_STACK_ID", "glibc 2.35 and the libraries of libssl3, zlib1g"},
		{"another run image than the builder's", ubuntuRelease, "acme/run", "io.buildpacks.stacks.jammy", true, jammy, "unknown", "nothing says which run image", "glibc 2.35 and nothing else"},
		{"static", ubuntuRelease, "paketobuildpacks/run-jammy-static", "", true, jammy, "io.buildpacks.stacks.jammy.static", "its name paketobuildpacks/run-jammy-static", "no glibc"},
		{"musl", "", "acme/alpine", "", true, distro{"alpine", "3.20"}, "unknown", "nothing says which run image", "no glibc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := "[run-image]\nreference = \"x\"\nimage = \"" + row.image + "\"\n"
			if row.looked {
				text += "[run-image.target]\nos = \"linux\"\n"
			}
			root := fstest.MapFS{}
			if row.host != "" {
				root["etc/os-release"] = &fstest.MapFile{Data: []byte(row.host)}
			}
			c, err := findContract(surroundings{Root: root, Layers: fstest.MapFS{"analyzed.toml": {Data: []byte(text)}}, Stack: row.stack, Arch: "amd64", Run: row.run})
			if err != nil {
				t.Fatal(err)
			}
			if !c.foreign() || c.Floor.ID != row.id || c.By != row.by || row.has != "" && c.Has != row.has {
				t.Errorf("got %s by %s, with %s", c.Floor.ID, c.By, c.Has)
			}
			if c.Floor.HasLibc() != (c.Has != "no glibc") {
				t.Error("a C library is in the floor, and it is said that there is none, or the other way round")
			}
		})
	}
}

func TestForeignFloorHasGlibcOfTheDistribution(t *testing.T) {
	for arch, loader := range map[string]string{"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"} {
		f, _ := foreignFloor(foreignRun{}, arch, jammy, distro{})
		if f.Libraries[0].Soname != loader || len(f.Libraries) != 7 || len(f.Doors) != 0 {
			t.Errorf("%s: got %+v", arch, f.Libraries)
		}
		versions := f.Libraries[1].Versions
		if !slices.Contains(versions, "GLIBC_2.35") || slices.Contains(versions, "GLIBC_2.36") {
			t.Errorf("Ubuntu 22.04 has %v", versions)
		}
	}
	if f, _ := foreignFloor(foreignRun{}, "amd64", distro{"slackware", "15"}, distro{}); f.Libraries[1].Versions != nil {
		t.Errorf("a distribution that nobody knows has %v", f.Libraries[1].Versions)
	}
}

// TestForeignTableIsWhole: every package that the table names has libraries, and no name or stack is in it twice.
func TestForeignTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range foreignRuns {
		for _, name := range append(slices.Clone(r.images), r.stack) {
			if seen[name] {
				t.Errorf("%s is in the table twice", name)
			}
			seen[name] = true
		}
		var of []contract.FloorLibrary
		for _, p := range r.packages {
			if len(sonamesOf[p]) == 0 {
				t.Errorf("%s has package %s, and nobody knows its libraries", r.stack, p)
			}
		}
		f, has := foreignFloor(r, "amd64", distro{}, r.distro)
		if of = f.Libraries; r.static != (len(of) == 0) || r.static != (has == "no glibc") {
			t.Errorf("%s has %s: %+v", r.stack, has, of)
		}
	}
}

func TestNewerGlibcThanTheForeignRunImageHasIsExplained(t *testing.T) {
	finding := missing.Finding{Kind: missing.Version, Importer: "/workspace/app", Name: "libc.so.6", Version: "GLIBC_2.38"}
	p := advice{foreign: "glibc 2.35 and nothing else"}.incomplete([]missing.Finding{finding}, nil)
	languagetest.Has(t, p, "Take a run image of the builder's own distribution, or a newer one (pack build --run-image): this one has glibc 2.35 and nothing else.")
}

func TestHostDistro(t *testing.T) {
	for text, want := range map[string]distro{ubuntuRelease: jammy, "NAME=x\n": {}, "ID='debian'\nVERSION_ID=13": {"debian", "13"}} {
		got := hostDistro(fstest.MapFS{"etc/os-release": {Data: []byte(text)}})
		if d := cmp.Diff(want, got, cmp.AllowUnexported(distro{})); d != "" {
			t.Errorf("%q: %s", text, d)
		}
	}
}
