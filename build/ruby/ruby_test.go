package ruby

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
)

// TestCompile builds an app of Rack: what Bundler is told, what is left of the gems, what the image gets.
func TestCompile(t *testing.T) {
	b := &bundler{report: said()}
	s := languagetest.Site(t, b.run)
	languagetest.Write(t, s.Dir, rackApp)
	languagetest.Write(t, s.Dir, map[string]string{".git/config": "x", "vendor/cache/rack-3.1.0.gem": "x", "log/production.log": "x", "log/.keep": "", "Dockerfile": "x"})
	s.Env["SSL_CERT_FILE"] = "/ca.crt"
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bundle install"}, b.ran); diff != "" {
		t.Error(diff)
	}
	layer, _ := s.Layer(layerGems)
	want := "---\nBUNDLE_FROZEN: \"true\"\nBUNDLE_PATH: \"" + layer.Path + "\"\nBUNDLE_WITHOUT: \"development:test\"\n"
	if diff := cmp.Diff(want, b.settings); diff != "" {
		t.Error(diff)
	}
	if got := b.envs[0]["BUNDLE_SSL_CA_CERT"]; got != "/ca.crt" {
		t.Errorf("Bundler trusts %q", got)
	}
	if got := b.envs[0]["BUNDLER_VERSION"]; got != "2.5.22" {
		t.Errorf("the version of Bundler is %q: it would get the one of the lock", got)
	}
	home := "ruby/3.3.0/"
	wantLayer := []string{
		"bin/bundle", "bin/bundler", "bin/rackup", savedLock,
		home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/fast/only.so", home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/gem.build_complete",
		home + "gems/fast-1.0/LICENSE.md", home + "gems/fast-1.0/ext/fast/tool.rb", home + "gems/fast-1.0/lib/doc/page.html", home + "gems/fast-1.0/lib/fast/3.3/this.so", home + "gems/fast-1.0/lib/fast/fast.so", home + "gems/fast-1.0/lib/fast.rb",
		home + "gems/rack-3.1.0/bin/rackup", home + "gems/rack-3.1.0/lib/rack.rb", home + "gems/rack-3.1.0/lib/template.c", home + "gems/rack-3.1.0/spec/support/s.rb",
		home + "specifications/fast-1.0.gemspec", home + "specifications/rack-3.1.0.gemspec",
	}
	if diff := cmp.Diff(wantLayer, languagetest.Names(t, layer.Path)); diff != "" {
		t.Error(diff)
	}
	wantApp := []string{".bundle/config", "Gemfile", "Gemfile.lock", "config.ru", "log/.keep"}
	if diff := cmp.Diff(wantApp, languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
	if language.Exists(s.Dir + "/vendor") {
		t.Error("an empty folder vendor is left of vendor/cache")
	}
	stub := "#!/usr/bin/ruby\n# Written by the build.\nENV[\"BUNDLE_GEMFILE\"] ||= \"" + s.Dir + "/Gemfile\"\nENV[\"RACK_ENV\"] ||= \"production\"\nENV[\"RAILS_ENV\"] ||= \"production\"\n" +
		"require \"bundler/setup\"\nload Gem.bin_path(\"rack\", \"rackup\")\n"
	if diff := cmp.Diff(stub, languagetest.Read(t, layer.Path+"/bin/rackup")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]language.Process{{Type: "web", Line: "puma -b tcp://0.0.0.0:${PORT:-8080}", Why: "config.ru: Rack, by puma"}}, made.Processes); diff != "" {
		t.Error(diff)
	}
	components := []language.Component{
		{Name: "fast", Version: "1.0", PURL: "pkg:gem/fast@1.0", License: "MIT", From: "Gemfile.lock:3", By: []string{"rack"}, Paths: []string{
			layer.Path + "/" + home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0", layer.Path + "/" + home + "gems/fast-1.0", layer.Path + "/" + home + "specifications/fast-1.0.gemspec",
		}},
		{Name: "rack", Version: "3.1.0", PURL: "pkg:gem/rack@3.1.0", From: "Gemfile.lock:4", Paths: []string{
			layer.Path + "/bin/rackup", layer.Path + "/" + home + "gems/rack-3.1.0", layer.Path + "/" + home + "specifications/rack-3.1.0.gemspec",
		}},
	}
	if diff := cmp.Diff(components, made.Components); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(layer.Path + "/" + home + "gems/rack-3.1.0/lib/rack.rb")
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the run image's user cannot read the gems: %v, %v", info.Mode(), err)
	}
}

