package ruby

import (
	"context"
	_ "embed"
	"fmt"

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
func (r *ruby) readSpecs(ctx context.Context) (err error) {
	r.specs, err = language.Remembered(r.cache, "gems.json", r.gemsKey, func() ([]installed, error) { return r.listGems(ctx) })
	return err
}

// listGems has Ruby list the gems that the app was installed with.
func (r *ruby) listGems(ctx context.Context) ([]installed, error) {
	script, err := r.Script("specs.rb", specsScript)
	if err != nil {
		return nil, err
	}
	var all []installed
	err = language.Ask(ctx, r.Run, language.Command{Args: []string{systemRuby, script}, What: "listing the gems", Dir: r.Dir, Env: r.env}, &all)
	if err != nil {
		return nil, fmt.Errorf("cannot list the gems: %w", err)
	}
	return all, nil
}
