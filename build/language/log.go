package language

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
)

// Log writes the build log. Nothing else of the build writes to the user: what is said, and how, is decided here. It may
// be used by several goroutines.
type Log struct {
	now       func() time.Time
	elsewhere elsewhere
	secrets   Secrets
	processor func() time.Duration // time of processors that this process took

	mu      sync.Mutex
	to      io.Writer
	start   time.Time // of the build
	begun   time.Time // of the step
	step    string
	written time.Time // when something was written last
	program string    // that runs; empty for none
	at      string    // how far it is; empty where it tells nothing
	since   time.Time // when it began
	late    []string  // warnings for the end
}

// silence is how long nothing may be written before the log says what is going on.
const silence = 10 * time.Second

// NewLog returns a log that takes the time from now.
func NewLog(to io.Writer, now func() time.Time) *Log {
	t := now()
	return &Log{to: to, now: now, begun: t, start: t, written: t, elsewhere: elsewhere{now: now}, processor: processorTime}
}

// Title says what runs.
func (l *Log) Title(format string, args ...any) { l.print("", format, args...) }

// Step begins a step; Done ends it.
func (l *Log) Step(format string, args ...any) {
	l.mu.Lock()
	l.begun, l.step = l.now(), fmt.Sprintf(format, args...)
	l.mu.Unlock()
	l.print("\n", format, args...)
}

// Line tells something about the step.
func (l *Log) Line(format string, args ...any) { l.print("  ", format, args...) }

// Warn tells something that the user should look at.
func (l *Log) Warn(format string, args ...any) { l.print("  ! ", format, args...) }

// WarnLate keeps a warning for the end of the log, where the notes are: what concerns the image and not the build is out of sight
// once packages were installed and listed.
func (l *Log) WarnLate(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = append(l.late, terminal.Sprintf(format, args...))
}

// Late tells the warnings that were kept for the end, each once.
func (l *Log) Late() {
	l.mu.Lock()
	late := Unique(l.late)
	l.late = nil
	l.mu.Unlock()
	for _, text := range late {
		l.Warn("%s", text)
	}
}

// Item tells one thing of a list: its name, its size, and for whom it is there.
func (l *Log) Item(name string, size int64, why string) {
	l.Line("%s", strings.TrimRight(fmt.Sprintf("  %-44s %9s  %s", name, text.Bytes(size), why), " "))
}

// Done says how long the step took.
func (l *Log) Done() {
	l.mu.Lock()
	took := l.now().Sub(l.begun)
	l.mu.Unlock()
	l.Line("(%.1f s)", took.Seconds())
}

// Total says how long the build took, and how much of that was whittle's own: neither programs of languages nor downloads.
func (l *Log) Total() {
	took := l.now().Sub(l.start)
	l.print("\n", "Done in %.1f s (whittle itself %.1f s, %.1f s of processor time)",
		took.Seconds(), (took - l.elsewhere.total()).Seconds(), l.processor().Seconds())
}

// Output is where programs that the build runs write; every line is indented.
func (l *Log) Output() io.Writer {
	return &indented{NewLineWriter(func(line string) {
		_, _ = l.write("    " + colours.ReplaceAllString(line, "") + "\n")
	})}
}

func (l *Log) print(prefix, format string, args ...any) {
	// A build must not fail because nobody reads its log.
	_, _ = l.write(prefix + terminal.Sprintf(format, args...) + "\n")
}

// write is the one way into the log. Whoever reads it gets no credentials of an address, and nothing that a terminal obeys:
// names of the app and of packages, and what programs write, are other people's.
func (l *Log) write(text string) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written = l.now()
	return io.WriteString(l.to, terminal.Short(terminal.WithoutPasswords(terminal.Text(l.secrets.Hide(text))), longest))
}

// Secrets are what the log hides.
func (l *Log) Secrets() *Secrets { return &l.secrets }

// longest is how much of a line the log shows, in bytes.
const longest = 16 << 10

// Watch has the log say what is going on wherever nothing was written for ten seconds, until the returned function is
// called: a user who sees nothing takes a build that compiles for one that hangs.
func (l *Log) Watch() (stop func()) {
	ticker, done := time.NewTicker(time.Second), make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			select {
			case <-ticker.C:
				l.beat()
			case <-done:
				return
			}
		}
	})
	return func() { ticker.Stop(); close(done); ended.Wait() }
}

// beat says what is going on if nothing was written for too long.
func (l *Log) beat() {
	l.mu.Lock()
	now := l.now()
	what, since := l.step, l.begun
	if l.program != "" {
		what, since = l.program, l.since
	}
	silent, at := now.Sub(l.written) >= silence, l.at
	l.mu.Unlock()
	if silent && what != "" {
		l.Line("… %s: %.0f s so far%s", what, now.Sub(since).Seconds(), at)
	}
}

// At keeps how far the program is that runs, for when nothing is written for too long.
func (l *Log) At(format string, args ...any) {
	l.mu.Lock()
	l.at = ", " + fmt.Sprintf(format, args...)
	l.mu.Unlock()
}

// Runner returns a runner that lets the log know what runs.
func (l *Log) Runner(run Runner) Runner {
	return func(ctx context.Context, c Command) error {
		l.mu.Lock()
		before, since := l.program, l.since
		l.program, l.since, l.at = short(c.Args, c.What), l.now(), ""
		l.mu.Unlock()
		defer l.elsewhere.enter()()
		defer func() {
			l.mu.Lock()
			l.program, l.since, l.at = before, since, ""
			l.mu.Unlock()
		}()
		return run(ctx, c)
	}
}

// indented puts four blanks in front of every line. A line is written when it is whole, so that nothing which is taken
// out of lines is missed for coming in two parts. That nobody reads the log is no matter of the program's.
type indented struct{ *LineWriter }

// colours are the sequences by which programs colour what they write (ECMA-48, SGR), and \r in front of a line's end.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m|\r+$`)
