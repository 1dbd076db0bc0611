package language

import (
	"bytes"
	"context"
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

func TestWatchEnds(t *testing.T) {
	var text bytes.Buffer
	stop := NewLog(&text, noon).Watch()
	stop()
	if text.Len() > 0 {
		t.Errorf("it wrote %q", text.String())
	}
}
