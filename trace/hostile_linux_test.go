//go:build amd64 || arm64

package trace

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// misbehave is what the test's program does where it plays a command that does not want to be traced, or to end.
func misbehave(words []string) {
	signal.Ignore(syscall.SIGTERM)
	switch words[0] {
	case "linger":
		time.Sleep(time.Hour)
	case "crowd": // starts many that linger, and says so
		n, _ := strconv.Atoi(words[1])
		for range n {
			again("linger", 0)
		}
		_, _ = os.Stdout.WriteString("crowded\n")
	case "escape": // starts one that starts another, and so on, none of which is traced
		if n, _ := strconv.Atoi(words[1]); n > 0 {
			again("escape "+strconv.Itoa(n-1), unix.CLONE_UNTRACED)
		}
		if len(words) > 2 {
			time.Sleep(300 * time.Millisecond) // the first ends when the last has begun
			return
		}
		time.Sleep(time.Hour)
	case "vanish": // starts one that is not traced, and waits for it
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{"TRACED=read /"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_UNTRACED}
		_ = cmd.Run()
	}
}

func again(todo string, flags uintptr) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env, cmd.SysProcAttr = []string{"TRACED=" + todo, "OF=" + os.Getenv("OF")}, &syscall.SysProcAttr{Cloneflags: flags}
	_ = cmd.Start()
}

// alive counts the processes of this run of the tests that do something.
func alive(t *testing.T, todo string) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "TRACED="+todo) && strings.Contains(string(text), "OF="+strconv.Itoa(os.Getpid())+"\x00") {
			n++
		}
	}
	return n
}

// TestMoreProcessesThanDescriptorsEnd starts more processes that ignore SIGTERM than this one may have descriptors.
func TestMoreProcessesThanDescriptorsEnd(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 30, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}()
	if _, said := runUntilItSpeaks(t, Command{}, "crowd 40"); said != "crowded" {
		t.Errorf("it said %q", said)
	}
	if n := alive(t, "linger"); n > 0 {
		t.Errorf("%d processes are alive", n)
	}
}

// TestUntracedProcessesEnd starts processes that cannot be traced, each by the one before, more than are ended at a time.
func TestUntracedProcessesEnd(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Command{Alone: true}, "escape 120 first")
	if len(r.Untraced) != 1 || r.Untraced[0] != exe {
		t.Errorf("told of %v, want %s", r.Untraced, exe)
	}
	if n := alive(t, "escape"); n > 0 {
		t.Errorf("%d processes are alive", n)
	}
}

// TestUntracedProcessesThatHaveEndedAreTold starts one that cannot be traced and is waited for by who has started it: nobody else ever
// sees it.
func TestUntracedProcessesThatHaveEndedAreTold(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if r := run(t, Command{Alone: true}, "vanish"); len(r.Untraced) != 1 || r.Untraced[0] != exe {
		t.Errorf("told of %v, want %s", r.Untraced, exe)
	}
}
