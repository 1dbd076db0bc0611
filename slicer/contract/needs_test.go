package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestNeedsAreReadAsTheyAreWritten(t *testing.T) {
	n := &Needs{
		Schema: NeedsSchema, RunImage: "whittle.debian-13.base", Floor: "sha256:00", Arch: "amd64",
		Libraries: []NeededLibrary{{Soname: "libc.so.6", By: "/workspace/app", Versions: []string{"GLIBC_2.34"}, Symbols: []string{"x@GLIBC_PRIVATE"}}},
		Files:     []NeededFile{{Path: "lib64/ld-linux-x86-64.so.2", By: "/workspace/<app>"}},
		Doors:     Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}},
		Packages:  []NeededPackage{{Name: "libc6", Upstream: "2.41", By: "/layers/x/UTF-9.so"}},
	}
	text, err := n.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text, "\n") || !strings.Contains(text, "<app>") {
		t.Errorf("the label is %s", text)
	}
	got, err := ReadNeeds(text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(n, got); d != "" {
		t.Error(d)
	}
}

// A label is anybody's text: it reaches a terminal and names paths that are opened.
func TestHostileNeedsAreRefused(t *testing.T) {
	const head = `{"schema":"whittle.needs/1","runImage":"r","floor":"f","arch":"amd64"`
	for name, text := range map[string]string{
		"no JSON":                      "needs",
		"nothing":                      "",
		"another schema":               `{"schema":"whittle.needs/2"}`,
		"more than its bound":          head + `,"libraries":[{"soname":"` + strings.Repeat("x", MaxNeeds) + `"}]}`,
		"objects without end":          `{"schema":"whittle.needs/1","libraries":[` + strings.Repeat("{},", 60_000) + `{}]}`,
		"a long name":                  head + `,"libraries":[{"soname":"` + strings.Repeat("x", maxNeedsText+1) + `"}]}`,
		"a library that is a path":     head + `,"libraries":[{"soname":"../../x.so"}]}`,
		"a library without a name":     head + `,"libraries":[{"soname":""}]}`,
		"a path out of the image":      head + `,"files":[{"path":"../etc/passwd"}]}`,
		"an absolute path":             head + `,"files":[{"path":"/etc/passwd"}]}`,
		"a path with a NUL":            head + `,"files":[{"path":"a\u0000b"}]}`,
		"a terminal's escape":          head + `,"libraries":[{"soname":"x.so","by":"\u001b]0;owned\u0007"}]}`,
		"a line of its own":            head + `,"packages":[{"name":"a","upstream":"1\nok"}]}`,
		"a door out of the layers":     head + `,"doors":[{"path":"usr/bin","layer":"../..","target":"x"}]}`,
		"a door whose path leads away": head + `,"doors":[{"path":"../x","layer":"slices","target":"x"}]}`,
	} {
		if _, err := ReadNeeds(text); err == nil || !strings.HasPrefix(err.Error(), "cannot read label dev.whittle.needs: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadNeeds(f *testing.F) {
	f.Add(`{"schema":"whittle.needs/1","libraries":[{"soname":"libc.so.6","versions":["GLIBC_2.34"]}],"files":[{"path":"etc/passwd"}],"doors":[{"path":"usr/bin","layer":"slices","target":"usr/bin"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ReadNeeds(text)
		if err != nil {
			return
		}
		again, err := n.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ReadNeeds(again); err != nil || cmp.Diff(n, back, cmpopts.EquateEmpty()) != "" {
			t.Errorf("%q is read again as %+v, %v", again, back, err)
		}
	})
}
