//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// rubyApp describes the build of a Ruby app by gems that were packed from Debian's packages, in place of the registry. A mirror that
// p names counts: of two values of a variable pack takes the last.
func rubyApp(t *testing.T, p pack) pack {
	t.Helper()
	gems := strings.TrimSpace(command(t, "sh", "-c", "../scripts/gems.sh 2>/dev/null"))
	p.volumes = append(p.volumes, gems+":/gems:ro")
	p.env = append([]string{"BUNDLE_MIRROR__ALL=file:///gems", "RUBYOPT=-r/invalid", "GEM_HOME=/invalid"}, p.env...)
	return p
}

// rubyFixture copies a fixture. Locks name the registry that they were made from: here, as mostly, the one that RubyGems
// asks by itself.
func rubyFixture(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/"+name)); err != nil {
		t.Fatal(err)
	}
	registry := strings.TrimSpace(command(t, "docker", "run", "--rm", "--entrypoint", "ruby", builder, "-e", "print Gem.default_sources.first"))
	err := filepath.Walk(dir, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.Name() != "Gemfile.lock" {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(file, []byte(strings.Replace(string(text), "REGISTRY", registry, 1)), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// onlyRuby checks what an image for Ruby must not have.
func onlyRuby(t *testing.T, image string) {
	t.Helper()
	onlyRuntime(t, image)
	g := NewWithT(t)
	for path := range files(t, image) {
		g.Expect(path).NotTo(Or(HaveSuffix(".c"), HaveSuffix(".o"), HaveSuffix(".gem"), HaveSuffix("/mkmf.log"), HaveSuffix("/mkmf.rb")), path)
		g.Expect(path).NotTo(MatchRegexp(`/gems/[^/]+/(?:test|spec|doc)/`), path)
	}
}

// TestRuby builds the sample, without a lock, and asks it and its image what a user would.
func TestRuby(t *testing.T) {
	g := NewWithT(t)
	p := rubyApp(t, pack{name: "it-ruby-web", dir: "../samples/ruby-web", fresh: true})
	log := p.build(t)
	for _, line := range []string{"language: ruby (found Gemfile, config.ru)", "there is no Gemfile.lock", "compiling puma", "libruby3.3", "Proof", "web: puma -b tcp://0.0.0.0:${PORT:-8080} (config.ru: Rack, by puma, default)"} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	g.Expect(get(g, serve(t, p.name), "/hi")).To(ContainSubstring("Grüße, /hi (Ruby 3.3."))

	t.Run("past the launcher and with an empty environment", func(t *testing.T) {
		g := NewWithT(t)
		run := func(program string, args ...string) string {
			all := []string{"run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", program, p.name}
			return command(t, "docker", append(all, args...)...)
		}
		g.Expect(run("puma", "--version")).To(ContainSubstring("puma version 6"))
		g.Expect(run("bundle", "list")).To(ContainSubstring("rack (3."))
		g.Expect(run("pumactl", "--version")).To(MatchRegexp(`^6\.`))
		const child = `require "bundler/setup"; require "rack"; print Rack.release, IO.popen([{}, "/usr/bin/ruby", "-e", "require 'openssl'; print OpenSSL::VERSION", unsetenv_others: true]).read`
		g.Expect(run("ruby", "-e", child)).To(MatchRegexp(`^3\.\d.*3\.\d`))
		g.Expect(run("ruby", "-e", "require 'rack'; print Rack.release, Encoding.default_external")).To(MatchRegexp(`^3\.\d.*UTF-8$`))
	})
	t.Run("only what runs", func(t *testing.T) { onlyRuby(t, p.name) })
	t.Run("size", func(t *testing.T) {
		g := NewWithT(t)
		var gems, launcher int64
		for path, n := range files(t, p.name) {
			switch {
			case strings.HasPrefix(path, layers+"gems/"):
				gems += n
			case path == "/cnb/lifecycle/launcher":
				launcher = n
			}
		}
		g.Expect(size(t, p.name)-launcher-gems).To(BeNumerically("<=", 35_000_000), "image beside the launcher and the gems")
	})
	t.Run("verify, why and sbom", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
		g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "nio4r")).To(And(ContainSubstring("pkg:gem/nio4r@2"), ContainSubstring("puma")))
		g.Expect(command(t, "whittle", "sbom", "daemon:"+p.name)).To(ContainSubstring("pkg:gem/rack@3"))
	})
	t.Run("rebuild without network", func(t *testing.T) { p.rebuild(t, "gems: unchanged, from the cache") })
}

