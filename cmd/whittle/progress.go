package main

import (
	"fmt"
	"io"
	"sync"
	"unicode/utf8"
)

// progress tells on stderr what goes on: a line for each message, or one line that changes where stderr is a
// terminal. It is safe for use by several goroutines.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	width int // 0: no terminal
	shown bool
}

func (t *tool) progress() *progress {
	if t.quiet {
		return &progress{w: io.Discard}
	}
	return &progress{w: t.stderr, width: t.width}
}

// clearLine brings the cursor to the start of the line and empties it.
const clearLine = "\r\x1b[K"

// say shows a message.
func (p *progress) say(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width == 0 {
		fmt.Fprintln(p.w, message)
		return
	}
	p.shown = true
	fmt.Fprint(p.w, clearLine, shorten(message, p.width-1))
}

// done takes the changing line away, so that results stand alone.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, clearLine)
		p.shown = false
	}
}

func shorten(s string, width int) string {
	if utf8.RuneCountInString(s) <= width || width < 2 {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}
