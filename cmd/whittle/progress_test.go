package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestTransfersInALog gives a file one line, when it is complete.
func TestTransfersInALog(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out}
	p.say("getting 2 packages")
	p.transfer("a.deb", 0, 2000)
	p.transfer("a.deb", 1000, 2000)
	p.transfer("b.deb", 10, 10)
	p.transfer("a.deb", 2000, 2000)
	p.done()
	want := "getting 2 packages\ndownloaded b.deb (10 B)\ndownloaded a.deb (2.0 kB)\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTransfersOnATerminal draws them as one line that fits, and takes it away in the end.
func TestTransfersOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, width: 20}
	p.transfer("main/Contents-all.gz", 0, 2000)
	p.transfer("main/Contents-all.gz", 1, 2000) // too soon to be drawn
	p.done()
	want := clearLine + "downloading main/C…" + clearLine
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Contains(out.String(), "\n") {
		t.Error("a terminal's line must not move on")
	}
}

func TestBatchOfTransfers(t *testing.T) {
	start := time.Unix(0, 0)
	var b batch
	b.update(start, "a.deb", transfer{0, 3_000_000})
	b.update(start, "b.deb", transfer{0, 1_000_000})
	b.update(start, "b.deb", transfer{1_000_000, 1_000_000})
	b.update(start, "a.deb", transfer{1_000_000, 3_000_000})
	if got, want := b.line(start.Add(2*time.Second)), "downloading 2 files: 2.00 MB of 4.00 MB, 1.00 MB/s, 2 s left"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.update(start, "a.deb", transfer{3_000_000, 3_000_000})
	b.update(start, "c.deb", transfer{0, 10}) // all others ended: a new batch
	if got, want := b.line(start), "downloading c.deb: 0 B of 10 B"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
