package python

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/build/language"
)

// pipOutput takes what pip writes: the log gets what takes time, and everything is kept for an error.
type pipOutput struct {
	log  *language.Log
	mu   sync.Mutex
	all  strings.Builder
	line strings.Builder
}

// maxOutput bounds what is kept of pip's output, in bytes; its end is what tells of errors.
const maxOutput = 4 << 20

func (o *pipOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all.Len() > maxOutput {
		end := o.all.String()[maxOutput/2:]
		o.all.Reset()
		o.all.WriteString(end)
	}
	o.all.Write(p)
	for part := range strings.Lines(string(p)) {
		o.line.WriteString(part)
		if strings.HasSuffix(part, "\n") {
			o.tell(strings.TrimSpace(o.line.String()))
			o.line.Reset()
		}
	}
	return len(p), nil
}

var (
	downloading = regexp.MustCompile(`^Downloading (\S+) \((\d[\d.]* MB)\)`)
	building    = regexp.MustCompile(`^Building wheels? for (\S+) \((?:pyproject.toml|setup.py)\): (started|still running)|^Building wheel for (\S+) .*started`)
	installing  = regexp.MustCompile(`^Installing collected packages: (.*)`)
)

// tell writes to the log what takes time: large downloads, compilations.
func (o *pipOutput) tell(line string) {
	switch {
	case downloading.MatchString(line):
		m := downloading.FindStringSubmatch(line)
		name := m[1][strings.LastIndex(m[1], "/")+1:]
		o.log.Line("  downloading %s, %s", name, m[2])
	case building.MatchString(line):
		m := building.FindStringSubmatch(line)
		o.log.Line("  building %s", first(m[1], m[3]))
	case installing.MatchString(line):
		names := strings.Split(installing.FindStringSubmatch(line)[1], ", ")
		o.log.Line("  installing %s: %s", slicerCount(len(names)), language.Some(names))
	}
}

func slicerCount(n int) string {
	if n == 1 {
		return "1 package"
	}
	return fmt.Sprintf("%d packages", n)
}

func (o *pipOutput) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// pipError is pip's failure at one step.
type pipError struct {
	Step   step
	By     string // the file that lists what was installed
	Output string
	Err    error
}

func (e *pipError) Error() string {
	return fmt.Sprintf("pip cannot install %s: %s", e.Step.What, strings.Join(e.tail(), "\n"))
}

func (e *pipError) Unwrap() error { return e.Err }

var (
	pipNoise   = regexp.MustCompile(`^\s*$|^(?:Collecting|Downloading|Using cached|Requirement already|Looking in|Preparing metadata|Getting requirements|Installing build|Building wheel|Obtaining|Processing|Attempting|WARNING: Retrying|\[notice\]|note:|hint:|╰─>|×|\s*\[end of output\])`)
	pipProblem = regexp.MustCompile(`(?m)^\s*(?:ERROR: |error: |fatal error: |\S+: (?:fatal )?error: |.*: No such file or directory$|\w*Error: )`)
)

// tail is what tells why pip failed: its last lines that are no progress, no frame and no advice of its own.
func (e *pipError) tail() []string {
	var lines []string
	for line := range strings.Lines(e.Output) {
		if line = strings.TrimRight(line, "\r\n "); !pipNoise.MatchString(strings.TrimSpace(line)) {
			lines = append(lines, strings.TrimPrefix(line, "      "))
		}
	}
	const most = 15
	if len(lines) > most {
		// An error far above the end is worth more than what follows it.
		at := slices.IndexFunc(lines, func(l string) bool { return pipProblem.MatchString(l) })
		if at >= 0 && at < len(lines)-most {
			head := lines[at:min(at+5, len(lines))]
			lines = append(append(slices.Clone(head), "…"), lines[len(lines)-8:]...)
		} else {
			lines = lines[len(lines)-most:]
		}
	}
	return lines
}

// reason is an error in one line.
func reason(err error) string {
	text := strings.TrimSpace(err.Error())
	lines := strings.Split(text, "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(strings.ToLower(line), "error") {
			return strings.TrimSpace(line)
		}
	}
	return lines[0]
}