// TestReuse builds an app again: with the same lock nothing is installed, with another one all is, and with other code
// nothing.
func TestReuse(t *testing.T) {
	b := &bundler{report: said()}
	s := languagetest.Site(t, b.run)
	build := func(change map[string]string) {
		t.Helper()
		languagetest.Write(t, s.Dir, rackApp)
		languagetest.Write(t, s.Dir, change)
		if err := os.RemoveAll(filepath.Join(s.Dir, ".bundle")); err != nil {
			t.Fatal(err)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name   string
		change map[string]string
		env    string // BUNDLE_BUILD__FAST
		times  int
	}{
		{"the first build", nil, "", 1},
		{"unchanged", nil, "", 1},
		{"other code", map[string]string{"config.ru": "run { 1 }\n"}, "", 1},
		{"another lock", map[string]string{"Gemfile.lock": "GEM\n  specs:\n    rack (3.1.1)\n"}, "", 2},
		{"another way to compile", nil, "--with-x", 3},
	} {
		s.Env["BUNDLE_BUILD__FAST"] = row.env
		build(row.change)
		if len(b.ran) != row.times {
			t.Fatalf("%s: Bundler ran %d times, want %d: %v", row.name, len(b.ran), row.times, b.ran)
		}
	}
}

// TestReuseOfALockThatTheBuildMade: the lock in the image is the one that the gems were installed by, in every build.
func TestReuseOfALockThatTheBuildMade(t *testing.T) {
	b := &bundler{report: said()}
	b.report.Lock = nil
	s := languagetest.Site(t, b.run)
	for n := range 2 {
		if err := os.RemoveAll(s.Dir); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, s.Dir, map[string]string{"Gemfile": rackApp["Gemfile"], "config.ru": "run {}\n"})
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got := languagetest.Read(t, filepath.Join(s.Dir, "Gemfile.lock")); got != "made\n" || len(b.ran) != 1 {
			t.Errorf("build %d: the lock is %q, Bundler ran %d times", n+1, got, len(b.ran))
		}
	}
}

// TestHostileSurroundings: what an app or a platform says of Ruby's and Bundler's files does not reach the tools of the build.
func TestHostileSurroundings(t *testing.T) {
	b := &bundler{report: said()}
	b.report.Config = map[string]string{"BUNDLE_PATH": "/workspace/evil", "BUNDLE_BIN": "bin", "BUNDLE_BUILD__FAST": "--with-a", "BUNDLE_WITHOUT": "test:ci"}
	s := languagetest.Site(t, b.run)
	languagetest.Write(t, s.Dir, rackApp)
	languagetest.Write(t, s.Dir, map[string]string{".bundle/config": "---\nBUNDLE_PATH: \"/workspace/evil\"\n", ".bundle/plugin/index": "---\ncommands:\n"})
	for _, name := range isolated {
		s.Env[name] = "/workspace/evil"
	}
	delete(s.Env, "BUNDLE_GEMFILE") // the user names the Gemfile by it
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for name, value := range b.envs[0] {
		if strings.Contains(value, "evil") {
			t.Errorf("Bundler sees %s=%s", name, value)
		}
	}
	layer, _ := s.Layer(layerGems)
	want := "---\nBUNDLE_BUILD__FAST: \"--with-a\"\nBUNDLE_FROZEN: \"true\"\nBUNDLE_PATH: \"" + layer.Path + "\"\nBUNDLE_WITHOUT: \"test:ci\"\n"
	for name, got := range map[string]string{"the build": b.settings, "the image": languagetest.Read(t, s.Dir+"/.bundle/config")} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if language.Exists(s.Dir + "/.bundle/plugin") {
		t.Error("the app's plugins are in the image")
	}
}

