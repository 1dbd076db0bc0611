package releases_test

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/image/runimage"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
)

// TestRunImagesHavePromises reads what is promised of every run image: all of its doors, where they lead now.
func TestRunImagesHavePromises(t *testing.T) {
	eachRelease(t, checkPromises)
}

func checkPromises(t *testing.T, release string, fsys fs.FS) {
	for _, name := range []string{"static", "base", "cc"} {
		for _, arch := range []string{"amd64", "arm64"} {
			id := "whittle." + release + "." + name
			f, err := fsys.Open("run/promises/" + id + "." + arch + ".json")
			if err != nil {
				t.Fatal(err)
			}
			p, err := contract.ReadPromise(f)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			if p.ID != id || p.Arch != arch || len(p.Packages) < 4 || len(p.Files) < 400 || len(p.Path) < 10 {
				t.Errorf("%s for %s: %d packages, %d files, %d directories of PATH", p.ID, p.Arch, len(p.Packages), len(p.Files), len(p.Path))
			}
			if d := cmp.Diff(doors(t, fsys, debian.Triplet(arch)), p.Doors); d != "" {
				t.Errorf("%s for %s: the table of doors and what is promised of them: %s", id, arch, d)
			}
		}
	}
}

// TestDebugSiblingsExist holds each run image's sibling with a shell against its definitions: it adds a layer, and nothing else.
func TestDebugSiblingsExist(t *testing.T) {
	eachRelease(t, checkSiblings)
}

func checkSiblings(t *testing.T, _ string, fsys fs.FS) {
	definitions, err := release.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	specs, err := fs.Glob(fsys, "run/*.yaml")
	if err != nil || len(specs) != 6 {
		t.Fatalf("run images %q, %v; want three and their siblings", specs, err)
	}
	for _, name := range []string{"static", "base", "cc"} {
		base, err := runimage.ReadSpec(fsys, "run/"+name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		debug, err := runimage.ReadSpec(fsys, "run/"+name+"-debug.yaml")
		if err != nil {
			t.Fatal(err)
		}
		over, err := debug.Over(base)
		if err != nil {
			t.Fatal(err)
		}
		if debug.Extends != name || !over.Sibling || over.ID != base.ID || len(debug.Layers) != 1 {
			t.Errorf("%s-debug extends %q and has ID %s and %d layers of its own", name, debug.Extends, over.ID, len(debug.Layers))
		}
		checkSlices(t, definitions, name+"-debug", debug)
	}
}
