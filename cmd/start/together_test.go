package main

import (
	"bytes"
	"errors"
	"net"
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

// listen is a program that other programs wait for: it says when it is there, which signal ended it, and that it has ended. The
// socket gets its name last, so that whoever waits for it cannot say something first.
func listen(socket string) {
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGUSR1)
	time.Sleep(50 * time.Millisecond) // a program that does not wait for it is there before
	l, err := net.Listen("unix", socket+".new")
	if err != nil {
		panic(err)
	}
	name := filepath.Base(socket)
	_, _ = os.Stdout.WriteString(name + " up\n")
	if err := os.Rename(socket+".new", socket); err != nil {
		panic(err)
	}
	s := <-sig
	_, _ = os.Stdout.WriteString(name + " " + s.String() + "\n")
	time.Sleep(50 * time.Millisecond) // its last requests
	_, _ = os.Stdout.WriteString(name + " down\n")
	_ = l.Close()
}

// TestTogether runs programs that need each other: the second starts when the first listens, and is ended before it.
func TestTogether(t *testing.T) {
	bin, _ := programs(t)
	for _, row := range []struct {
		name, line, want, told string
		sig                    syscall.Signal // sent to start when "b up" was written; 0 for none
		code                   int
	}{
		{
			name: "in order, and ended in the opposite one", sig: syscall.SIGTERM,
			line: "cd sub; exec together -s QUIT listen a -- -s QUIT -w a listen b",
			want: "a up\nb up\nb quit\nb down\na quit\na down\n",
		},
		{
			name: "each by its own signal", sig: syscall.SIGINT,
			line: "together listen a -- -s SIGQUIT -w a listen b", want: "a up\nb up\nb quit\nb down\na terminated\na down\n",
		},
		{
			name: "other signals go to all", sig: syscall.SIGUSR1, line: "together listen a -- -w a listen b",
			want: "a up\nb up\n[ab] user defined signal 1\n", told: "and so all does",
		},
		{
			name: "one that ends ends all, with its status", code: 3, line: "together -s QUIT listen a -- -w a fail",
			want: "a up\na quit\na down\n", told: "start: fail ended with status 3, and so all does\n",
		},
		{
			name: "one that ends before the other starts", code: 3, line: "together fail -- -w never listen b",
			told: "start: fail ended with status 3, and so all does\n",
		},
		{
			name: "a program that is not there", code: 126, line: "together listen a -- -w a gone", told: "cannot start: program gone is in no directory of PATH",
		},
		{name: "variables of one program", line: "B=2; together -e A=$B -s QUIT show x", want: "[x][A=2]\n", told: "show ended with status 0"},
		{name: "a program in a folder of its own", code: 3, line: "together -s QUIT -C sub listen a -- -w sub/a fail", want: "a up\na quit\na down\n", told: "fail ended with status 3"},
		{name: "a file of that folder", code: 126, line: "together -C sub ./gone", told: "sub/gone"},
		{name: "no program", code: 2, line: "together", told: "cannot start: together takes programs"},
		{name: "one program, by its own signal", sig: syscall.SIGTERM, line: "together -s QUIT listen b", want: "b up\nb quit\nb down\n"},
		{name: "a signal that ends nothing", code: 2, line: "together -s USR1 listen a -- listen b", told: "cannot start: together: -s takes HUP, INT, QUIT, TERM or WINCH, and not USR1"},
		{name: "no program", code: 2, line: "together listen a -- -s QUIT", told: "cannot start: together: the name of a program is missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			var out lines
			var told bytes.Buffer
			cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "start"), row.line)
			cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, []string{"PATH=" + bin}, &out, &told
			if row.sig != 0 {
				out.when, out.then = "b up\n", func() { _ = cmd.Process.Signal(row.sig) }
			}
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			got := out.text
			if head, ok := strings.CutSuffix(row.want, "[ab] user defined signal 1\n"); ok {
				// which of them hears of it first is not said
				if !strings.HasPrefix(got, head) || strings.Count(got, "user defined signal 1") != 2 {
					t.Errorf("got %q", got)
				}
			} else if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("output: -want +got:\n%s", diff)
			}
			if code := cmd.ProcessState.ExitCode(); code != row.code || !strings.Contains(told.String(), row.told) {
				t.Errorf("ends with %d and %q, want %d and %q", code, told.String(), row.code, row.told)
			}
		})
	}
}

// lines collects output, and does something when a line was written.
type lines struct {
	text, when string
	then       func()
}

func (l *lines) Write(p []byte) (int, error) {
	before := strings.Contains(l.text, l.when)
	l.text += string(p)
	if l.then != nil && !before && strings.Contains(l.text, l.when) {
		l.then()
	}
	return len(p), nil
}
