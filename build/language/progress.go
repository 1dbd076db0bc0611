package language

import (
	"strings"
	"sync"
	"time"
)

// quiet is how long the log may stay silent while a program writes of its progress.
const quiet = 8 * time.Second

// Progress is the output of a program that tells of its progress in many lines: what they tell is counted and told now and
// then, and every other line is kept, for the error where the program fails.
type Progress struct {
	*LineWriter // whose lock is held while a line is taken or progress is told
	kept        []string
	stop        chan struct{}
	done        sync.WaitGroup
}

// NewProgress begins to tell. took takes a line of the program's and returns whether it tells of progress; tell is called
// every eight seconds and logs how far the program is. Neither is called while the other runs.
func NewProgress(took func(line string) bool, tell func()) *Progress {
	p := &Progress{stop: make(chan struct{})}
	p.LineWriter = NewLineWriter(func(line string) {
		if !took(line) {
			p.kept = append(p.kept, line)
		}
	})
	p.done.Go(func() {
		ticks := time.NewTicker(quiet)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				p.mu.Lock()
				tell()
				p.mu.Unlock()
			case <-p.stop:
				return
			}
		}
	})
	return p
}

// Close ends the telling.
func (p *Progress) Close() {
	close(p.stop)
	p.done.Wait()
}

// Text is what the program wrote beside its progress.
func (p *Progress) Text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(p.kept, string(p.rest)), "\n"))
}
