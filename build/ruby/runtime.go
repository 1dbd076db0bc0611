package ruby

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// runtime selects the slices of Debian's Ruby, and what else the app runs by.
func (r *ruby) runtime() []slicer.Named {
	var named []slicer.Named
	add := func(name, by string) {
		named = append(named, slicer.Named{Name: name, By: by, Kind: record.Runtime})
	}
	version := minor(r.report.Version)
	add("ruby_core", "Ruby app")
	add("libruby"+version+"_library", "Ruby app")
	if by := r.bundled(); by != "" {
		add("ruby"+version+"_standard", by)
	}
	if r.jemalloc() {
		add("libjemalloc2", "BP_RUBY_JEMALLOC")
	}
	if by := r.evaluates(); by != "" {
		r.Log.Line("Node.js: Debian's, for %s", by)
		add("nodejs_bins", by)
	}
	return named
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
