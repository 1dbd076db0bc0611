package ruby

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// lookScript is run by the build image's Ruby, because only Ruby reads a Gemfile, which is a program. It prints a report.
//
//go:embed look.rb
var lookScript string

// report is what Bundler knows of the app.
type report struct {
	Version  string // of Ruby: "3.3.8"
	ABI      string // the version of its C interface, by which folders of gems are named: "3.3.0"
	Bundler  string // the version that comes with Ruby, and so is in the image, too
	Platform string // "x86_64-linux-gnu"
	Gems     []gem
	Ruby     []string // what the Gemfile says of the version, as requirements of RubyGems
	Engine   string   // "ruby", or "jruby"
	Lock     *lock    // nil for none
	Stale    []stale
	Config   map[string]string // the app's own configuration of Bundler: "BUNDLE_WITHOUT" → "test"
	Error    []string          // why the Gemfile or its lock cannot be read
}

// gem is a dependency of the Gemfile.
type gem struct {
	Name, Requirement string
	Groups            []string
	Here              bool   // it is for this platform
	Source            string // "git", "path:libs/local", or empty for a registry
}

// lock is Gemfile.lock.
type lock struct {
	Specs     []spec
	Platforms []string
	Ruby      string // "ruby 3.3.0p0"
	Bundler   string
	Wants     map[string]string // what the Gemfile wanted when the lock was made
	Supported bool              // one of the platforms is that of the image
}

// spec is a gem of a lock.
type spec struct {
	Name, Version, Platform, Source string
	Requires                        []string
	Here                            bool
}

// stale is what the Gemfile wants and its lock does not have.
type stale struct{ Name, Wants, Has string }

// isolated are variables that would put other files before Ruby's own: an app or a platform may set them for its programs, and
// they must not reach the tools of the build.
var isolated = []string{
	"RUBYOPT", "RUBYLIB", "RUBYSHELL", "RUBYGEMS_GEMDEPS", "GEM_HOME", "GEM_PATH", "GEMRC", "BUNDLE_APP_CONFIG", "BUNDLE_PATH", "BUNDLE_BIN",
	"BUNDLE_DEPLOYMENT", "BUNDLE_FROZEN", "BUNDLE_GEMFILE", "BUNDLER_VERSION", "DEBIAN_RUBY_STANDALONE", "DEBIAN_DISABLE_RUBYGEMS_INTEGRATION",
}

// look finds the Gemfile and asks Bundler what it says.
func (r *ruby) look(ctx context.Context) error {
	if err := r.findGemfile(); err != nil {
		return err
	}
	r.env = language.With(r.Env, map[string]string{
		"BUNDLE_APP_CONFIG": filepath.Join(r.Temp, "bundle"), // and not the app's .bundle, whose plugins Bundler would load
		"BUNDLE_USER_HOME":  filepath.Join(r.Temp, "bundle-user"),
		"LANG":              "C.UTF-8",
	})
	for _, name := range isolated {
		if name != "BUNDLE_APP_CONFIG" {
			delete(r.env, name)
		}
	}
	if bundle := r.Env["SSL_CERT_FILE"]; bundle != "" {
		r.env["BUNDLE_SSL_CA_CERT"] = cmp.Or(r.Env["BUNDLE_SSL_CA_CERT"], bundle) // Debian's RubyGems heeds no SSL_CERT_FILE
	}
	script, err := r.Script("look.rb", lookScript)
	if err != nil {
		return err
	}
	err = language.Ask(ctx, r.Run, language.Command{
		Args: []string{systemRuby, script, r.gemfile, r.own(lockName(r.gemfile)), r.own(".bundle/config")}, What: "reading the Gemfile", Dir: r.Dir, Env: r.env,
	}, &r.report)
	if err != nil {
		return fmt.Errorf("cannot read what the app asks for: %w", err)
	}
	if r.gemfile != "" {
		r.env["BUNDLE_GEMFILE"] = filepath.Join(r.Dir, r.gemfile)
	}
	r.env["BUNDLER_VERSION"] = r.report.Bundler // no other one is fetched because a lock was made by it
	return r.report.problem(r.gemfile)
}

// own is the name of a file that Ruby may read for the build: one of the app's own, of a bounded size. Another one is told to Ruby
// as none: a link would lead it to a secret, and settings of the app come into the image.
func (r *ruby) own(name string) string {
	if _, ok, err := language.ReadText(r.Files, name); err != nil || !ok {
		return ""
	}
	return name
}

// findGemfile finds the manifest: the one that BUNDLE_GEMFILE names, else as Bundler does.
func (r *ruby) findGemfile() error {
	if named := r.Env["BUNDLE_GEMFILE"]; named != "" {
		if filepath.IsAbs(named) {
			named = strings.TrimPrefix(filepath.Clean(named), r.Dir+"/")
		}
		if !filepath.IsLocal(named) || !language.IsFile(r.Files, named) {
			return &language.Problem{What: "there is no Gemfile " + r.Env["BUNDLE_GEMFILE"], Evidence: []string{"BUNDLE_GEMFILE names it"}, Next: "Name a file of the app's folder, or leave BUNDLE_GEMFILE out."}
		}
		r.gemfile = named
		return nil
	}
	for _, name := range []string{"gems.rb", "Gemfile"} {
		if language.IsFile(r.Files, name) {
			r.gemfile = name
			return nil
		}
	}
	return nil
}

// problem tells of a Gemfile or a lock that Bundler cannot read.
func (p report) problem(gemfile string) error {
	if len(p.Error) == 0 {
		return nil
	}
	text := strings.Join(p.Error, " ")
	problem := &language.Problem{What: "cannot read " + gemfile, Evidence: p.Error[:min(len(p.Error), 8)], Next: "Correct it; `bundle install` on your machine tells the same."}
	switch {
	case strings.Contains(text, "merge conflict"):
		problem.What, problem.Next = lockName(gemfile)+" has conflicts of a merge", "Resolve them, run `bundle lock`, and commit it."
	case strings.Contains(text, "lockfile"):
		problem.What, problem.Next = "cannot read "+lockName(gemfile), "Remove it, run `bundle lock`, and commit what that writes."
	}
	return problem
}

// leftOut are the groups of gems that the image does not get.
func (r *ruby) leftOut() []string {
	for _, value := range []string{r.Env["BUNDLE_WITHOUT"], r.report.Config["BUNDLE_WITHOUT"]} {
		if value != "" {
			return strings.FieldsFunc(value, func(c rune) bool { return c == ':' || c == ' ' })
		}
	}
	return []string{"development", "test"}
}

// asked tells whether a gem of the Gemfile is for the image.
func (r *ruby) asked(g gem) bool {
	without := r.leftOut()
	return g.Here && slices.ContainsFunc(g.Groups, func(group string) bool { return !slices.Contains(without, group) })
}

// has tells whether the lock, or the Gemfile where there is none, names one of these gems.
func (p report) has(names ...string) bool {
	if p.Lock != nil {
		return slices.ContainsFunc(p.Lock.Specs, func(s spec) bool { return s.Here && slices.Contains(names, s.Name) })
	}
	return slices.ContainsFunc(p.Gems, func(g gem) bool { return slices.Contains(names, g.Name) })
}
