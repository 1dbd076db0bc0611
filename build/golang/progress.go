package golang

import (
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// progress takes what go writes. Names of packages (go build -v) and downloads are counted, and told of now and then;
// everything else is kept for the error.
type progress struct {
	*language.Progress
	log        *language.Log
	compiled   int
	downloaded int
	toolchain  string // that is downloaded
	now        string
}

func newProgress(log *language.Log) *progress {
	p := &progress{log: log}
	p.Progress = language.NewProgress(p.line, p.tell)
	return p
}

// close ends the telling.
func (p *progress) close() {
	p.Close()
	if p.toolchain != "" {
		p.log.Line("downloaded the toolchain %s", p.toolchain)
	}
	if p.downloaded > 0 {
		p.log.Line("downloaded %s", text.Count(p.downloaded, "module"))
	}
}

// tell prints how far go is.
func (p *progress) tell() {
	switch {
	case p.compiled > 0:
		p.log.Line("compiled %s, now at %s", text.Count(p.compiled, "package"), p.now)
	case p.toolchain != "" && p.downloaded == 0:
		p.log.Line("downloading the toolchain %s", p.toolchain)
	case p.downloaded > 0:
		p.log.Line("downloading modules: %d so far, now %s", p.downloaded, p.now)
	}
}

// line takes "go: downloading MODULE VERSION" and the import path of a package.
func (p *progress) line(line string) bool {
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
		return false
	}
	return true
}
