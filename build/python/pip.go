package python

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
)

// pipOutput takes what pip writes, and tells the log what takes time: large downloads, compilations. What pip writes where it
// fails is in the error of its runner.
type pipOutput struct {
	log   *language.Log
	found int // packages that were looked for
}

func newPipOutput(log *language.Log) *language.LineWriter {
	return language.NewLineWriter((&pipOutput{log: log}).tell)
}

var (
	collecting  = regexp.MustCompile(`^Collecting ([\w.-]+)`)
	downloading = regexp.MustCompile(`^Downloading (\S+) \((\d[\d.]* MB)\)`)
	building    = regexp.MustCompile(`^Building wheel for (\S+) \([^)]*\): (started|still running)`)
	isolating   = regexp.MustCompile(`^Installing build dependencies: still running`)
	installing  = regexp.MustCompile(`^Installing collected packages: (.*)`)
)

// tell tells the log what a line of pip's says of its progress.
func (o *pipOutput) tell(line string) {
	line = strings.TrimSpace(line)
	if m := collecting.FindStringSubmatch(line); m != nil {
		o.found++
		o.log.At("%s found, the last %s", people.Count(o.found, "package"), m[1])
	}
	if m := downloading.FindStringSubmatch(line); m != nil {
		o.log.Line("  downloading %s, %s", m[1][strings.LastIndex(m[1], "/")+1:], m[2])
	}
	if m := building.FindStringSubmatch(line); m != nil {
		if m[2] == "started" {
			o.log.Line("  building %s", m[1])
		}
		o.log.At("building %s", m[1])
	}
	if isolating.MatchString(line) {
		o.log.Line("  still fetching what builds need")
	}
	if m := installing.FindStringSubmatch(line); m != nil {
		names := strings.Split(m[1], ", ")
		o.log.Line("  installing %s: %s", people.Count(len(names), "package"), language.Some(names))
	}
}

// general matches lines in which pip says that something failed, and not why.
var general = regexp.MustCompile(`(?i)^\s*error: (?:failed (?:to build|building)|subprocess-exited-with-error|metadata-generation-failed|failed-wheel-build)|^\s*× |: finished with status 'error'$`)

// reason is why a program failed, in one line: its last that speaks of an error.
func reason(err error) string {
	text := err.Error()
	var program *language.ProgramError
	if errors.As(err, &program) && strings.TrimSpace(program.Output) != "" {
		text = program.Output
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(strings.ToLower(line), "error") && !strings.HasPrefix(strings.TrimSpace(line), "note:") && !general.MatchString(line) {
			return strings.TrimSpace(line)
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

// frame matches a place in a traceback of Python: the file, the line, the code.
var frame = regexp.MustCompile(`(?m)^ +File "([^"\n]+)", line (\d+).*\n +(\S.*)$`)

// reasonIn is the reason why a program of Python's failed, with the last place in the app's own files that its traceback has.
func (p *python) reasonIn(err error) string {
	why := reason(err)
	var program *language.ProgramError
	if !errors.As(err, &program) {
		return why
	}
	for _, m := range slices.Backward(frame.FindAllStringSubmatch(program.Output, -1)) {
		if name, ok := strings.CutPrefix(m[1], p.Dir+"/"); ok {
			return fmt.Sprintf("%s (line %s of %s: %s)", why, m[2], name, m[3])
		}
	}
	return why
}