// TestCredentialsStayOut: what Bundler is given to reach a private registry is in no file of the image.
func TestCredentialsStayOut(t *testing.T) {
	b := &bundler{report: said()}
	b.report.Config = map[string]string{"BUNDLE_GEMS__EXAMPLE__COM": "user:secret", "BUNDLE_MIRROR__ALL": "https://user:secret@mirror.example"}
	s := languagetest.Site(t, b.run)
	languagetest.Write(t, s.Dir, rackApp)
	s.Env["BUNDLE_GEMS__EXAMPLE__COM"] = "user:secret"
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if got := b.envs[0]["BUNDLE_GEMS__EXAMPLE__COM"]; got != "user:secret" {
		t.Errorf("Bundler has no credentials: %q", got)
	}
	layer, _ := s.Layer(layerGems)
	for _, dir := range []string{s.Dir, layer.Path} {
		for _, name := range languagetest.Names(t, dir) {
			if strings.Contains(languagetest.Read(t, filepath.Join(dir, name)), "secret") {
				t.Errorf("%s has the credentials", name)
			}
		}
	}
}

// TestLaunchEnv tells what processes get where nobody says otherwise.
func TestLaunchEnv(t *testing.T) {
	r := &ruby{gemfile: "Gemfile", report: said(), layer: language.Layer{Path: "/gems"}}
	usual := map[string]string{
		"GEM_PATH": "/gems/ruby/3.3.0:", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "PIDFILE": "/dev/shm/server.pid", "PORT": "8080", "RACK_ENV": "production", "RAILS_ENV": "production",
		"RAILS_LOG_TO_STDOUT": "enabled", "RAILS_SERVE_STATIC_FILES": "enabled",
	}
	if diff := cmp.Diff(usual, r.launchEnv()); diff != "" {
		t.Error(diff)
	}
	r.Env = map[string]string{"BP_RUBY_JEMALLOC": "true"}
	r.report.Lock.Specs = append(r.report.Lock.Specs, spec{Name: "bootsnap", Here: true})
	other := maps.Clone(usual)
	delete(other, "MALLOC_ARENA_MAX")
	other["LD_PRELOAD"], other["BOOTSNAP_READONLY"] = "libjemalloc.so.2", "true"
	if diff := cmp.Diff(other, r.launchEnv()); diff != "" {
		t.Error(diff)
	}
}

