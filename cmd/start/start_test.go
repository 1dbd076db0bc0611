package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain makes this test the program start, and the programs that lines name, where a test runs it as such.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "start":
		main()
	case "show": // prints its arguments and a variable, each in brackets
		for _, a := range append(os.Args[1:], "A="+os.Getenv("A")) {
			_, _ = os.Stdout.WriteString("[" + a + "]")
		}
		_, _ = os.Stdout.WriteString("\n")
		_, _ = os.Stderr.WriteString("E\n")
		os.Exit(0)
	case "print": // prints a file
		text, _ := os.ReadFile(os.Args[1]) // a file that is not there has no text
		_, _ = os.Stdout.Write(text)
		os.Exit(0)
	case "fail":
		os.Exit(3)
	case "serve": // ends at a signal
		reload := make(chan os.Signal, 1)
		signal.Notify(reload, syscall.SIGUSR1)
		_, _ = os.Stdout.WriteString("up\n")
		<-reload
		os.Exit(9)
	case "listen": // accepts connections at a socket, a while after its start, until a signal ends it
		listen(os.Args[1])
	default:
		os.Exit(m.Run())
	}
}

// programs makes a directory of programs and an app's directory.
func programs(t *testing.T) (bin, app string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, app = t.TempDir(), t.TempDir()
	for _, name := range []string{"start", "show", "print", "fail", "serve", "listen"} {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"sub/a.txt": "", "sub/b.txt": "", "in": "text\n", "noexec": "#!/x", "lost": "#!/no/such/shell\n", "junk": "junk"} {
		file := filepath.Join(app, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o755)
		if name == "noexec" {
			mode = 0o644
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return bin, app
}

func run(t *testing.T, bin, app string, argv ...string) (out, problem string, code int) {
	t.Helper()
	var o, p bytes.Buffer
	program, err := exec.LookPath(argv[0])
	if argv[0] == "start" {
		program, err = filepath.Join(bin, "start"), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = app, []string{"PATH=" + bin, "PORT=80", "ARGS=x  y", "HOME=" + app, "STAR=z*"}, &o, &p
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return o.String(), p.String(), cmd.ProcessState.ExitCode()
}

// TestSameAsAShell holds output and status of lines against those of /bin/sh.
func TestSameAsAShell(t *testing.T) {
	bin, app := programs(t)
	for _, line := range []string{
		"show a 'b c' \"d $PORT\" $ARGS \"$ARGS\" \"\"",
		"show ${NONE:-d e} ${PORT:+p}${NONE+q} \"${NONE:-it's}\" '' $NONE",
		"show ${NONE:=v} $NONE; show \"$NONE\"",
		"A=1 show; show; A=2; show; export A; show",
		"A=1 && show && export A=3 && show; unset A; show",
		"A=1 exec show a",
		"env A=5 show; show",
		"env -i PATH=$PATH A=$PORT show",
		"cd sub && show *.txt; show *.none",
		"cd sub; show ../s*/[!a].txt '*'",
		"show $STAR ~ ~/x",
		"fail || show no", "fail && show no", "show 1 || show 2 && show 3", "fail || fail || show; fail; show last",
		"fail; exit", "fail", "fail || exit 4; show no", "true && exit; show no", "false || true",
		"set -e; fail || show; fail; show no", "set -e; show; fail && show; show yes", "set -u; show ${NONE-a}",
		"echo a  b; echo -n c; echo", "mkdir -p x/y && cd x/y && show", "sleep 0.01; show",
		"show >out 2>&1; show <in", "show 2>&1 >/dev/null", "show 2>/dev/null >>out2; show >>out2 2>&1",
		"show a # comment\nshow b;", "show a\\\nb",
		"sh -c 'show $PORT; show b' && show", "sh -ec 'fail; show no'", "A=7 sh -c 'show $A && show'",
	} {
		got, gotErr, gotCode := run(t, bin, app, "start", line)
		want, wantErr, wantCode := run(t, bin+":/bin:/usr/bin", app, "sh", "-c", line)
		want, wantErr = strings.ReplaceAll(want, ":/bin:/usr/bin", ""), strings.ReplaceAll(wantErr, ":/bin:/usr/bin", "")
		if diff := cmp.Diff([]any{want, wantErr, wantCode}, []any{got, gotErr, gotCode}); diff != "" {
			t.Errorf("%s: -sh +start\n%s", line, diff)
		}
	}
}

// TestWhatCannotRun says why, with the exit codes of a shell.
func TestWhatCannotRun(t *testing.T) {
	bin, app := programs(t)
	for _, row := range []struct {
		line string
		code int
		want string
	}{
		{"gunicorn app", 127, "cannot start: program gunicorn is in no directory of PATH (" + bin + ")"},
		{"./gone", 127, "cannot start: ./gone is not in the image"},
		{"./noexec", 126, "cannot start: ./noexec may not be executed"},
		{"./lost", 126, "cannot start: ./lost is there, but the program that its first line or its ELF header names is not"},
		{"./junk", 126, "cannot start: ./junk is no program for this processor, or a script without a #! line"},
		{"./junk; show", 0, "start: ./junk is no program"},
		{"gone || show", 0, "start: program gone"},
		{"show ${DB:?set DB}", 1, "cannot start: DB: set DB"},
		{"set -u; show $DB", 1, "cannot start: DB is not set"},
		{"cd nowhere && show", 1, "start: cd nowhere: no such file"},
		{"show <gone", 1, "start: gone: no such file"},
		{"a | b", 2, "a pipe (|) at position 3 needs a shell"},
		{"", 2, "a command is missing"},
		{"$NONE", 0, ""},
		{"''", 127, "the name of a program is empty"},
	} {
		_, problem, code := run(t, bin, app, "start", row.line)
		if code != row.code || !strings.Contains(problem, row.want) {
			t.Errorf("%s: ends with %d and %q, want %d and %q", row.line, code, problem, row.code, row.want)
		}
	}
}

func TestArgumentsAreAppendedToTheLastCommand(t *testing.T) {
	bin, app := programs(t)
	out, _, _ := run(t, bin, app, "start", "show a; show $PORT", "b c", "$PORT")
	if want := "[a][A=]\n[80][b c][$PORT][A=]\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// TestSignals sends a signal while a command runs: it reaches the command, and ends the line.
func TestSignals(t *testing.T) {
	bin, app := programs(t)
	for _, row := range []struct {
		line string
		sig  syscall.Signal
		code int // 128 and more: by start itself; 0: start was replaced, and the signal ended the program
	}{
		{"serve && show no", syscall.SIGTERM, 143},
		{"serve || show no", syscall.SIGQUIT, 131},
		{"serve; show no", syscall.SIGHUP, 129},
		{"echo up; sleep 60; show no", syscall.SIGTERM, 143},
		{"serve || echo no", syscall.SIGUSR1, 0}, // no request to end: the command ended by itself, and the line goes on
		{"A=$PORT serve", syscall.SIGTERM, -1},
		{"true && exec serve", syscall.SIGTERM, -1},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "start"), row.line)
		cmd.Dir, cmd.Env = app, []string{"PATH=" + bin, "PORT=80"}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(out)
		if line, err := r.ReadString('\n'); line != "up\n" {
			t.Fatalf("%s: got %q, %v", row.line, line, err)
		}
		time.Sleep(20 * time.Millisecond) // until the sleep after echo sleeps
		if err := cmd.Process.Signal(row.sig); err != nil {
			t.Fatal(err)
		}
		rest, _ := r.ReadString('\n')
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != row.code || (rest != "") != (row.sig == syscall.SIGUSR1) {
			t.Errorf("%s: %v: ends with %d after %q, want %d", row.line, row.sig, got, rest, row.code)
		}
	}
}

func TestResolversOfTheMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("search x\nnameserver 10.0.0.1\nnameserver fe80::1%eth0 \n# nameserver 1\nnameserver evil;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(resolvers(file), " "); got != "10.0.0.1 [fe80::1]" {
		t.Errorf("got %q", got)
	}
	if got := resolvers(file + "x"); got != nil {
		t.Errorf("got %q without a file", got)
	}
}

// TestValuesThatAreFilledIn keeps a value from being more than a word of a file, or than what a line may have: a $ of a hashed
// password has to stay there, and a second line would be a second user.
func TestValuesThatAreFilledIn(t *testing.T) {
	bin, app := programs(t)
	if err := os.WriteFile(filepath.Join(app, "template"), []byte("${USER}:${NONE:-d}:$a ${b}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for option, want := range map[string]string{"": "evaapr1xmore:d:$a ${b}\n", "-l ": "eva $apr1$;xmore:d:$a ${b}\n"} {
		got, problem, code := run(t, bin, app, "start", "export USER='eva $apr1$;x\nmore'; render "+option+"FILE template && print $FILE")
		if got != want || code != 0 {
			t.Errorf("render %s: got %q, %q and %d, want %q", option, got, problem, code, want)
		}
	}
}

// TestVariablesThatNobodySets: what a file names, has no default for and gets nothing for is told once, by name; the program that reads
// the file would tell a line of a copy that is gone.
func TestVariablesThatNobodySets(t *testing.T) {
	bin, app := programs(t)
	if err := os.WriteFile(filepath.Join(app, "template"), []byte("${BACKEND} ${A:-} ${B:-b} ${EMPTY} ${BACKEND} ${SET} ${NAMESERVERS} $x ${y}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, problem, code := run(t, bin, app, "start", "export SET=1 EMPTY=; render FILE template && print $FILE")
	if want := "render: not set, and empty in template: BACKEND, EMPTY\n"; problem != want || code != 0 {
		t.Errorf("got %q and %d, want %q", problem, code, want)
	}
}
