package ruby

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// looked says where a start command is looked for where the app names none.
var looked = []string{"config.ru (Rack, Rails, Sinatra …)", "app.rb, main.rb, server.rb, web.rb, run.rb, or the only file *.rb, or a task default in Rakefile"}

const onAll = language.OnAll

// chooseStart decides how the app starts. Where the app says it itself, no convention is asked.
func (r *ruby) chooseStart(context.Context) error {
	if len(r.Processes) > 0 {
		for _, p := range r.Processes {
			ready, err := r.inImage(p)
			if err != nil {
				return err
			}
			r.started = append(r.started, ready)
		}
		return nil
	}
	p, err := r.convention()
	if err != nil {
		return err
	}
	if p == nil {
		if err := r.makesPages(); err != nil {
			return err
		}
		p = r.runTask()
	}
	if p == nil {
		return &language.Problem{
			What:     language.NoStart,
			Evidence: append([]string{language.LookedFor}, looked...),
			Next:     `Write a Procfile with one line, such as "web: ruby app.rb".`,
		}
	}
	r.started = []language.Process{*p}
	return nil
}

// pageMakers are gems that make pages of an app, and the folder that they leave.
var pageMakers = []struct{ gem, name, command, folder string }{
	{"jekyll", "Jekyll", "jekyll build", "_site"},
	{"github-pages", "Jekyll", "jekyll build", "_site"},
	{"bridgetown", "Bridgetown", "bridgetown deploy", "output"},
	{"middleman", "Middleman", "middleman build", "build"},
	{"nanoc", "Nanoc", "nanoc", "output"},
}

// makesPages is the problem of an app that is nothing but pages which a gem makes.
func (r *ruby) makesPages() error {
	for _, m := range pageMakers {
		if r.has(m.gem) {
			return &language.Problem{
				What:     language.NoStart,
				Evidence: []string{"the gem " + m.gem + " is " + m.name + "'s, whose pages are not made here", language.LookedFor + ", " + language.List(looked)},
				Next:     fmt.Sprintf("Run `bundle exec %s` before, and build the folder %s alone, whose pages are served without Ruby (pack build --path %[2]s); or write a Procfile with the start command.", m.command, m.folder),
			}
		}
	}
	return nil
}

// convention is the process of an app that names none: the server of its gems for what Rack starts, else a file.
func (r *ruby) convention() (*language.Process, error) {
	if p, err := r.serveFunction(); p != nil || err != nil {
		return p, err
	}
	if language.IsFile(r.Files, "config.ru") {
		return r.serveRack()
	}
	if r.has("rails", "railties") && language.IsFile(r.Files, "config/application.rb") {
		return &language.Process{Type: "web", Line: "rails server -b " + onAll + " -p " + language.Port, Why: "config/application.rb"}, nil
	}
	for _, name := range []string{"app.rb", "main.rb", "server.rb", "web.rb", "run.rb"} {
		if language.IsFile(r.Files, name) {
			return r.runFile(name), nil
		}
	}
	lone, err := fs.Glob(r.Files, "*.rb")
	if err != nil {
		return nil, fmt.Errorf("cannot look at the app's files: %w", err)
	}
	if lone = slices.DeleteFunc(lone, func(name string) bool { return name == "gems.rb" }); len(lone) == 1 {
		return r.runFile(lone[0]), nil
	}
	return nil, nil
}

// defaultTask is a task of that name in a Rakefile, with what it does or needs.
var defaultTask = regexp.MustCompile(`(?m)^task[ (]+(?::default\b|["']default["']|default:)(.*\bdo\b(?s:.*?)^end|.*$)`)

// checks are what a default task names that runs tests and not the app.
var checks = regexp.MustCompile(`(?i)test|spec|rubocop|lint|standard|cucumber|feature|\bci\b|build|\bbundle`)

// runTask runs rake where the app is nothing but tasks, as Paketo's buildpacks do; nil where the default task is none that an app is.
func (r *ruby) runTask() *language.Process {
	if !r.has("rake") {
		return nil
	}
	file := language.FirstFile(r.Files, "Rakefile", "rakefile", "Rakefile.rb", "rakefile.rb")
	text, _, err := language.ReadText(r.Files, file)
	if file == "" || err != nil {
		return nil
	}
	found := defaultTask.FindStringSubmatch(text)
	if found == nil || checks.MatchString(found[1]) {
		return nil
	}
	return &language.Process{Type: "web", Command: []string{"rake"}, Why: file + ": task default"}
}

