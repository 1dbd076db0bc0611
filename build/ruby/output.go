package ruby

import (
	"fmt"
	"strings"

	"whittle.dev/whittle/build/language"
)

// bundleOutput tells of what Bundler writes that which takes time: gems that are compiled, and how many there are.
type bundleOutput struct {
	log  *language.Log
	rest string
}

func (o *bundleOutput) Write(p []byte) (int, error) {
	o.rest += string(p)
	for {
		line, rest, ok := strings.Cut(o.rest, "\n")
		if !ok {
			return len(p), nil
		}
		o.rest = rest
		if told := tell(line); told != "" {
			o.log.Line("  %s", told)
		}
	}
}

// tell is what a line of Bundler's means for the log; empty for nothing.
func tell(line string) string {
	if gem, ok := strings.CutSuffix(line, " with native extensions"); ok {
		return "compiling " + strings.TrimPrefix(gem, "Installing ")
	}
	var wanted, installed int
	if _, err := fmt.Sscanf(line, "Bundle complete! %d Gemfile dependencies, %d gems now installed.", &wanted, &installed); err == nil {
		return fmt.Sprintf("%d gems", installed-1) // Bundler counts itself
	}
	return ""
}
