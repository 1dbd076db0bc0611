package golang

import (
	"strings"
	"sync"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// quiet is how long the log may stay silent while go works.
const quiet = 8 * time.Second

// progress takes what go writes. Names of packages (go build -v) and downloads are counted, and told of now and then;
// everything else is kept for the error.
type progress struct {
	log  *language.Log
	stop chan struct{}
	done sync.WaitGroup

	mu         sync.Mutex
	rest       string // of a line that has not ended
	compiled   int
	downloaded int
	toolchain  string // that is downloaded
	now        string
	other      []string
}

func newProgress(log *language.Log) *progress {
	p := &progress{log: log, stop: make(chan struct{})}
	p.done.Add(1)
	go func() {
		defer p.done.Done()
		ticks := time.NewTicker(quiet)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				p.tell()
			case <-p.stop:
				return
			}
		}
	}()
	return p
}

// close ends the telling.
func (p *progress) close() {
	close(p.stop)
	p.done.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.toolchain != "" {
		p.log.Line("downloaded the toolchain %s", p.toolchain)
	}
	if p.downloaded > 0 {
		p.log.Line("downloaded %s", text.Count(p.downloaded, "module"))
	}
}

// tell prints how far go is.
func (p *progress) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.compiled > 0:
		p.log.Line("compiled %s, now at %s", text.Count(p.compiled, "package"), p.now)
	case p.toolchain != "" && p.downloaded == 0:
		p.log.Line("downloading the toolchain %s", p.toolchain)
	case p.downloaded > 0:
		p.log.Line("downloading modules: %d so far, now %s", p.downloaded, p.now)
	}
}

func (p *progress) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest += string(b)
	for {
		line, rest, ok := strings.Cut(p.rest, "\n")
		if !ok {
			return len(b), nil
		}
		p.rest = rest
		p.line(line)
	}
}

// line sorts one line: "go: downloading MODULE VERSION", the import path of a package, or something else.
func (p *progress) line(line string) {
	module, downloads := strings.CutPrefix(line, "go: downloading ")
	switch {
	case downloads && strings.HasPrefix(module, "go1."):
		p.toolchain, _, _ = strings.Cut(module, " ")
	case downloads:
		p.downloaded++
		p.now = strings.Replace(module, " ", "@", 1)
	case strings.HasPrefix(line, "go: finding module "), strings.HasPrefix(line, "go: found "), strings.HasPrefix(line, "go: extracting "), strings.HasPrefix(line, "go: added "):
	case line != "" && !strings.ContainsAny(line, " :#\t"):
		p.compiled++
		p.now = line
	default:
		p.other = append(p.other, line)
	}
}

// text is what go said beside its progress.
func (p *progress) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(p.other, p.rest), "\n"))
}
