package release

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestShippedDefinitions checks whittle's own definitions: they hold together, have no unknown field, can be selected
// on both architectures, and those of Debian 13 have every slice that the run images name.
func TestShippedDefinitions(t *testing.T) {
	shipped(t, "debian-12")
	r := shipped(t, "debian-13")
	for _, name := range []string{"static", "base", "cc"} {
		text, err := os.ReadFile("../../releases/debian-13/run/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var image struct{ Layers []struct{ Slices []string } }
		if err := yaml.Unmarshal(text, &image); err != nil {
			t.Fatalf("run image %s: %v", name, err)
		}
		for _, layer := range image.Layers {
			for _, wanted := range layer.Slices {
				if k, err := ParseKey(wanted); err != nil || r.slice(k) == nil {
					t.Errorf("run image %s wants %s, which is not defined", name, wanted)
				}
			}
		}
	}
}

// shipped reads and checks a release of whittle's.
func shipped(t *testing.T, name string) *Release {
	t.Helper()
	r, err := Read(os.DirFS("../../releases/" + name))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(r.Warnings) > 0 {
		t.Errorf("warnings: %q", r.Warnings)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		for _, s := range r.all() {
			selected, err := r.Select([]Key{s.Key()}, arch)
			if err != nil || !slices.Contains(selected, s) {
				t.Errorf("cannot select %s on %s: %v", s, arch, err)
			}
		}
	}
	return r
}
