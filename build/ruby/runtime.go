package ruby

import (
	"context"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// expect lets the build get Debian's Ruby while Bundler installs.
func (r *ruby) expect(ctx context.Context) error {
	return r.Expect(ctx, language.Artifacts{Slices: r.certain()})
}

// certain are the slices that any app gets, whatever gems are installed.
func (r *ruby) certain() []slicer.Named {
	named := []slicer.Named{ofRuby("ruby_core", "Ruby app"), ofRuby("libruby"+minor(r.report.Version)+"_library", "Ruby app")}
	if r.jemalloc() {
		named = append(named, ofRuby("libjemalloc2", "BP_RUBY_JEMALLOC"))
	}
	return named
}

// runtime selects the slices of Debian's Ruby, and what else the app runs by.
func (r *ruby) runtime() []slicer.Named {
	named := r.certain()
	if by := r.bundled(); by != "" {
		named = append(named, ofRuby("ruby"+minor(r.report.Version)+"_standard", by))
	}
	if by := r.evaluates(); by != "" {
		r.Log.Line("Node.js: Debian's, for %s", by)
		named = append(named, ofRuby("nodejs_bins", by))
	}
	return named
}

func ofRuby(slice, by string) slicer.Named {
	return slicer.Named{Name: slice, By: by, Kind: record.Runtime}
}

// bundledGem is the require of a gem that comes with Ruby, but that Bundler hides from apps that do not name it.
var bundledGem = regexp.MustCompile(`(?m)^\s*require\s*\(?\s*["'](rexml|rss|matrix|prime|racc|rake|net/(?:smtp|imap|pop|ftp))(?:["'/])`)

// bundled tells why the app gets the gems that come with Ruby: it has no gems of its own, a Rakefile but no rake, or a file of
// its own requires one.
func (r *ruby) bundled() string {
	switch {
	case len(r.report.Gems) == 0:
		return "an app without gems"
	case language.IsFile(r.Files, "Rakefile") && !r.has("rake"):
		return "Rakefile"
	}
	by := ""
	_ = fs.WalkDir(r.Files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what can't be read requires nothing
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") && name != "." || e.Name() == "node_modules" || name == "vendor"):
			return fs.SkipDir
		case by != "" || !isSource(name):
			return nil
		}
		text, _, err := language.ReadText(r.Files, name)
		if m := bundledGem.FindStringSubmatch(text); err == nil && m != nil && !r.has(strings.ReplaceAll(m[1], "/", "-")) {
			by = m[1] + " in " + name
		}
		return nil
	})
	return by
}

// isSource tells whether a file is most likely one of Ruby.
func isSource(name string) bool {
	return slices.Contains([]string{".rb", ".ru", ".rake"}, path.Ext(name)) || path.Base(name) == "Rakefile"
}

// jemalloc tells whether the app's processes get another allocator than glibc's.
func (r *ruby) jemalloc() bool {
	on, err := r.Truth("BP_RUBY_JEMALLOC", false)
	return err == nil && on
}

// evaluates tells why the app evaluates JavaScript when it runs: it names execjs itself. Where another gem brings that,
// assets need it, and those are compiled with the build.
func (r *ruby) evaluates() string {
	if r.has("mini_racer", "therubyracer", "duktape") {
		return ""
	}
	for _, g := range r.report.Gems {
		if g.Name == "execjs" && r.asked(g) {
			return "execjs in " + r.gemfile
		}
	}
	return ""
}
