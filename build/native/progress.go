package native

import (
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// progress counts what compilers do.
type progress struct {
	*language.Progress
	log       *language.Log
	steps     int
	told      int // of the steps
	now       string
	late      []string // the first warning of code that GCC takes for wrong of late: the line, its place, what it is
	lateCount int
}

func newProgress(log *language.Log) *progress {
	p := &progress{log: log}
	p.Progress = language.NewProgress(p.line, p.tell)
	return p
}

// step is a line of ninja or of a makefile of CMake's, "[3/12] Building C object …", "[ 25%] …", or a call of a compiler.
var step = regexp.MustCompile(`^\[ *[0-9]+(?:/[0-9]+\]|%\])|^\s*(?:[\w-]+-)?(?:cc|gcc|g\+\+|c\+\+|ar|ld|libtool|/bin/bash \./libtool|/bin/sh \./libtool) `)

func (p *progress) line(line string) bool {
	if step.MatchString(line) {
		p.steps++
		if p.now = line; len(p.now) > 70 {
			p.now = strings.ToValidUTF8(line[:70], "") + "…"
		}
		return true
	}
	if m := ofLate.FindStringSubmatch(line); m != nil {
		if p.lateCount++; p.late == nil {
			p.late = m
		}
	}
	return strings.HasPrefix(line, "checking ") || strings.HasPrefix(line, "-- ") || strings.HasPrefix(line, "make[")
}

func (p *progress) tell() {
	if p.steps > p.told {
		p.told = p.steps
		p.log.Line("%d steps so far, now %s", p.steps, p.now)
	}
}
