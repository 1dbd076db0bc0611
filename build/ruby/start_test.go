package ruby

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestConvention tells how an app starts that does not say it.
func TestConvention(t *testing.T) {
	for _, row := range []struct{ name, files, gems, want, why, err string }{
		{"Rack by Puma", "config.ru", "rack puma webrick", "puma -b tcp://0.0.0.0:${PORT:-8080}", "config.ru: Rack, by puma", ""},
		{"Sinatra by Falcon", "config.ru app.rb", "rack sinatra falcon", "falcon serve --bind http://0.0.0.0:${PORT:-8080}", "config.ru: Sinatra, by falcon", ""},
		{"Unicorn with its configuration", "config.ru config/unicorn.rb", "rack unicorn", "unicorn --listen 0.0.0.0:${PORT:-8080} -c config/unicorn.rb", "config.ru: Rack, by unicorn", ""},
		{"Thin", "config.ru", "rack thin", "thin start -a 0.0.0.0 -p ${PORT:-8080}", "config.ru: Rack, by thin", ""},
		{"WEBrick by rackup", "config.ru", "rack rackup webrick", "rackup -s webrick -o 0.0.0.0 -p ${PORT:-8080}", "config.ru: Rack, by webrick", ""},
		{"WEBrick without rackup", "config.ru", "rack webrick", "", "", "config.ru needs rackup, which Rack 3 has in a gem of its own"},
		{"WEBrick with Rack 2", "config.ru", "rack@2.2.9 webrick", "rackup -s webrick -o 0.0.0.0 -p ${PORT:-8080}", "config.ru: Rack, by webrick", ""},
		{"Rack without a server", "config.ru app.rb", "rack sinatra", "", "", "config.ru needs a server, and the app has none"},
		{"Rails", "config.ru config/application.rb", "rack railties puma", "puma -b tcp://0.0.0.0:${PORT:-8080}", "config.ru: Rails, by puma", ""},
		{"Rails without config.ru", "config/application.rb", "railties puma", "rails server -b 0.0.0.0 -p ${PORT:-8080}", "config/application.rb", ""},
		{"a file of a common name", "app.rb other.rb", "", "ruby app.rb", "app.rb", ""},
		{"the only file", "hello.rb", "", "ruby hello.rb", "hello.rb", ""},
		{"two files", "a.rb b.rb", "", "", "", "nothing says how the app starts\n  looked for: BP_WHITTLE_START, processes in project.toml, Procfile\n  config.ru"},
		{"pages of Jekyll's", "_config.yml index.md", "jekyll minima", "", "", "Run `bundle exec jekyll build` before, and build the folder _site alone"},
		{"tasks alone", "Rakefile=task~:main~do;end;task~:default~=>~[:main]", "rake", "rake", "Rakefile: task default", ""},
		{"tasks that test", "Rakefile=task~default:~%w[spec]", "rake", "", "", "nothing says how the app starts"},
		{"tasks that test in a block", "Rakefile=task~:default~do;~~sh~'rspec';end", "rake", "", "", "nothing says how the app starts"},
		{"tasks without a default", "Rakefile=task~:main", "rake", "", "", "nothing says how the app starts"},
		{"Passenger", "config.ru", "rack passenger", "", "", "config.ru needs a server, and Passenger is not run here"},
		{"a function", "app.rb=FunctionsFramework.http~'hello'~do~|request|", "functions_framework", "functions-framework-ruby --bind 0.0.0.0 --port ${PORT:-8080} --source app.rb --target hello", "app.rb: function hello", ""},
		{"a function without a name", "app.rb=FunctionsFramework.cloud_event~do~|event|", "functions_framework puma", "functions-framework-ruby --bind 0.0.0.0 --port ${PORT:-8080} --source app.rb --target function", "app.rb: function function", ""},
		{"several functions", "app.rb=FunctionsFramework.http~'a'~do;FunctionsFramework.typed('b')~do", "functions_framework", "", "", "Name it: GOOGLE_FUNCTION_TARGET=a"},
		{"the function of the settings", "GOOGLE_FUNCTION_TARGET=b GOOGLE_FUNCTION_SOURCE=lib/b.rb lib/b.rb config.ru", "functions_framework", "functions-framework-ruby --bind 0.0.0.0 --port ${PORT:-8080} --source lib/b.rb --target b", "GOOGLE_FUNCTION_TARGET: function b", ""},
		{"a function without its file", "GOOGLE_FUNCTION_TARGET=b", "functions_framework", "", "", "there is no file app.rb with the function that GOOGLE_FUNCTION_TARGET names"},
		{"a function without the framework", "GOOGLE_FUNCTION_TARGET=b app.rb", "rack", "", "", "nothing lists the Functions Framework"},
		{"a manifest alone", "gems.rb", "", "", "", "nothing says how the app starts"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: report{Lock: &lock{}}}
			for name := range strings.FieldsSeq(row.gems) {
				name, version, _ := strings.Cut(name, "@")
				r.report.Lock.Specs = append(r.report.Lock.Specs, spec{Name: name, Version: version, Here: true})
			}
			for file := range strings.FieldsSeq(row.files) {
				file, text, _ := strings.Cut(file, "=")
				if strings.HasPrefix(file, "GOOGLE_") {
					r.Env[file] = text
					continue
				}
				languagetest.Write(t, r.Dir, map[string]string{file: strings.NewReplacer("~", " ", ";", "\n").Replace(text)})
			}
			languagetest.Has(t, r.chooseStart(t.Context()), row.err)
			if row.err != "" {
				return
			}
			p := r.started[0]
			if got := p.Line + strings.Join(p.Command, " "); got != row.want || p.Why != row.why || p.Type != "web" {
				t.Errorf("got %q (%s), want %q (%s)", got, p.Why, row.want, row.why)
			}
		})
	}
}

