//go:build amd64 || arm64

package trace

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the tests' own program, which is static, be the one that is traced: TRACED says what it does.
func TestMain(m *testing.M) {
	if todo := os.Getenv("TRACED"); todo != "" {
		os.Exit(traced(strings.Fields(todo)))
	}
	os.Exit(m.Run())
}

// traced obeys words: "read FILE", "child FILE", "threads DIR", "relative DIR FILE", "write FILE", "wait FILE".
func traced(words []string) int {
	switch words[0] {
	case "read":
		_, _ = os.ReadFile(words[1])
	case "child":
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{"TRACED=read " + words[1]}
		_ = cmd.Run()
	case "threads":
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() { _, _ = os.ReadFile(filepath.Join(words[1], fmt.Sprint(i))) })
		}
		group.Wait()
	case "relative":
		_ = os.Chdir(words[1])
		_, _ = os.ReadFile(words[2])
	case "write":
		_ = os.WriteFile(words[1], []byte("x"), 0o644)
	case "wait":
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, syscall.SIGTERM)
		_, _ = os.ReadFile(words[1])
		_, _ = os.Stdout.WriteString("waiting\n")
		<-ended
	default:
		misbehave(words)
	}
	return 3
}

func run(t *testing.T, c Command, todo string) *Result {
	t.Helper()
	return runUntil(t.Context(), t, c, todo)
}

func runUntil(ctx context.Context, t *testing.T, c Command, todo string) *Result {
	t.Helper()
	if c.Args == nil {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c.Args = []string{exe}
	}
	c.Env = append(c.Env, "TRACED="+todo, "OF="+strconv.Itoa(os.Getpid()))
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	c.Stdin, c.Stderr = null, os.Stderr
	if c.Stdout == nil {
		c.Stdout = os.Stderr
	}
	r, err := Run(ctx, c)
	if errors.Is(err, ErrNotPermitted) {
		t.Skipf("this system does not let programs be traced: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// runUntilItSpeaks gives a command up as soon as it has said a line, which it returns without its end.
func runUntilItSpeaks(t *testing.T, c Command, todo string) (*Result, string) {
	t.Helper()
	out, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout = stdout
	ctx, giveUp := context.WithCancel(t.Context())
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n') // it may end without one
		giveUp()
		said <- strings.TrimSuffix(line, "\n")
	}()
	defer stdout.Close()
	r := runUntil(ctx, t, c, todo)
	_ = stdout.Close()
	return r, <-said
}

func has(list []Access, path string) bool {
	return slices.ContainsFunc(list, func(a Access) bool { return a.Path == path })
}

func put(t *testing.T, name string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFilesAreSeen(t *testing.T) {
	dir := t.TempDir()
	file := put(t, filepath.Join(dir, "data"))
	link := filepath.Join(dir, "link")
	if err := os.Symlink("data", link); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, todo, opened, missing string }{
		{"opened", "read " + file, file, ""},
		{"opened through a link", "read " + link, file, ""},
		{"the program itself", "read /", exe, ""},
		{"missing", "read " + file + ".no", "", file + ".no"},
		{"by a child", "child " + file, file, ""},
		{"missing for a child", "child " + file + ".no", "", file + ".no"},
		{"relative", "relative " + dir + " data", file, ""},
		{"relative and missing", "relative " + dir + " no", "", filepath.Join(dir, "no")},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := run(t, Command{}, row.todo)
			if row.opened != "" && !has(r.Opened, row.opened) {
				t.Errorf("%s was not seen; seen was %v", row.opened, r.Opened)
			}
			if row.missing != "" && !has(r.Missing, row.missing) {
				t.Errorf("%s was not seen as missing; seen was %v", row.missing, r.Missing)
			}
			if r.Exit != 3 {
				t.Errorf("exit code %d", r.Exit)
			}
		})
	}
}

func TestEveryThreadIsSeen(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		put(t, filepath.Join(dir, fmt.Sprint(i)))
	}
	r := run(t, Command{}, "threads "+dir)
	for i := range 20 {
		if name := filepath.Join(dir, fmt.Sprint(i)); !has(r.Opened, name) {
			t.Errorf("%s was not seen", name)
		}
	}
}

func TestWhatIsWrittenIsNotNeeded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out")
	if r := run(t, Command{}, "write "+file); has(r.Opened, file) {
		t.Error("a file that is only written counts as opened")
	}
}

func TestProgramsThatAskedAreNamed(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "data"))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range run(t, Command{}, "child "+file).Opened {
		if a.Path == file && !slices.Equal(a.By, []string{exe}) {
			t.Errorf("by %v, want %s", a.By, exe)
		}
	}
}

// TestScriptAndInterpreterAreBothNeeded starts a script whose interpreter is the tests' own program.
func TestScriptAndInterpreterAreBothNeeded(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!"+exe+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := run(t, Command{Args: []string{script}}, "read /")
	for _, want := range []string{exe, script} {
		if !has(r.Opened, want) {
			t.Errorf("%s was not seen", want)
		}
	}
}

// TestRootIsChanged runs the tests' program, which is static, in a root with nothing else.
func TestRootIsChanged(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "usr/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "usr/bin/prog-1"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/usr/bin/prog-1", filepath.Join(root, "usr/bin/prog")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(root, "data"))
	r := run(t, Command{Root: root, Args: []string{"prog"}}, "read /data")
	for _, want := range []string{"/data", "/usr/bin/prog-1"} {
		if !has(r.Opened, want) {
			t.Errorf("%s was not seen; seen was %v", want, r.Opened)
		}
	}
}

// TestServerIsAskedToEnd gives a server up that waits for requests: it ends in its own way, and what it has opened is known.
func TestServerIsAskedToEnd(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "data"))
	r, _ := runUntilItSpeaks(t, Command{}, "wait "+file)
	if r.Exit != 3 || !has(r.Opened, file) {
		t.Errorf("exit code %d, seen was %v", r.Exit, r.Opened)
	}
}

// TestCommandsEndWhenTheirTimeIsUp has a server that nobody else ends. It may not have come so far that it ends in its own way.
func TestCommandsEndWhenTheirTimeIsUp(t *testing.T) {
	file := put(t, filepath.Join(t.TempDir(), "data"))
	if r := run(t, Command{For: time.Millisecond}, "wait "+file); r.Exit != 3 && r.Exit != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d", r.Exit)
	}
}

func TestNothingToRun(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"no-such-program"}, "cannot run no-such-program: no directory of PATH has it"},
		{[]string{"/no/such/program"}, "cannot run /no/such/program: "},
	} {
		_, err := Run(context.Background(), Command{Args: row.args})
		if err == nil || !strings.HasPrefix(err.Error(), row.want) {
			t.Errorf("got %v, want %s…", err, row.want)
		}
	}
}

// TestCommandsThatLeaveChildrenEnd runs a shell that ends and leaves a child which ignores SIGTERM: after the time that it has,
// the child is ended.
func TestCommandsThatLeaveChildrenEnd(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no shell")
	}
	_, child := runUntilItSpeaks(t, Command{Args: []string{"/bin/sh", "-c", `trap "" TERM; (exec sleep 3600) & echo $!`}, Env: []string{"PATH=" + defaultPath}}, "")
	if _, err := strconv.Atoi(child); err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile("/proc/" + child + "/stat")
	if err == nil && !strings.Contains(string(stat), ") Z ") { // its parent may not have taken leave of it yet
		t.Errorf("the child lives on: %s", stat)
	}
}
