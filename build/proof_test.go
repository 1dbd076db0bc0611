package build

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestProofIsTakenFromTheBuildBefore has an app without ELF files that wants a library by name: who needs the libc of the run image
// is what the proof found, and the label tells it.
func TestProofIsTakenFromTheBuildBefore(t *testing.T) {
	w := newWorkshop(t)
	program := "" // an ELF file of the app, where it has one
	w.languages = []language.Language{{Language: detect.Language{Name: "go", Files: []string{"go.mod"}}, Compile: func(_ context.Context, s language.Site) (language.Artifacts, error) {
		layer, err := s.Layer("made")
		if err == nil {
			layer, err = s.Reset(layer)
		}
		if err != nil {
			return language.Artifacts{}, err
		}
		file := filepath.Join(layer.Path, "program")
		if err := os.WriteFile(file, []byte(program), 0o755); err != nil {
			return language.Artifacts{}, err
		}
		layer.Launch = true
		s.Keep(layer, "program")
		return language.Artifacts{
			Roots: []string{layer.Path}, Libraries: []slicer.Named{{Name: "libgmp.so.10", By: "test", Kind: manifest.Listed}},
			Processes: []language.Process{{Type: "web", Command: []string{file}, Why: "test"}},
		}, nil
	}}}
	run := func() (label string) {
		t.Helper()
		if log, err := w.run(t); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		return languagetest.Read(t, w.layers+"/launch.toml")
	}
	proven := run()
	file := w.layers + "/archive/" + proofFile
	var kept keptProof
	if err := json.Unmarshal([]byte(languagetest.Read(t, file)), &kept); err != nil || len(kept.Libraries) != 1 || !strings.Contains(proven, kept.Libraries[0].By) {
		t.Fatalf("%v, %+v is kept of %s", err, kept, proven)
	}
	if again := run(); again != proven {
		t.Errorf("by the proof that was kept: %s, not %s", again, proven)
	}
	mark := func() {
		kept.Libraries = []contract.NeededLibrary{{Soname: "libc.so.6", By: "/the/one/that/was/kept"}}
		text, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, w.layers, map[string]string{"archive/" + proofFile: string(text)})
	}
	mark()
	if again := run(); !strings.Contains(again, "/the/one/that/was/kept") {
		t.Errorf("the image was proven anew: %s", again)
	}
	languagetest.Write(t, w.layers, map[string]string{"archive/" + proofFile: `{"Key": "` + kept.Key})
	if again := run(); again != proven {
		t.Errorf("by a file that was cut short: %s, not %s", again, proven)
	}
	mark()
	languagetest.Write(t, w.root, map[string]string{"usr/share/whittle/run/" + baseID + ".json": floorText(t, baseID, "libc.so.6", "libm.so.6")})
	if again := run(); strings.Contains(again, "/the/one/that/was/kept") {
		t.Errorf("another floor is taken as proven: %s", again)
	}
	mark()
	program = string(slicertest.ELFOf("exec", "needs=libc.so.6").Bytes())
	if again := run(); strings.Contains(again, "/the/one/that/was/kept") {
		t.Errorf("an ELF file of the app is taken as proven: %s", again)
	}
	if err := json.Unmarshal([]byte(languagetest.Read(t, file)), &kept); err != nil {
		t.Fatal(err)
	}
	mark()
	if again := run(); !strings.Contains(again, "/the/one/that/was/kept") {
		t.Errorf("an image with the same ELF file was proven anew: %s", again)
	}
	program = string(slicertest.ELFOf("exec", "needs=libm.so.6").Bytes())
	if again := run(); strings.Contains(again, "/the/one/that/was/kept") {
		t.Errorf("another ELF file of the app is taken as proven: %s", again)
	}
}

// TestSelectionIsTakenFromTheBuildBefore counts how often a build selects: once for builds that change nothing, and each time where a
// bundle is written of what is read meanwhile.
func TestSelectionIsTakenFromTheBuildBefore(t *testing.T) {
	w := newWorkshop(t)
	selected := 0
	w.selects = func(ctx context.Context, want slicer.Want) (*slicer.Selection, error) {
		selected++
		return slicer.Select(ctx, want)
	}
	languagetest.Write(t, w.root, map[string]string{"usr/share/whittle/run/" + baseID + ".json": floorText(t, baseID, "libc.so.6", "libm.so.6")})
	for _, row := range []struct {
		needs string
		env   map[string]string
		want  int
	}{
		{"libm.so.6", nil, 1}, // of the run image
		{"libm.so.6", nil, 0},
		{"libgmp.so.10", nil, 1},
		{"libgmp.so.10", nil, 0},
		{"libgmp.so.10", map[string]string{"BP_WHITTLE_SLICES": "libgmp10"}, 1},
		{"libgmp.so.10", map[string]string{"BP_WHITTLE_SAVE_BUNDLE": t.TempDir() + "/bundle"}, 1},
	} {
		selected, w.needs, w.env = 0, row.needs, row.env
		log, err := w.run(t)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if selected != row.want {
			t.Errorf("%s, with %v: it was selected %d times, want %d", row.needs, row.env, selected, row.want)
		}
	}
}

// TestFilesAreKeptWithoutAnArchive keeps something in a build that read no archive, and so has no cache of one yet.
func TestFilesAreKeptWithoutAnArchive(t *testing.T) {
	b := &builder{BuildContext: packit.BuildContext{Layers: packit.Layers{Path: t.TempDir()}}}
	if got := b.kept("file"); got != nil {
		t.Errorf("got %q before", got)
	}
	if err := b.keepFile("file", []byte("text")); err != nil {
		t.Fatal(err)
	}
	if got := b.kept("file"); string(got) != "text" {
		t.Errorf("got %q", got)
	}
}
