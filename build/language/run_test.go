package language

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// noon is a time that stands still.
func noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// TestFailedProgramKeepsTheEndOfItsOutput runs real programs that fail, with and without readers.
func TestFailedProgramKeepsTheEndOfItsOutput(t *testing.T) {
	var shown bytes.Buffer
	log := NewLog(&shown, noon)
	sh := func(script string) Command {
		return Command{Args: []string{"/bin/sh", "-c", script}, Dir: t.TempDir(), Env: map[string]string{"PATH": "/usr/bin:/bin"}}
	}
	for _, row := range []struct {
		name    string
		command Command
		show    bool
		output  string
		err     string
	}{
		{"nobody reads", sh("echo out; echo err >&2; exit 3"), false, "out\nerr\n", "exit status 3"},
		{"the log reads", sh("echo out; exit 1"), true, "out\n", "exit status 1"},
		{"a long output", sh("i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done; exit 1"), false, "", "exit status 1"},
		{"no such program", Command{Args: []string{"nosuchprogram"}, Env: map[string]string{"PATH": "/usr/bin"}}, false, "", "no such program in the build image"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.show {
				row.command.Stdout, row.command.Stderr = log.Output(), log.Output()
			}
			err := Exec(t.Context(), row.command)
			var p *ProgramError
			if !errors.As(err, &p) || !strings.Contains(err.Error(), row.err) {
				t.Fatalf("error is %v", err)
			}
			if p.Shown != row.show || row.output != "" && p.Output != row.output {
				t.Errorf("shown %v, output %q", p.Shown, p.Output)
			}
			if row.name == "a long output" && (len(p.Output) > tailSize || !strings.HasSuffix(p.Output, "line 29999\n") || !strings.HasPrefix(p.Output, "line ")) {
				t.Errorf("%d bytes from %.20q", len(p.Output), p.Output)
			}
		})
	}
	if got := shown.String(); got != "    out\n" {
		t.Errorf("the log is %q", got)
	}
}

func TestOutputIsWhatTheProgramWrites(t *testing.T) {
	got, err := Output(t.Context(), Exec, Command{Args: []string{"/bin/sh", "-c", "echo warning >&2; echo ' 1.2 '; echo"}})
	if err != nil || got != "1.2" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestLongCommandIsToldShort(t *testing.T) {
	p := &ProgramError{Args: []string{"pip", strings.Repeat("é", 100)}, Err: errors.New("exit status 1")}
	if got := p.Short(); len(got) > 130 || !strings.HasSuffix(got, " …: exit status 1") {
		t.Errorf("got %s", got)
	}
}
