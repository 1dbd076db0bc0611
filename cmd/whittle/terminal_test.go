package main

import (
	"archive/tar"
	"errors"
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
"files":[{"layer":"slices","path":"usr/bin/xEVIL","kind":"file","mode":"0755","size":5,"package":"pEVIL","slice":"p_bins","why":[{"kind":"needed","by":"/usr/bin/qEVIL","name":"nEVIL"}]}],"edges":[]}`, "EVIL", quoted))
	}
	one, two := manifest("1"), manifest("2")
	root := slicertest.Tar(tarFile("usr/bin/x"+evil, "\x7fELF"), tarLink(tar.TypeSymlink, "usr/bin/l"+evil, "/no"+evil), tarFile("usr/bin/s"+evil, "#!/bin/"+evil))
	image, bad := u.write("root.tar", string(root)), u.write("bad.tar", string(slicertest.Tar(tarLink(tar.TypeLink, "a"+evil, "gone"+evil))))
	for _, args := range [][]string{
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
