package language

import (
	"fmt"
	"io"
	"strings"
	"time"

	"whittle.dev/whittle/slicer"
)

// Log writes the build log. Nothing else of the build writes to the user: what is said, and how, is decided here.
type Log struct {
	to    io.Writer
	now   func() time.Time
	begun time.Time // of the step
	start time.Time // of the build
}

// NewLog returns a log that takes the time from now.
func NewLog(to io.Writer, now func() time.Time) *Log {
	t := now()
	return &Log{to: to, now: now, begun: t, start: t}
}

// Title says what runs.
func (l *Log) Title(format string, args ...any) { l.print("", format, args...) }

// Step begins a step; Done ends it.
func (l *Log) Step(format string, args ...any) {
	l.begun = l.now()
	l.print("\n", format, args...)
}

// Line tells something about the step.
func (l *Log) Line(format string, args ...any) { l.print("  ", format, args...) }

// Warn tells something that the user should look at.
func (l *Log) Warn(format string, args ...any) { l.print("  ! ", format, args...) }

// Item tells one thing of a list: its name, its size, and for whom it is there.
func (l *Log) Item(name string, size int64, why string) {
	l.Line("%s", strings.TrimRight(fmt.Sprintf("  %-44s %9s  %s", name, slicer.Bytes(size), why), " "))
}

// Done says how long the step took.
func (l *Log) Done() { l.Line("(%.1f s)", l.now().Sub(l.begun).Seconds()) }

// Total says how long the build took.
func (l *Log) Total() { l.print("\n", "Done in %.1f s", l.now().Sub(l.start).Seconds()) }

// Output is where programs that the build runs write; every line is indented.
func (l *Log) Output() io.Writer { return &indented{to: l.to, fresh: true} }

func (l *Log) print(prefix, format string, args ...any) {
	// A build must not fail because nobody reads its log.
	_, _ = fmt.Fprintf(l.to, prefix+format+"\n", args...)
}

// indented puts four blanks in front of every line.
type indented struct {
	to    io.Writer
	fresh bool
}

func (w *indented) Write(p []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		if w.fresh {
			b.WriteString("    ")
		}
		b.WriteString(line)
		w.fresh = strings.HasSuffix(line, "\n")
	}
	_, err := io.WriteString(w.to, b.String())
	return len(p), err
}
