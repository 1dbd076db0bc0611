package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// TestNamesCommandNoTerminal prints names of files and packages that hold escape sequences and line ends, in every command that
// prints them: no control character comes out, and no line that is not whittle's.
func TestNamesCommandNoTerminal(t *testing.T) {
	const evil = "\x1b]0;owned\a\x1b[2J\nwhittle: all is well\u009b"
	u := newUser(t)
	quoted := strings.NewReplacer("\x1b", `\u001b`, "\a", `\u0007`, "\n", `\n`).Replace(evil)
	manifest := func(name string) string {
		return u.write(name, strings.ReplaceAll(`{"schema":"whittle.manifest/1","arch":"amd64","packages":[{"name":"pEVIL","version":"`+name+`EVIL","arch":"amd64","source":"p","sourceVersion":"1"}],
"slices":[{"name":"p_bins","package":"pEVIL","why":[{"kind":"asked","by":"meEVIL"}]}],
"files":[{"layer":"slices","path":"usr/bin/xEVIL","kind":"file","mode":"0755","size":5,"package":"pEVIL","slice":"p_bins","why":[{"kind":"needed","by":"/usr/bin/qEVIL","name":"nEVIL"}]}],"edges":[],
"notDone":[{"package":"pEVIL","script":"postinst","command":"doEVIL","reason":"rEVIL","matters":true}],"skipped":[{"name":"oEVIL","reason":"noEVIL","by":"bEVIL"}]}`, "EVIL", quoted))
	}
	one, two := manifest("1"), manifest("2")
	root := slicertest.Tar(tarFile("usr/bin/x"+evil, "\x7fELF"), tarLink(tar.TypeSymlink, "usr/bin/l"+evil, "/no"+evil), tarFile("usr/bin/s"+evil, "#!/bin/"+evil))
	image, bad := u.write("root.tar", string(root)), u.write("bad.tar", string(slicertest.Tar(tarLink(tar.TypeLink, "a"+evil, "gone"+evil))))
	app := layoutOf(t, evil)
	for _, args := range [][]string{
		{"verify", app},
		{"verify", "--notes", one},
		{"explain", app, "x" + evil},
		{"image", "check", app},
		{"image", "diff", app, layoutOf(t, evil+"2")},
		{"image", "finish", "--output", "oci:" + u.path("finished"), app},
		{"image", "build", u.write("spec.toml", "[image]\nname = \"x\"\n\"\\u001b[2J\" = 1\n")},
		{"rebase-check", app, app},
		{"manifest", image},
		{"sbom", image},
		{"find", "no" + evil},
		{"lock", "--output", u.path("l.lock"), "no" + evil},
		{"bundle", "--output", u.path("b.tar"), "no" + evil},
		{"vex", "--vulnerabilities", u.write("v.json", `[{"id":"`+quoted+`"}]`), image},
		{"definitions", "check", u.path("none" + evil)},
		{"verify", image},
		{"verify", "--all", "--notes", "--unused", image},
		{"verify", bad},
		{"verify", u.path("none" + evil)},
		{"explain", one},
		{"explain", one, "p" + evil},
		{"explain", one, "usr/bin/x" + evil},
		{"explain", one, "no" + evil},
		{"diff", one, two},
		{"diff", "--files", one, two},
		{"no" + evil},
		{"cut", "--no" + evil},
	} {
		_, said := u.whittle(args...)
		for i, r := range said {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Errorf("%q: control character %q in %q", args, r, said[max(0, i-40):min(len(said), i+40)])
				break
			}
		}
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, "whittle: all is well") {
				t.Errorf("%q: a name makes a line of its own:\n%s", args, said)
			}
		}
	}
}

// layoutOf is an image of a buildpack in which all that can has a name.
func layoutOf(t *testing.T, name string) string {
	h := hostile{t, t.TempDir()}
	layer := h.packed(func(w *tar.Writer) {
		h.file(w, "usr/bin/x"+name, slicertest.ELF{Exec: true, Needed: []string{"libx.so" + name}}.Bytes())
		h.link(w, "usr/bin/l"+name, "/no"+name)
		h.file(w, "layers/config/metadata.toml", fmt.Appendf(nil, "[[buildpacks]]\nid = %q\n[[processes]]\ntype = %[1]q\ncommand = [%[1]q]\n", "no/"+strings.Map(func(r rune) rune {
			if r == '\a' {
				return -1
			}
			return r
		}, strings.ReplaceAll(name, "\x1b", "")))) // TOML has no \x1b
	})
	return h.layout(map[string]any{"variant": name, "config": map[string]any{
		"Env": []string{"PATH=/usr/bin" + name}, "Entrypoint": []string{"/cnb/process/web" + name}, "Cmd": []string{name},
		"Labels": map[string]string{
			"io.buildpacks.base.id": "whittle.debian-13." + name, "io.buildpacks.stack.id": name, "dev.whittle.floor": name,
			"io.buildpacks.build.metadata":     string(h.json(map[string]any{"processes": []any{map[string]any{"type": "web" + name, "command": []string{name}}}})),
			"io.buildpacks.lifecycle.metadata": string(h.json(map[string]any{"runImage": map[string]any{"reference": name}})),
		},
	}}, mediaLayer+"+gzip", layer)
}

// TestVerdictsDoNotDependOnReaders closes the pipe that a verdict is written to.
func TestVerdictsDoNotDependOnReaders(t *testing.T) {
	u := newUser(t)
	image := u.write("root.tar", string(slicertest.Tar(tarLink(tar.TypeSymlink, "usr/bin/l", "nowhere"))))
	cmd := u.child(t.Context(), "", "verify", image)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = w
	if err := errors.Join(r.Close(), cmd.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFindings || exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("got %v, want exit code %d", err, exitFindings)
	}
}