// TestProcesses takes "bundle exec" apart in what the user names.
func TestProcesses(t *testing.T) {
	for _, row := range []struct{ line, want string }{
		{"ruby app.rb", "ruby app.rb"},
		{"bundle exec puma -C config/puma.rb", "puma -C config/puma.rb"},
		{"bundle exec ruby app.rb -p $PORT", "ruby -rbundler/setup app.rb -p $PORT"},
		{"RACK_ENV=production bundle exec puma", "RACK_ENV=production puma"},
		{"exec bundle exec rackup -p ${PORT:-3000}", "exec rackup -p ${PORT:-3000}"},
		{"rake db:migrate && bundle exec bin/rails server -b 0.0.0.0 -p ${PORT:-3000}", "rake db:migrate && ruby -rbundler/setup bin/rails server -b 0.0.0.0 -p ${PORT:-3000}"},
		{"bundle exec ./script.rb a", "ruby -rbundler/setup ./script.rb a"},
		{"cd sub && bundle exec bin/sub", "cd sub && ruby -rbundler/setup bin/sub"},
		{"bundle exec bin/shell", "bundle exec bin/shell"},
		{"bundle exec --gemfile=other/Gemfile rake", "bundle exec --gemfile=other/Gemfile rake"},
		{"bundle install && bundle exec rake", "bundle install && rake"},
		{"sh -c 'bundle exec sidekiq'", "sidekiq"},
		{"bundle exec", "bundle exec"},
		{"bundle exec puma | cat", "bundle exec puma | cat"}, // the build says that it needs a shell
	} {
		r := &ruby{Site: languagetest.Site(t, nil)}
		languagetest.Write(t, r.Dir, map[string]string{"bin/rails": "#!/usr/bin/env ruby\n", "script.rb": "", "sub/bin/sub": "#!/usr/bin/ruby -w\n", "bin/shell": "#!/bin/sh\n"})
		p, err := r.inImage(language.Process{Type: "web", Line: row.line, Why: "Procfile"})
		if err != nil || p.Line != row.want || p.Why != "Procfile" {
			t.Errorf("%q becomes %q (%v), want %q", row.line, p.Line, err, row.want)
		}
	}
	r := &ruby{Site: languagetest.Site(t, nil)}
	p, err := r.inImage(language.Process{Type: "web", Command: []string{"bundle", "exec", "puma", "-e", "$x y"}})
	if want := "puma -e '$x y'"; err != nil || p.Line != want || p.Command != nil {
		t.Errorf("a list of words becomes %q, %q, want %q (%v)", p.Line, p.Command, want, err)
	}
}

func TestLoopback(t *testing.T) {
	for _, row := range []struct {
		text string
		want int
	}{
		{"require 'sinatra'\nset :bind, '127.0.0.1'\n", 2},
		{"Rackup::Server.start(app: app, Host: \"localhost\")\n", 1},
		{"server = TCPServer.new('localhost', 80)\n", 1},
		{"server = TCPServer.new '127.0.0.1', 80\n", 1},
		{"set :bind, '0.0.0.0' # not 'localhost'\n# set :bind, 'localhost'\n", 0},
		{"Redis.new(host: 'localhost')\n", 0},
	} {
		r := &ruby{Site: languagetest.Site(t, nil)}
		languagetest.Write(t, r.Dir, map[string]string{"app.rb": row.text})
		if got := r.loopback("app.rb"); got != row.want {
			t.Errorf("%q: line %d, want %d", row.text, got, row.want)
		}
	}
}

