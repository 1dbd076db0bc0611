package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// peakFile names the variable of the file in which a whittle that is measured leaves its peak of memory.
const peakFile = "WHITTLE_TEST_PEAK"

// measuredMain is main, which leaves the peak of the process's memory in bytes where peakFile says. The kernel's own account for
// parents (ru_maxrss) begins with the memory of the process that forked.
func measuredMain() {
	code := start(os.Args[1:])
	if at := os.Getenv(peakFile); at != "" {
		text, err := os.ReadFile("/proc/self/status")
		if err := errors.Join(err, os.WriteFile(at, text, 0o600)); err != nil {
			panic(err)
		}
	}
	os.Exit(code)
}

// peak is the most memory that a whittle took, in bytes.
func peak(t *testing.T, args ...string) (rss int64, code int, output string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "status")
	cmd := exec.CommandContext(t.Context(), "whittle", args...)
	cmd.Env = append(os.Environ(), peakFile+"="+at, "TMPDIR="+t.TempDir())
	text, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, err := os.ReadFile(at)
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, text)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), " kB"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10, cmd.ProcessState.ExitCode(), string(text)
}

// What `whittle verify` of N bytes may take.
const costBase, costPerByte = 300 << 20, 8

// TestWhatVerifyCosts holds the memory of a whole `whittle verify` against its bound, over inputs that are little and make much.
// Each is either within the bound, or refused with the limit that it met, and within the bound as well.
func TestWhatVerifyCosts(t *testing.T) {
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ref := attack.make(hostile{t, dir})
			var n int64
			err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
				if err == nil && e.Type().IsRegular() {
					info, infoErr := e.Info()
					n, err = n+info.Size(), infoErr
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			rss, code, output := peak(t, append([]string{"verify", "--arch", "amd64", ref}, attack.flags...)...)
			t.Logf("%d kB in, %d MB of at most %d, exit %d: %.300s", n>>10, rss>>20, (costBase+costPerByte*n)>>20, code, output)
			if rss > costBase+costPerByte*n {
				t.Errorf("it takes %d MB, for %d bytes", rss>>20, n)
			}
			if attack.limit != "" && !strings.Contains(output, attack.limit) {
				t.Errorf("it does not say %q", attack.limit)
			}
		})
	}
}

// attack is an input that means to cost more than its size.
type attack struct {
	name  string
	make  func(hostile) string // in an empty directory; the image's reference
	limit string               // what the answer says of the bound that it met, where it is over one
	flags []string
}
