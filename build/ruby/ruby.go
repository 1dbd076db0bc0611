package ruby

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// The layers of a Ruby build.
const (
	layerGems  = "gems"      // what Bundler installed, at ruby/3.3.0, and programs in bin/
	layerCache = "gem-cache" // gems as they were downloaded, and what was compiled of them
)

// systemRuby is Debian's interpreter, in the build image and, through a door, in the image.
const systemRuby = "/usr/bin/ruby"

// compile builds a Ruby app. What files can tell, version, lock and start command, is decided before anything is downloaded.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Ruby")
	if err := s.Libc("Ruby"); err != nil {
		return language.Artifacts{}, err
	}
	r := &ruby{Site: s}
	if err := language.Do(ctx, r.look, r.chooseVersion, r.checkLock, r.chooseStart, r.expect, r.addGems, r.precompile, r.clean); err != nil {
		return language.Artifacts{}, err
	}
	all, err := r.components()
	if err != nil {
		return language.Artifacts{}, err
	}
	r.tellDatabase()
	s.Log.Done()
	a := language.Artifacts{
		Roots: []string{r.layer.Path}, Slices: r.runtime(), Looked: looked, Notes: r.notes, Members: r.members(), Writable: r.writable(), MayWrite: r.MayWrite(writing),
		Components: all, ComponentsIn: layerGems,
	}
	if len(r.Processes) > 0 {
		a.Started = r.started
	} else {
		a.Processes = r.started
	}
	return a, nil
}

type ruby struct {
	language.Site
	gemfile string            // its name in the app's folder; empty where the app has none
	env     map[string]string // of Ruby's tools
	report  report
	layer   language.Layer
	started []language.Process
	notes   []string
	// gemsKey identifies what is in layer, cache is the folder of what Bundler downloaded; specs are the gems of the image, and
	// trimmed is what was removed of them, in bytes.
	gemsKey string
	cache   string
	specs   []installed
	trimmed int64
}

// lockName is the name of the lock beside a Gemfile.
func lockName(gemfile string) string {
	if filepath.Base(gemfile) == "gems.rb" {
		return filepath.Join(filepath.Dir(gemfile), "gems.locked")
	}
	return gemfile + ".lock"
}

// minor is the first two numbers of a version.
func minor(v string) string {
	parts := strings.SplitN(v, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// home is where gems lie in the layer: RubyGems' own layout below the version that their C interface has.
func (r *ruby) home() string { return filepath.Join(r.layer.Path, "ruby", r.report.ABI) }

// has tells whether the image has one of these gems: by the lock, without one by the Gemfile, and once they are installed by what is
// there.
func (r *ruby) has(names ...string) bool {
	return r.report.has(names...) || slices.ContainsFunc(r.specs, func(s installed) bool { return !s.Default && slices.Contains(names, s.Name) })
}
