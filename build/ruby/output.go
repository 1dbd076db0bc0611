package ruby

import (
	"fmt"
	"strings"

	"whittle.dev/whittle/build/language"
)

// bundleOutput tells of what Bundler writes that which takes time: gems that are compiled, and how many there are.
func bundleOutput(log *language.Log) *language.LineWriter {
	return language.NewLineWriter(func(line string) {
		if told := tell(line); told != "" {
			log.Line("  %s", told)
		}
	})
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