// TestRelock tells what Bundler is asked where the lock is for another platform, or its Gemfile was written anew.
func TestRelock(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*report)
		fail   string
		want   string
	}{
		{"a lock that fits", func(*report) {}, "", "bundle install"},
		{"another platform", func(r *report) { r.Lock.Supported, r.Lock.Platforms = false, []string{"arm64-darwin-23"} }, "", "bundle lock --local --add-platform x86_64-linux; bundle install"},
		{"another platform, and gems that only the registry has", func(r *report) { r.Lock.Supported = false }, "--local", "bundle lock --local --add-platform x86_64-linux; bundle lock --add-platform x86_64-linux; bundle install"},
		{"a requirement that was written anew", func(r *report) { r.Gems[0].Requirement = "~> 3.1" }, "", "bundle lock --local; bundle install"},
		{"a gem that is not wanted any more", func(r *report) { r.Gems = r.Gems[:1] }, "", "bundle lock --local; bundle install"},
		{"no lock", func(r *report) { r.Lock = nil }, "", "bundle install"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &bundler{report: said(), fail: row.fail}
			row.change(&b.report)
			s := languagetest.Site(t, b.run)
			languagetest.Write(t, s.Dir, rackApp)
			languagetest.Write(t, s.Dir, map[string]string{"Procfile": "web: x"})
			s.Processes = []language.Process{{Type: "web", Line: "puma"}}
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(b.ran, "; "); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			frozen := fmt.Sprintf("BUNDLE_FROZEN: \"%t\"", b.report.Lock != nil)
			if !strings.Contains(b.settings, frozen) {
				t.Errorf("Bundler installs with %s, want %s", b.settings, frozen)
			}
		})
	}
}

// TestAssets tells when the assets of an app are compiled, and in which surroundings.
func TestAssets(t *testing.T) {
	for _, row := range []struct{ name, gems, files, setting, want string }{
		{"Sprockets", "railties rake sprockets-rails pg", "Rakefile", "", "rake assets:precompile"},
		{"Propshaft", "railties rake propshaft", "Rakefile", "", "rake assets:precompile"},
		{"compiled before", "railties rake propshaft", "Rakefile public/assets/.manifest.json", "", ""},
		{"an API", "railties rake", "Rakefile", "", ""},
		{"not wanted", "railties rake propshaft", "Rakefile", "false", ""},
		{"compiled by the front end", "railties rake vite_ruby", "Rakefile public/vite/.vite/manifest.json", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &bundler{report: said()}
			for name := range strings.FieldsSeq(row.gems) {
				b.report.Lock.Specs = append(b.report.Lock.Specs, spec{Name: name, Here: true})
			}
			s := languagetest.Site(t, b.run)
			s.Env["BP_RUBY_ASSETS"] = row.setting
			languagetest.Write(t, s.Dir, rackApp)
			for file := range strings.FieldsSeq(row.files) {
				languagetest.Write(t, s.Dir, map[string]string{file: "x"})
			}
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			last := b.ran[len(b.ran)-1]
			if row.want == "" {
				if !strings.HasSuffix(last, " install") {
					t.Errorf("it runs %s", last)
				}
				return
			}
			if !strings.HasSuffix(last, row.want) {
				t.Errorf("it runs %s, want %s", last, row.want)
			}
			env := b.envs[len(b.envs)-1]
			if env["RAILS_ENV"] != "production" || env["SECRET_KEY_BASE_DUMMY"] != "1" || (env["DATABASE_URL"] != "") != strings.Contains(row.gems, "pg") {
				t.Errorf("in the surroundings %q", env)
			}
		})
	}
}

