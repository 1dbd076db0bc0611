package slicer_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestNamesAsAptSpellsThem takes names with the cut's own architecture and with the version that the sources choose; another one is an
// error that says what there is.
func TestNamesAsAptSpellsThem(t *testing.T) {
	for name, want := range map[string]string{
		"tool:amd64": "", "tool:any": "", "tool=2": "", "tool:amd64=2": "",
		"tool:arm64": "cannot cut tool:arm64 for amd64: the cut is for another architecture",
		"tool=3":     "cannot cut tool 3: the sources choose another version, 2; they have 2, 1",
		"gone=1":     "cannot find package gone",
	} {
		text := txtar.Parse([]byte("-- names --\n" + name + "\n-- deb/tool_1/usr/bin/tool --\nelf exec\n-- deb/tool_2/usr/bin/tool --\nelf exec\n"))
		s := newScenario(t, text, slicertest.NewKey("test", slicertest.KeyOptions{}))
		got, err := slicer.Select(t.Context(), s.want)
		switch {
		case want == "" && (err != nil || len(got.Files) == 0 || got.Packages[0].Name != "tool"):
			t.Errorf("%s: got %v", name, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
		if strings.HasSuffix(name, "arm64") && !errors.Is(err, slicer.ErrOtherArch) || name == "tool=3" && !errors.Is(err, slicer.ErrOtherVersion) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
