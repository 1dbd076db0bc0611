//go:build integration

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// sliceRow is one family of slices: what is cut, what runs in a chroot of only the cut, and what it prints.
type sliceRow struct {
	name   string
	slices string // separated by spaces
	run    []string
	want   string // a regular expression
	fails  bool   // the program is to end with an error, and to say why
	alone  string // why it runs in a root only, and not in layers on a run image
	lacks  string // what the proof finds missing because Debian's own package lacks it; a regular expression
}

func sh(script string) []string { return []string{"/bin/sh", "-c", script} }

// inRootOf runs the row in the smallest root that should work: the cut, the devices and file systems that every
// container has, and an empty environment.
func (r sliceRow) test(t *testing.T, release, sources string) {
	g := NewWithT(t)
	root := filepath.Join(t.TempDir(), "root")
	command(t, "whittle", append([]string{"cut", "-q", "--release", release, "--sources", sources, "--root", root}, strings.Fields(r.slices)...)...)
	r.verify(t, root)
	furnish(t, root)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.run[0], r.run[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", []string{}, &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.CombinedOutput()
	if r.fails {
		g.Expect(err).To(HaveOccurred(), string(out))
	} else {
		g.Expect(err).NotTo(HaveOccurred(), string(out))
	}
	if !regexp.MustCompile(r.want).Match(out) {
		t.Errorf("%s\nprinted\n%swant %s", strings.Join(r.run, " "), out, r.want)
	}
}

// verify proves the root. What Debian's own packages lack is told, and nothing else.
func (r sliceRow) verify(t *testing.T, root string) {
	t.Helper()
	out, err := attempt(t, "whittle", "verify", "-q", root)
	if r.lacks == "" {
		if err != nil {
			t.Fatalf("the cut is not complete: %v\n%s", err, out)
		}
		return
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, " needs ") && !regexp.MustCompile(r.lacks).MatchString(line) {
			t.Errorf("the cut is not complete: %s", line)
		}
	}
}

// furnish puts into a root what a container has whatever its image: a few devices, /proc and /tmp.
func furnish(t *testing.T, root string) {
	t.Helper()
	g := NewWithT(t)
	for _, dir := range []string{"dev", "proc", "tmp"} {
		g.Expect(os.MkdirAll(filepath.Join(root, dir), 0o755)).To(Succeed())
	}
	for name, minor := range map[string]int{"null": 3, "zero": 5, "random": 8, "urandom": 9} {
		at := filepath.Join(root, "dev", name)
		if _, err := os.Lstat(at); err == nil {
			continue
		}
		g.Expect(syscall.Mknod(at, syscall.S_IFCHR|0o666, 1<<8|minor)).To(Succeed())
	}
	proc := filepath.Join(root, "proc")
	g.Expect(syscall.Mount("proc", proc, "proc", 0, "")).To(Succeed())
	t.Cleanup(func() { g.Expect(syscall.Unmount(proc, 0)).To(Succeed()) })
}

// library is a row that loads a library into Python and calls a function that tells its version.
func library(slices, soname, function, want string) sliceRow {
	code := fmt.Sprintf(`import ctypes
lib = ctypes.CDLL(%q)
%s`, soname, function)
	return sliceRow{name: slices, slices: "python3.13_core libpython3.13-stdlib_ctypes " + slices, run: []string{"/usr/bin/python3", "-c", code}, want: want}
}

// number and text call a function that returns a number or a text, with the arguments in brackets.
func number(call string) string { return "print(lib." + call + ")" }

func text(call string) string {
	name, _, _ := strings.Cut(call, "(")
	return "lib." + name + ".restype = ctypes.c_char_p\nprint(lib." + call + ".decode())"
}

// loaded is for libraries without such a function: a symbol of it is there.
func loaded(symbol string) string { return "print(bool(lib." + symbol + "))" }

// variable prints a text that a library keeps in a variable.
func variable(name string) string {
	return fmt.Sprintf("print(ctypes.c_char_p.in_dll(lib, %q).value.decode())", name)
}
