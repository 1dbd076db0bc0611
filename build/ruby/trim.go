package ruby

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// trim removes from installed gems what no program reads: tests, documentation, sources of what was compiled, modules for
// other versions of Ruby, what Bundler downloaded; and symbols of what was compiled here.
func (r *ruby) trim(ctx context.Context) error {
	before, err := language.TreeSize(r.layer.Path)
	if err != nil {
		return err
	}
	for _, s := range r.specs {
		if !strings.HasPrefix(s.Path, r.layer.Path+"/") {
			continue // of the app's own, or of Ruby
		}
		if err := r.trimGem(ctx, s); err != nil {
			return fmt.Errorf("cannot trim gem %s: %w", s.Name, err)
		}
	}
	// bin/ here has the starters of RubyGems; those of the image lie in the layer's bin/, and set up Bundler by themselves.
	for _, name := range []string{"cache", "doc", "build_info", "bin", "plugins", "../../cache"} {
		if err := os.RemoveAll(filepath.Join(r.home(), name)); err != nil {
			return fmt.Errorf("cannot remove what Bundler downloaded: %w", err)
		}
	}
	if err := language.RemoveEmpty(r.home()); err != nil {
		return err
	}
	after, err := language.TreeSize(r.layer.Path)
	r.trimmed = before - after
	return err
}

// unread are folders in a gem's own that its library does not need, and files there that are for people.
var (
	unread   = regexp.MustCompile(`^(?:tests?|specs?|features|docs?|benchmarks?|bench|\.[^/]*|(?:README|CHANGE|CHANGELOG|CHANGES|HISTORY|RELEASE|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY|UPGRAD|TODO|Rakefile|Gemfile|Guardfile|Appraisals)[^/]*|[^/]*\.(?:md|rdoc|markdown))$`)
	licenses = regexp.MustCompile(`(?i)licen[cs]e|copying|notice|authors|copyright`)
	// sources are what compilers read and what they leave behind.
	sources = regexp.MustCompile(`(?:\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx|inc|S|asm|y|rl|gperf|o|obj|a|la|lo|in|am|m4|ac|java)|(?:^|/)(?:Makefile|mkmf\.log|gem_make\.out|extconf\.h|depend|configure))$`)
	// perVersion is a module that a gem has for each version of Ruby: lib/nokogiri/3.2/nokogiri.so.
	perVersion = regexp.MustCompile(`/(\d\.\d)/[^/]+\.so$`)
)

// trimGem removes what of one gem is not read. What it requires, runs and compiles into stays, whatever it is called.
func (r *ruby) trimGem(ctx context.Context, s installed) error {
	used := func(top string) bool {
		return top == s.Bindir || slices.ContainsFunc(s.Require, func(p string) bool { return p == top || strings.HasPrefix(p, top+"/") })
	}
	entries, err := os.ReadDir(s.Path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); unread.MatchString(name) && !licenses.MatchString(name) && !used(name) {
			if err := os.RemoveAll(filepath.Join(s.Path, name)); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(s.Path, "ports", "archives")); err != nil {
		return err
	}
	err = filepath.WalkDir(s.Path, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel := strings.TrimPrefix(name, s.Path+"/")
		versioned := perVersion.FindStringSubmatch(name)
		switch {
		case s.compiled() && sources.MatchString(rel) || strings.HasSuffix(rel, ".gem"), versioned != nil && versioned[1] != minor(r.report.Version):
			return os.Remove(name)
		case s.Native && strings.HasSuffix(rel, ".so"):
			return r.Strip(ctx, name)
		}
		return nil
	})
	if err != nil || s.Extension == "" {
		return err
	}
	return r.trimExtension(ctx, s)
}

// compiled tells whether a gem has, or was made of, native code.
func (s installed) compiled() bool {
	return s.Native || language.Exists(filepath.Join(s.Path, "ext"))
}

// trimExtension leaves in the folder of what RubyGems compiled what is not in the gem's own folder, too: it puts modules into
// both, and programs look in both. The mark that all was compiled stays.
func (r *ruby) trimExtension(ctx context.Context, s installed) error {
	if !language.Exists(s.Extension) {
		return nil
	}
	return filepath.WalkDir(s.Extension, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if sources.MatchString(name) {
			return os.Remove(name)
		}
		if !strings.HasSuffix(name, ".so") {
			return nil
		}
		if err := r.Strip(ctx, name); err != nil {
			return err
		}
		rel := strings.TrimPrefix(name, s.Extension+"/")
		for _, dir := range s.Require {
			if filepath.IsAbs(dir) {
				continue
			}
			if same, err := sameFile(name, filepath.Join(s.Path, dir, rel)); err != nil || same {
				if err != nil {
					return err
				}
				return os.Remove(name)
			}
		}
		return nil
	})
}

// sameFile tells whether there is another file with the same content. Of very large ones it is not known.
func sameFile(name, other string) (bool, error) {
	info, err := os.Lstat(other)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 32<<20 {
		return false, nil
	}
	one, err := language.ReadFile(name)
	if err != nil {
		return false, err
	}
	two, err := language.ReadFile(other)
	return bytes.Equal(one, two), err
}
