package main

import (
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
)

// progress tells on stderr what goes on: a line for each message, or one line that changes where stderr is a
// terminal. It is safe for use by several goroutines.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	width int // 0: no terminal
	shown bool
	batch batch
	drawn time.Time // when the transfers were last drawn
}

// batch is the downloads that run at the same time, and those that ended since the first of them began.
type batch struct {
	begun       time.Time
	files       map[string]transfer
	done, total int64
	running     int
}

type transfer struct{ done, total int64 }

// redraw is how often the line of transfers changes at most: faster than this nobody reads.
const redraw = 100 * time.Millisecond

// progress is the one of this run: there is one stderr.
func (t *tool) progress() *progress {
	if t.bar == nil {
		t.bar = &progress{w: t.screen, width: t.width}
		if t.quiet {
			t.bar = &progress{w: io.Discard}
		}
	}
	return t.bar
}

// clearLine brings the cursor to the start of the line and empties it.
const clearLine = "\r\x1b[K"

// say shows a message.
func (p *progress) say(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(message)
}

// note shows a message that stays.
func (p *progress) note(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, clearLine)
		p.shown = false
	}
	terminal.Fprintln(p.w, message)
}

func (p *progress) show(message string) {
	if p.width == 0 {
		terminal.Fprintln(p.w, message)
		return
	}
	p.shown = true
	fmt.Fprint(p.w, clearLine, shorten(terminal.Line(message), p.width-1))
}

// transfer shows that so many bytes of a file are here. A log gets a line when the file is complete.
func (p *progress) transfer(file string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.width == 0 {
		if done == total {
			p.show("downloaded " + file + " (" + text.Bytes(total) + ")")
		}
		return
	}
	now := time.Now()
	p.batch.update(now, file, transfer{done, total})
	if now.Sub(p.drawn) >= redraw {
		p.drawn = now
		p.show(p.batch.line(now))
	}
}

func (b *batch) update(now time.Time, file string, t transfer) {
	if b.running == 0 {
		*b = batch{begun: now, files: map[string]transfer{}}
	}
	was, known := b.files[file]
	if !known {
		b.running++
	}
	if t.done == t.total && (!known || was.done < was.total) {
		b.running--
	}
	b.done += t.done - was.done
	b.total += t.total - was.total
	b.files[file] = t
}

// line says how far the batch is, how fast, and how long it will take.
func (b *batch) line(now time.Time) string {
	what := "downloading " + text.Count(len(b.files), "file")
	if len(b.files) == 1 {
		for file := range b.files {
			what = "downloading " + file
		}
	}
	s := fmt.Sprintf("%s: %s of %s", what, text.Bytes(b.done), text.Bytes(b.total))
	seconds := now.Sub(b.begun).Seconds()
	if seconds < 0.5 || b.done == 0 {
		return s
	}
	speed := float64(b.done) / seconds
	return fmt.Sprintf("%s, %s/s, %.0f s left", s, text.Bytes(int64(speed)), float64(b.total-b.done)/speed)
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