// TestRuntime tells which slices an app gets, by what its files say.
func TestRuntime(t *testing.T) {
	for _, row := range []struct {
		name, file, text string
		change           func(*ruby)
		want             string
	}{
		{"an app with gems", "config.ru", "require 'rack'\n", nil, "ruby_core libruby3.3_library"},
		{"without gems", "app.rb", "puts 1\n", func(r *ruby) { r.report.Gems = nil }, "ruby_core libruby3.3_library ruby3.3_standard"},
		{"a gem that comes with Ruby", "lib/a.rb", "  require \"rexml/document\"\n", nil, "ruby_core libruby3.3_library ruby3.3_standard"},
		{"one of a vendored library", "vendor/a.rb", "require \"rexml/document\"\n", nil, "ruby_core libruby3.3_library"},
		{"a Rakefile without rake", "Rakefile", "", nil, "ruby_core libruby3.3_library ruby3.3_standard"},
		{"in a comment", "a.rb", "# require \"rexml/document\"\n", nil, "ruby_core libruby3.3_library"},
		{"another allocator", "a.rb", "", func(r *ruby) { r.Env = map[string]string{"BP_RUBY_JEMALLOC": "true"} }, "ruby_core libruby3.3_library libjemalloc2"},
		{"JavaScript when it runs", "a.rb", "", func(r *ruby) {
			r.report.Gems = append(r.report.Gems, gem{Name: "execjs", Groups: []string{"default"}, Here: true})
		}, "ruby_core libruby3.3_library nodejs_bins"},
		{"JavaScript for tests", "a.rb", "", func(r *ruby) {
			r.report.Gems = append(r.report.Gems, gem{Name: "execjs", Groups: []string{"test"}, Here: true})
		}, "ruby_core libruby3.3_library"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
			languagetest.Write(t, r.Dir, map[string]string{row.file: row.text})
			if row.change != nil {
				row.change(r)
			}
			var got []string
			for _, s := range r.runtime() {
				got = append(got, s.Name)
			}
			if diff := cmp.Diff(strings.Fields(row.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRakeIsThereOrNot: a program rake that would find no gem of that name is not written.
func TestRakeIsThereOrNot(t *testing.T) {
	for _, row := range []struct {
		name, file string
		gems       []gem
		want       bool
	}{
		{"an app with gems", "config.ru", said().Gems, false},
		{"an app with gems and a Rakefile", "Rakefile", said().Gems, true},
		{"an app without gems", "app.rb", nil, true},
	} {
		r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said(), layer: language.Layer{Path: t.TempDir()}}
		r.report.Gems = row.gems
		languagetest.Write(t, r.Dir, map[string]string{row.file: ""})
		languagetest.Write(t, r.layer.Path, map[string]string{"bin/x": ""})
		if err := r.writeStubs(); err != nil {
			t.Fatal(err)
		}
		standard := slices.ContainsFunc(r.runtime(), func(n slicer.Named) bool { return n.Name == "ruby3.3_standard" })
		if got := language.Exists(r.layer.Path + "/bin/rake"); got != row.want || standard != row.want {
			t.Errorf("%s: rake is written: %t, its gem comes: %t, want %t", row.name, got, standard, row.want)
		}
	}
}

// TestMembers: gems of the app's own outside its folder stay in the image, where the lock's paths lead.
func TestMembers(t *testing.T) {
	r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
	r.Dir = filepath.Join(r.Root, "apps", "web")
	languagetest.Write(t, r.Root, map[string]string{"apps/web/lib/own/a": "", "gems/greet/greet.gemspec": ""})
	r.report.Gems = append(r.report.Gems, gem{Name: "greet", Source: "path:../../gems/greet"}, gem{Name: "own", Source: "path:lib/own"}, gem{Name: "out", Source: "path:../../../../etc"}, gem{Name: "git", Source: "git"})
	if diff := cmp.Diff([]string{filepath.Join(r.Root, "gems/greet")}, r.members()); diff != "" {
		t.Error(diff)
	}
}

// TestRubyReadsNothingButTheAppsOwnFiles has a pipe as the lock and a huge file as Bundler's configuration: Ruby, which would wait
// for the one and read all of the other, is not given their names.
func TestRubyReadsNothingButTheAppsOwnFiles(t *testing.T) {
	b := &bundler{report: said()}
	var asked []string
	s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
		if strings.HasSuffix(c.Args[1], "/look.rb") {
			asked = c.Args[2:]
		}
		return b.run(ctx, c)
	})
	languagetest.Write(t, s.Dir, rackApp)
	languagetest.Write(t, s.Dir, map[string]string{".bundle/config": ""})
	if err := os.Truncate(s.Dir+"/.bundle/config", 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Dir + "/Gemfile.lock"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.Dir+"/Gemfile.lock", 0o644); err != nil {
		t.Fatal(err)
	}
	r := &ruby{Site: s}
	if err := r.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Gemfile", "", ""}, asked); diff != "" {
		t.Error(diff)
	}
}
