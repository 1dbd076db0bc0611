package language

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestNothingIsSilentForLong lets time pass while a program runs, and between programs.
func TestNothingIsSilentForLong(t *testing.T) {
	var text bytes.Buffer
	clock := noon()
	l := NewLog(&text, func() time.Time { return clock })
	pass := func(seconds int) {
		for range seconds {
			clock = clock.Add(time.Second)
			l.beat()
		}
	}
	l.Step("Go")
	run := l.Runner(func(context.Context, Command) error {
		pass(9)
		if _, err := l.Output().Write([]byte("hello\n")); err != nil {
			t.Error(err)
		}
		pass(21)
		return nil
	})
	if err := run(t.Context(), Command{Args: []string{"go", "build", strings.Repeat("x", 100)}}); err != nil {
		t.Fatal(err)
	}
	pass(12)
	command := "go build " + strings.Repeat("x", 71) + " …"
	want := "\nGo\n    hello\n  … " + command + ": 19 s so far\n  … " + command + ": 29 s so far\n  … Go: 39 s so far\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTheLogTellsNoSecretsAndCommandsNoTerminal has programs and names say what a terminal obeys, and addresses with
// credentials, in one piece and in several.
func TestTheLogTellsNoSecretsAndCommandsNoTerminal(t *testing.T) {
	var text bytes.Buffer
	l := NewLog(&text, noon)
	l.Line("installing %s", "x\n  done\x1b[2J")
	l.Warn("%v", errors.New("cannot reach https://bob:T0KEN@host/x"))
	out := l.Output()
	for _, part := range []string{"\x1b[32mok\x1b[0m https://bob:T0", "KEN@host/simple\r\n\x1b]0;owned\a\n", "rest"} {
		if _, err := out.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	out.(*indented).End()
	want := "  installing x\\n  done\\u001b[2J\n  ! cannot reach https://…@host/x\n    ok https://…@host/simple\n    \\u001b]0;owned\\u0007\n    rest\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTotalTellsWhittlesOwnTime runs a program for 20 s, and downloads during it and after.
func TestTotalTellsWhittlesOwnTime(t *testing.T) {
	var text bytes.Buffer
	clock := noon()
	l := NewLog(&text, func() time.Time { return clock })
	l.processor = func() time.Duration { return 2 * time.Second }
	pass := func(seconds int) { clock = clock.Add(time.Duration(seconds) * time.Second) }
	get := func(seconds int, end func(io.ReadCloser)) {
		transport := l.Downloads(roundTripper(func(*http.Request) (*http.Response, error) {
			pass(seconds)
			if seconds == 0 {
				return nil, errors.New("unreachable")
			}
			return &http.Response{Body: io.NopCloser(strings.NewReader("body"))}, nil
		}))
		response, err := transport.RoundTrip(nil)
		if err == nil {
			pass(seconds)
			end(response.Body)
		}
	}
	pass(1)
	read := func(b io.ReadCloser) { _, _ = io.ReadAll(b) }
	run := l.Runner(func(context.Context, Command) error { pass(16); get(2, read); return nil })
	if err := run(t.Context(), Command{Args: []string{"go"}}); err != nil {
		t.Fatal(err)
	}
	get(3, func(b io.ReadCloser) { read(b); _ = b.Close() })
	get(0, nil)
	get(4, func(b io.ReadCloser) { _ = b.Close() })
	pass(2)
	l.Total()
	if got, want := text.String(), "\nDone in 37.0 s (whittle itself 3.0 s, 2.0 s of processor time)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return r(q) }

func TestWatchEnds(t *testing.T) {
	var text bytes.Buffer
	stop := NewLog(&text, noon).Watch()
	stop()
	if text.Len() > 0 {
		t.Errorf("it wrote %q", text.String())
	}
}

// TestBeatTellsHowFarAProgramIs has one program tell, and the next tell nothing.
func TestBeatTellsHowFarAProgramIs(t *testing.T) {
	var text bytes.Buffer
	clock := noon()
	l := NewLog(&text, func() time.Time { return clock })
	run := func(at string) {
		program := func(context.Context, Command) error {
			if at != "" {
				l.At("%s found", at)
			}
			clock = clock.Add(11 * time.Second)
			l.beat()
			return nil
		}
		if err := l.Runner(program)(t.Context(), Command{Args: []string{"pip", "install"}}); err != nil {
			t.Fatal(err)
		}
	}
	run("7 packages")
	run("")
	if got, want := text.String(), "  … pip install: 11 s so far, 7 packages found\n  … pip install: 11 s so far\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