func (r *ruby) runFile(name string) *language.Process {
	if n := r.loopback(name); n > 0 {
		r.Log.WarnLate("%s line %d: it names the loopback address: %s", name, n, language.Unreached)
	}
	return &language.Process{Type: "web", Command: []string{"ruby", name}, Why: name}
}

// loopbackLine is a line by which Ruby's frameworks and servers listen on the loopback address alone.
var loopbackLine = regexp.MustCompile(`(?:set\s+:bind,\s*|Host:\s*|BindAddress:\s*|bind:\s*|TCPServer\.(?:new|open)\(?\s*)["'](?:127\.0\.0\.1|localhost|::1)["']`)

// loopback is the number of the first line of a file that listens on the loopback address; 0 for none.
func (r *ruby) loopback(name string) int {
	text, _, err := language.ReadText(r.Files, name)
	if err != nil {
		return 0 // what starts tells more of it
	}
	for n, line := range language.Lines(text) {
		if code, _, _ := strings.Cut(line, "#"); loopbackLine.MatchString(code) {
			return n
		}
	}
	return 0
}

// servers are those that Rack apps name as gems, the first that an app has serves it. ADDRESS and PORT stand for theirs.
var servers = []struct{ gem, line string }{
	{"puma", "puma -b tcp://ADDRESS:PORT"},
	{"falcon", "falcon serve --bind http://ADDRESS:PORT"},
	{"unicorn", "unicorn --listen ADDRESS:PORT"},
	{"pitchfork", "pitchfork --listen ADDRESS:PORT"},
	{"iodine", "iodine -b ADDRESS -p PORT"},
	{"thin", "thin start -a ADDRESS -p PORT"},
	{"agoo", "rackup -s agoo -o ADDRESS -p PORT"},
	{"webrick", "rackup -s webrick -o ADDRESS -p PORT"},
}

// serveRack starts what config.ru describes.
func (r *ruby) serveRack() (*language.Process, error) {
	for _, s := range servers {
		if !r.has(s.gem) {
			continue
		}
		line := strings.NewReplacer("ADDRESS", onAll, "PORT", language.Port).Replace(s.line)
		switch {
		case strings.HasPrefix(line, "rackup") && !r.has("rackup") && !r.oldRack():
			return nil, &language.Problem{
				What: "config.ru needs rackup, which Rack 3 has in a gem of its own", Evidence: []string{s.gem + " is the only server in " + r.gemfile},
				Next: "Add `gem \"rackup\"` to " + r.gemfile + ", or a server such as `gem \"puma\"`.",
			}
		case s.gem == "unicorn" && language.IsFile(r.Files, "config/unicorn.rb"):
			line += " -c config/unicorn.rb"
		}
		return &language.Process{Type: "web", Line: line, Why: "config.ru: " + r.framework() + ", by " + s.gem}, nil
	}
	if r.has("passenger") {
		return nil, &language.Problem{
			What: "config.ru needs a server, and Passenger is not run here", Evidence: []string{"Passenger downloads or compiles a web server of its own when it starts"},
			Next: "Write `gem \"puma\"` in its place in " + r.gemfile + ", and run `bundle install`.",
		}
	}
	if r.has("rack", "rails", "sinatra") || r.gemfile == "" {
		return nil, &language.Problem{
			What: "config.ru needs a server, and the app has none", Evidence: []string{"looked for the gems: puma, falcon, unicorn, pitchfork, iodine, thin, webrick"},
			Next: "Add `gem \"puma\"` to the Gemfile, and run `bundle install`.",
		}
	}
	return nil, nil
}

// oldRack tells whether Rack brings rackup itself, as it did before version 3.
func (r *ruby) oldRack() bool {
	return r.report.Lock != nil && slices.ContainsFunc(r.report.Lock.Specs, func(s spec) bool {
		return s.Name == "rack" && (strings.HasPrefix(s.Version, "1.") || strings.HasPrefix(s.Version, "2."))
	})
}

// framework is what config.ru most likely runs, for the log.
func (r *ruby) framework() string {
	for _, f := range [][2]string{{"rails", "Rails"}, {"railties", "Rails"}, {"hanami", "Hanami"}, {"sinatra", "Sinatra"}, {"roda", "Roda"}, {"grape", "Grape"}, {"cuba", "Cuba"}} {
		if r.has(f[0]) {
			return f[1]
		}
	}
	return "Rack"
}