// TestRubySinatra builds from a lock that another Bundler made for another system, with several processes: "bundle exec" in
// front of programs, scripts and files, a worker that ends by a signal, a script that begins with /usr/bin/env.
func TestRubySinatra(t *testing.T) {
	g := NewWithT(t)
	p := rubyApp(t, pack{name: "it-ruby-sinatra", dir: rubyFixture(t, "ruby-sinatra"), fresh: true})
	log := p.build(t)
	g.Expect(log).To(And(
		ContainSubstring("Gemfile.lock is for arm64-darwin-21: x86_64-linux is added"), ContainSubstring("worker: rake work (Procfile)"),
		ContainSubstring("check: ruby -rbundler/setup check.rb && echo checked (Procfile)"), ContainSubstring("libsqlite3-0")))
	address := serve(t, p.name)
	g.Expect(get(g, address, "/")).To(MatchRegexp(`^Grüße von SQLite 3\.\d+\.\d+ \(production\)`))
	g.Expect(get(g, address, "/hello.txt")).To(Equal("hello from public\n"))
	once := func(process string) string {
		return command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--entrypoint", process, p.name)
	}
	g.Expect(once("check")).To(MatchRegexp(`^bundle of \d+\nchecked\n$`))
	g.Expect(once("script")).To(HavePrefix("hello there, this is Rack 3."))
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--entrypoint", "worker", p.name)
	logs := func() string { return command(t, "docker", "logs", id) }
	g.Eventually(logs, patience).Should(HavePrefix("working with 4."))
	command(t, "docker", "stop", "--time", "30", id)
	g.Expect(logs()).To(HaveSuffix("stopped\n"))
	all := files(t, p.name)
	g.Expect(all).NotTo(HaveKey(HavePrefix(layers + "gems/ruby/3.3.0/gems/debug")))
	onlyRuby(t, p.name)
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "rack-session")).To(ContainSubstring("Gemfile.lock:"))
}

// TestRubyMonorepo builds an app in a folder, with a gem of the project beside it.
func TestRubyMonorepo(t *testing.T) {
	g := NewWithT(t)
	p := rubyApp(t, pack{name: "it-ruby-monorepo", dir: rubyFixture(t, "ruby-monorepo"), fresh: true, env: []string{"BP_WHITTLE_APP=apps/web"}})
	p.build(t)
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal("hello from a gem of the project, monorepo\n"))
	all := files(t, p.name)
	g.Expect(all).To(HaveKey("/workspace/gems/greet/lib/greet.rb"))
	g.Expect(all).NotTo(HaveKey(HavePrefix("/workspace/apps/other")))
	onlyRuby(t, p.name)
}

// TestRubyNative compiles nokogiri with Debian's libxml2, from gems that the app brings; the registry is not asked.
func TestRubyNative(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-ruby-native", dir: rubyFixture(t, "ruby-native"), fresh: true, env: []string{"BUNDLE_MIRROR__ALL=file:///nowhere"}}
	gems := strings.TrimSpace(command(t, "sh", "-c", "../scripts/gems.sh 2>/dev/null"))
	g.Expect(os.CopyFS(filepath.Join(p.dir, "vendor", "cache"), os.DirFS(filepath.Join(gems, "gems")))).To(Succeed())
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("libxml2-dev"), ContainSubstring("Gemfile wants exactly Ruby 3.3.0"), ContainSubstring("compiling nokogiri")))
	g.Expect(get(g, serve(t, p.name), "/")).To(Equal("system Nokogiri::XSLT::Stylesheet\n"))
	onlyRuby(t, p.name)
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "libxslt.so.1")).To(ContainSubstring("nokogiri.so"))
	g.Expect(files(t, p.name)).NotTo(HaveKey(HavePrefix("/workspace/vendor")))
}

// TestRubyRails builds Rails from a Gemfile without a lock: its assets and bootsnap's cache are compiled at the build, with no secret
// at hand, and taken from the last build where nothing changed.
func TestRubyRails(t *testing.T) {
	g := NewWithT(t)
	p := rubyApp(t, pack{name: "it-ruby-rails", dir: "testdata/ruby-rails", fresh: true, env: []string{"BUNDLE_MIRROR__ALL=file:///gems/rails"}})
	log := p.build(t)
	g.Expect(log).To(And(
		ContainSubstring("rake assets:precompile"), ContainSubstring("bootsnap precompile"), ContainSubstring("web: puma -C config/puma.rb (Procfile, default)"),
		ContainSubstring("release: bin/rails db:migrate (Procfile)"), ContainSubstring("libsqlite3-0")))
	address := serve(t, p.name, "--tmpfs", "/tmp", "--env", "SECRET_KEY_BASE=of-the-test")
	page := get(g, address, "/")
	g.Expect(page).To(And(ContainSubstring("Tee, grün in production"), MatchRegexp(`href="/assets/application-[0-9a-f]+\.css"`)))
	sheet := page[strings.Index(page, "/assets/"):]
	g.Expect(get(g, address, sheet[:strings.Index(sheet, `"`)])).To(ContainSubstring("color: teal"))
	g.Expect(get(g, address, "/up")).To(ContainSubstring("green"))
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(HavePrefix("/workspace/tmp/cache/bootsnap/")), HaveKey("/workspace/public/assets/.manifest.json")))
	g.Expect(all).NotTo(Or(HaveKey(HavePrefix("/workspace/tmp/cache/assets/")), HaveKey(HavePrefix(layers+"gems/ruby/3.3.0/gems/debug"))))
	onlyRuby(t, p.name)
	once := func(args ...string) string {
		return command(t, "docker", append([]string{"run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--env", "SECRET_KEY_BASE=x", "--entrypoint"}, args...)...)
	}
	g.Expect(once("release", p.name)).To(ContainSubstring("CreateOrders: migrated"))
	g.Expect(once("rails", p.name, "runner", "puts Rails.env")).To(HaveSuffix("production\n"))
	t.Run("rebuild without network", func(t *testing.T) { p.rebuild(t, "assets and bootsnap's cache: unchanged, from the last build") })
}
