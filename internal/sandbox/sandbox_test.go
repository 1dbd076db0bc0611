package sandbox_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/sandbox"
)

func TestMain(m *testing.M) {
	if code, is := sandbox.Inside(os.Args); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

var limits = sandbox.Limits{Seconds: 20, Bytes: 1 << 20, Memory: 4 << 30, Processes: 256}

// root is a directory with the program of these tests, which stands for the programs of a root: it is static, and does what its
// arguments say.
func root(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"dev", "tmp", "var/lib/data", "etc"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "do"), "./testdata/do")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for name, text := range map[string]string{"var/lib/data/old": "old", "etc/secret": "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run does steps in a root, and returns what the writable directory has then.
func run(t *testing.T, dir string, l sandbox.Limits, steps ...sandbox.Step) (map[string]string, error) {
	t.Helper()
	got := map[string]string{}
	err := sandbox.Run(t.Context(), sandbox.Job{Root: dir, Writable: []string{"/var/lib/data"}, Steps: steps, Env: []string{"A=b"}, Limits: l},
		func(h *tar.Header, r io.Reader) error {
			text, err := io.ReadAll(r)
			if h.Typeflag == tar.TypeReg {
				got[h.Name] = string(text)
			}
			return err
		})
	if errors.Is(err, sandbox.ErrNoNamespaces) {
		t.Skip(err) // as in a container: nothing can be said of what a sandbox does
	}
	return got, err
}

// TestRun runs a pipeline over a file of the root, and gets what it made, and what was there; the root itself stays as it was.
func TestRun(t *testing.T) {
	dir := root(t)
	got, err := run(t, dir, limits,
		sandbox.Step{Input: "/etc/secret", Run: [][]string{{"/do", "upper"}, {"/do", "upper"}}, Output: "/var/lib/data/new"},
		sandbox.Step{Input: "/var/lib/data/new", Output: "/var/lib/data/copy"},
		sandbox.Step{Run: [][]string{{"/do", "env"}}, Output: "/var/lib/data/env"},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"var/lib/data/old": "old", "var/lib/data/new": "X", "var/lib/data/copy": "X", "var/lib/data/env": "A=b\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "var/lib/data/*")); err != nil || len(names) != 1 {
		t.Errorf("the root was written to: %v, %v", names, err)
	}
}

// TestConfined lets a program try what it must not: write to the root, reach the network, see the machine's files and processes, get
// privileges.
func TestConfined(t *testing.T) {
	dir := root(t)
	for _, attempt := range []string{"write /etc/new", "write /new", "dial", "read " + dir + "/etc/secret", "mount", "chown /var/lib/data/old", "mknod /var/lib/data/disk"} {
		t.Run(attempt, func(t *testing.T) {
			_, err := run(t, dir, limits, sandbox.Step{Run: [][]string{append([]string{"/do"}, strings.Fields(attempt)...)}})
			var failed *sandbox.Error
			if !errors.As(err, &failed) || !strings.Contains(failed.Reason, "refused") {
				t.Errorf("got %v, want that it is refused", err)
			}
		})
	}
}

// TestLimits ends programs that take too much: time, room and memory; and leaves nothing running.
func TestLimits(t *testing.T) {
	dir := root(t)
	short := limits
	short.Seconds = 1
	for _, test := range []struct {
		name   string
		limits sandbox.Limits
		args   []string
		want   string
	}{
		{"time", short, []string{"/do", "sleep"}, "longer than 1 s"},
		{"a child that outlives it", limits, []string{"/do", "leave"}, ""},
		{"room", limits, []string{"/do", "fill", "/var/lib/data/big"}, "refused"},
		{"memory", limits, []string{"/do", "eat"}, "/do eat"},
		{"no such program", limits, []string{"/gone"}, "cannot be started"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := run(t, dir, test.limits, sandbox.Step{Run: [][]string{test.args}})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
