package ruby

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// specsScript is run by the build image's Ruby when the gems are installed: it prints them as JSON.
//
//go:embed specs.rb
var specsScript string

// installed is a gem that the app has when it runs.
type installed struct {
	Name, Version string
	Licenses      []string
	Path          string // its folder
	Spec          string // the file of its specification
	Extension     string // the folder of what was compiled of it
	Native        bool   // it has something to compile
	Require       []string
	Bindir        string
	Executables   []string
	Requires      []string
	Default       bool     // it is part of Ruby
	Git           []string // repository and commit
}

// readSpecs asks Bundler which gems there are, or takes the answer of the last build where the gems are the same.
func (r *ruby) readSpecs(ctx context.Context) error {
	type kept struct {
		Key   string
		Specs []installed
	}
	file := filepath.Join(r.cache, "specs.json")
	var old kept
	if language.ReadNote(file, &old) && old.Key == r.gemsKey {
		r.specs = old.Specs
		return nil
	}
	script := filepath.Join(r.Temp, "specs.rb")
	if err := os.WriteFile(script, []byte(specsScript), 0o600); err != nil {
		return fmt.Errorf("cannot write specs.rb: %w", err)
	}
	out, err := language.Output(ctx, r.Run, language.Command{Args: []string{systemRuby, script}, What: "listing the gems", Dir: r.Dir, Env: r.env})
	if err == nil {
		err = json.Unmarshal([]byte(out[strings.LastIndexByte(out, '\n')+1:]), &r.specs)
	}
	if err != nil {
		return fmt.Errorf("cannot list the gems: %w", err)
	}
	if err := language.WriteNote(file, kept{r.gemsKey, r.specs}); err != nil {
		return fmt.Errorf("cannot keep the list of gems: %w", err)
	}
	return nil
}
