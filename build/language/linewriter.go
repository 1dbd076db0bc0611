package language

import (
	"bytes"
	"sync"
)

// LineWriter is the output of a program that is read by its lines.
type LineWriter struct {
	mu   sync.Mutex
	see  func(line string)
	rest []byte // of a line that has not ended
}

// longLine is how much of a line without an end is kept, in bytes.
const longLine = 64 << 10

// NewLineWriter returns an output whose lines see gets, each when it is whole, without its end; one of more than 64 KiB in parts.
func NewLineWriter(see func(line string)) *LineWriter { return &LineWriter{see: see} }

func (w *LineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			break
		}
		w.see(string(line))
		w.rest = rest
	}
	if len(w.rest) > longLine {
		w.end()
	}
	return len(p), nil
}

// End has a last line seen that has no end.
func (w *LineWriter) End() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
}

func (w *LineWriter) end() {
	if len(w.rest) > 0 {
		w.see(string(w.rest))
		w.rest = nil
	}
}