func TestNativePackages(t *testing.T) {
	for _, row := range []struct{ name, file, text, want string }{
		{"of a lock", "Gemfile.lock", "GEM\n  specs:\n    pg (1.5.9)\n    rack (3.1.0)\n      pg\n\nDEPENDENCIES\n  mysql2\n", "libpq-dev pg in Gemfile.lock"},
		{"a binary of Linux", "Gemfile.lock", "GEM\n  specs:\n    nokogiri (1.18.2)\n    nokogiri (1.18.2-x86_64-linux-gnu)\n    sqlite3 (2.1.0-x86_64-linux-gnu)\n", ""},
		{"a binary of another system", "Gemfile.lock", "GEM\n  specs:\n    nokogiri (1.18.2)\n    nokogiri (1.18.2-arm64-darwin)\n", "libxml2-dev nokogiri in Gemfile.lock, libxslt1-dev nokogiri in Gemfile.lock"},
		{"of a Gemfile", "Gemfile", "source 's'\ngem 'mysql2', '~> 0.5'\n# gem 'pg'\n", "libmariadb-dev mysql2 in Gemfile, libmariadb-dev-compat mysql2 in Gemfile"},
		{"of gems.rb", "gems.locked", "GEM\n  specs:\n    psych (5.1.2)\n", "libyaml-dev psych in gems.locked"},
		{"of nothing", "README", "", ""},
	} {
		s := languagetest.Site(t, nil)
		languagetest.Write(t, s.Dir, map[string]string{row.file: row.text})
		var got []string
		for _, p := range nativePackages(s.Files, nil, s.Builder) {
			got = append(got, p.Name+" "+p.By)
		}
		if diff := cmp.Diff(row.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestAssetsByNode: a task that needs Node.js is not begun, and told of.
func TestAssetsByNode(t *testing.T) {
	b := &bundler{report: said()}
	b.report.Lock.Specs = append(b.report.Lock.Specs, spec{Name: "rake", Here: true}, spec{Name: "vite_ruby", Here: true})
	s := languagetest.Site(t, b.run)
	languagetest.Write(t, s.Dir, rackApp)
	languagetest.Write(t, s.Dir, map[string]string{"Rakefile": ""})
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "the assets of vite_ruby are not compiled: its task runs Node.js and a package manager")
}

// TestBrokenProjectsAreTold holds the whole texts of what a user reads who has a broken Ruby project.
func TestBrokenProjectsAreTold(t *testing.T) {
	var told languagetest.Problems
	for _, row := range []struct {
		name   string
		files  map[string]string
		env    map[string]string
		change func(*report)
	}{
		{name: "a Gemfile that is no Ruby", change: func(r *report) {
			r.Error = []string{"There was an error parsing `Gemfile`: syntax error, unexpected end-of-input. Bundler cannot continue.", " #  from Gemfile:1", " >  gem \"rack"}
		}},
		{name: "a lock with conflicts of a merge", change: func(r *report) {
			r.Error = []string{"Your lockfile contains merge conflicts.", "Run `git checkout HEAD -- Gemfile.lock` first to get a clean lock."}
		}},
		{name: "a lock that cannot be read", change: func(r *report) {
			r.Error = []string{"Your lockfile is unreadable. Run `rm Gemfile.lock` and then `bundle install` to generate a new lockfile."}
		}},
		{name: "a lock that is out of date", change: func(r *report) {
			r.Stale = []stale{{"rack", "~> 4.0", "rack 3.1.0"}, {"sidekiq", ">= 0", "none of that name"}}
		}},
		{name: "a version that is not here", files: map[string]string{".ruby-version": "2.6.6\n"}},
		{name: "a version of another release", change: func(r *report) { r.Ruby = []string{"3.1.2"} }},
		{name: "another engine", change: func(r *report) { r.Ruby, r.Engine = []string{"3.3"}, "jruby" }},
		{name: "no version", files: map[string]string{".ruby-version": "newest\n"}},
		{name: "a version file in UTF-16", files: map[string]string{".ruby-version": "\xff\xfe3\x00.\x003\x00"}},
		{name: "no server", change: func(r *report) { r.Gems, r.Lock.Specs = r.Gems[:1], r.Lock.Specs[:1] }},
		{name: "no rackup", change: func(r *report) { r.Lock.Specs[1].Name = "webrick" }},
		{name: "no start command", files: map[string]string{"config.ru": ""}, change: func(r *report) { r.Gems, r.Lock.Specs = nil, nil }},
		{name: "no such Gemfile", env: map[string]string{"BUNDLE_GEMFILE": "gemfiles/rails8.rb"}},
		{name: "a Gemfile outside", env: map[string]string{"BUNDLE_GEMFILE": "/etc/Gemfile"}},
		{name: "a version that cannot be taken out", files: map[string]string{"Gemfile": "eval_gemfile \"other\"\n"}, change: func(r *report) { r.Ruby = []string{"3.3.0"} }},
	} {
		b := &bundler{report: said()}
		if row.change != nil {
			row.change(&b.report)
		}
		s := languagetest.Site(t, b.run)
		languagetest.Write(t, s.Dir, rackApp)
		languagetest.Write(t, s.Dir, row.files)
		for name, value := range row.env {
			s.Env[name] = value
		}
		_, err := compile(t.Context(), s)
		told.Add(t, row.name, err, strings.NewReplacer(s.Dir, "").Replace)
		if len(b.ran) > 0 {
			t.Errorf("%s: %v ran before it was told", row.name, b.ran)
		}
	}
	told.Golden(t)
}
