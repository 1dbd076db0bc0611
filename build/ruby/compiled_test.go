package ruby

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestCompiledOnce: what tasks made of the same files is taken from the last build, and made anew of others.
func TestCompiledOnce(t *testing.T) {
	cache, workspace := t.TempDir(), filepath.Join(t.TempDir(), "app")
	app := map[string]string{"Rakefile": "x", "config/a.rb": "1", "log/.keep": "", "public/robots.txt": "all", "tmp/cache/assets/mine": "x"}
	runs, removes := 0, false
	task := func(_ context.Context, c language.Command) error {
		runs++
		languagetest.Write(t, c.Dir, map[string]string{"public/assets/a-1.css": "body", "public/robots.txt": "some", "tmp/cache/assets/part": "x", "log/production.log": "x"})
		if removes {
			if err := os.Remove(filepath.Join(c.Dir, "config/a.rb")); err != nil {
				return err
			}
		}
		return os.Symlink("a-1.css", filepath.Join(c.Dir, "public/assets/a.css"))
	}
	build := func(change func(*ruby)) *ruby {
		t.Helper()
		r := &ruby{Site: languagetest.Site(t, task), gemfile: "Gemfile", report: said(), cache: cache, gemsKey: "gems", layer: language.Layer{Path: "/gems"}}
		r.report.Lock.Specs = append(r.report.Lock.Specs, spec{Name: "sprockets-rails", Here: true}, spec{Name: "rake", Here: true})
		r.Dir = workspace // the same place in each build
		r.Files = os.DirFS(r.Dir)
		if err := os.RemoveAll(r.Dir); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, r.Dir, app)
		if change != nil {
			change(r)
		}
		if err := r.precompile(t.Context()); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, row := range []struct {
		name   string
		change func(*ruby)
		want   int // how often the task ran until then
	}{
		{"the first build", nil, 1},
		{"nothing changed", nil, 1},
		{"another file", func(r *ruby) { languagetest.Write(t, r.Dir, map[string]string{"config/a.rb": "2"}) }, 2},
		{"other gems", func(r *ruby) { r.gemsKey = "others" }, 3},
		{"another environment", func(r *ruby) { r.env = map[string]string{"CDN": "x"} }, 4},
		{"the same again", func(r *ruby) { r.env = map[string]string{"CDN": "x"} }, 4},
		{"without the files of the cache", func(r *ruby) {
			r.env = map[string]string{"CDN": "x"}
			if err := os.Remove(filepath.Join(cache, compiledFolder, "public/robots.txt")); err != nil {
				t.Fatal(err)
			}
		}, 5},
		{"a task that removes files", func(*ruby) { removes = true }, 6},
		{"is run each time", nil, 7},
	} {
		r := build(row.change)
		if runs != row.want {
			t.Errorf("%s: the task ran %d times, want %d", row.name, runs, row.want)
		}
		if got := languagetest.Read(t, filepath.Join(r.Dir, "public/robots.txt")); got != "some" {
			t.Errorf("%s: robots.txt is %q", row.name, got)
		}
		target, err := os.Readlink(filepath.Join(r.Dir, "public/assets/a.css"))
		if err != nil || target != "a-1.css" {
			t.Errorf("%s: a link leads to %q: %v", row.name, target, err)
		}
	}
}

// TestAssetsWithoutLock: the Gemfile of Rails names neither rake nor what its assets are compiled by.
func TestAssetsWithoutLock(t *testing.T) {
	r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
	r.report.Lock, r.Files = nil, os.DirFS(r.Dir)
	languagetest.Write(t, r.Dir, map[string]string{"Rakefile": "x"})
	if r.hasAssets() {
		t.Error("assets are compiled before gems are installed")
	}
	r.specs = []installed{{Name: "rake", Default: true}, {Name: "propshaft"}}
	if r.hasAssets() {
		t.Error("a gem that comes with Ruby counts, which Bundler hides")
	}
	r.specs = append(r.specs, installed{Name: "rake"})
	if !r.hasAssets() {
		t.Error("assets are not compiled")
	}
}

// TestCompiledStaysInside: a folder of the app that leads elsewhere is not written through.
func TestCompiledStaysInside(t *testing.T) {
	outside := t.TempDir()
	r := &ruby{Site: languagetest.Site(t, nil), cache: t.TempDir()}
	languagetest.Write(t, r.cache, map[string]string{compiledNote: `{"Key":"k","Files":{"public/a":"x"}}`, compiledFolder + "/public/a": "x"})
	if err := os.Symlink(outside, filepath.Join(r.Dir, "public")); err != nil {
		t.Fatal(err)
	}
	done, err := r.takeCompiled("k")
	if done || err != nil {
		t.Errorf("taken: %t, %v", done, err)
	}
	if got := languagetest.Names(t, outside); len(got) > 0 {
		t.Errorf("outside of the app there are %v", got)
	}
}
