package ruby

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/slicertest"
)

// bundler does what Debian's Ruby and its Bundler would do with an app: it tells report, and installs one native gem and one
// without native code.
type bundler struct {
	report   report
	fail     string // the command of Bundler that fails
	ran      []string
	envs     []map[string]string
	settings string // of Bundler, when it ran last
}

func (b *bundler) run(_ context.Context, c language.Command) error {
	words := strings.Join(c.Args, " ")
	switch {
	case strings.HasSuffix(c.Args[1], "/look.rb"):
		return json.NewEncoder(c.Stdout).Encode(b.report)
	case strings.HasSuffix(c.Args[1], "/specs.rb"):
		text, err := os.ReadFile(c.Env["BUNDLE_APP_CONFIG"] + "/config")
		if err != nil {
			return err
		}
		_, layer, _ := strings.Cut(string(text), `BUNDLE_PATH: "`)
		layer, _, _ = strings.Cut(layer, `"`)
		return json.NewEncoder(c.Stdout).Encode(specsIn(layer))
	case c.Args[0] == "strip":
		return os.WriteFile(c.Args[len(c.Args)-1], []byte("stripped"), 0o644)
	}
	b.ran, b.envs = append(b.ran, strings.TrimPrefix(words, "/usr/bin/")), append(b.envs, c.Env)
	text, err := os.ReadFile(c.Env["BUNDLE_APP_CONFIG"] + "/config")
	if err != nil {
		return err
	}
	b.settings = string(text)
	if b.fail != "" && strings.Contains(words, b.fail) {
		return &language.ProgramError{Args: c.Args, Err: fmt.Errorf("exit status 1")}
	}
	if c.Stdout != nil {
		_, _ = io.WriteString(c.Stdout, "Installing fast 1.0 with native extensions\nBundle complete! 2 Gemfile dependencies, 3 gems now installed.\n")
	}
	if strings.Contains(words, " install") {
		_, layer, _ := strings.Cut(b.settings, `BUNDLE_PATH: "`)
		layer, _, _ = strings.Cut(layer, `"`)
		return installInto(layer, filepath.Join(c.Dir, "Gemfile.lock"))
	}
	return nil
}

func specsIn(layer string) []installed {
	home := filepath.Join(layer, "ruby", "3.3.0")
	return []installed{
		{Name: "date", Version: "3.3.4", Path: "/usr/lib/ruby/gems/3.3.0/gems/date-3.3.4", Default: true},
		{
			Name: "fast", Version: "1.0", Licenses: []string{"MIT"}, Path: home + "/gems/fast-1.0", Spec: home + "/specifications/fast-1.0.gemspec",
			Extension: home + "/extensions/x86_64-linux-gnu/3.3.0/fast-1.0", Native: true, Require: []string{"lib"}, Bindir: "exe",
		},
		{
			Name: "rack", Version: "3.1.0", Licenses: []string{"MIT", "Ruby"}, Path: home + "/gems/rack-3.1.0", Spec: home + "/specifications/rack-3.1.0.gemspec",
			Require: []string{"lib", "spec/support"}, Bindir: "bin", Executables: []string{"rackup", "../evil"}, Requires: []string{"fast"},
		},
	}
}

func installInto(layer, lock string) error {
	module := string(slicertest.ELFOf("needs=libc.so.6").Bytes())
	home := "ruby/3.3.0/"
	for name, text := range map[string]string{
		home + "specifications/fast-1.0.gemspec": "x", home + "specifications/rack-3.1.0.gemspec": "x", home + "cache/fast-1.0.gem": "x", home + "bin/rackup": "x",
		home + "gems/fast-1.0/lib/fast.rb": "x", home + "gems/fast-1.0/lib/fast/fast.so": module, home + "gems/fast-1.0/lib/fast/3.2/other.so": module, home + "gems/fast-1.0/lib/fast/3.3/this.so": module,
		home + "gems/fast-1.0/ext/fast/fast.c": "x", home + "gems/fast-1.0/ext/fast/fast.o": "x", home + "gems/fast-1.0/ext/fast/Makefile": "x", home + "gems/fast-1.0/ext/fast/tool.rb": "x",
		home + "gems/fast-1.0/test/test_fast.rb": "x", home + "gems/fast-1.0/README.md": "x", home + "gems/fast-1.0/LICENSE.md": "x", home + "gems/fast-1.0/.github/ci.yml": "x",
		home + "gems/fast-1.0/ports/archives/lib.tar.gz": "x", home + "gems/fast-1.0/lib/doc/page.html": "x",
		home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/gem.build_complete": "", home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/fast/fast.so": module,
		home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/fast/only.so": module, home + "extensions/x86_64-linux-gnu/3.3.0/fast-1.0/mkmf.log": "x",
		home + "gems/rack-3.1.0/lib/rack.rb": "x", home + "gems/rack-3.1.0/lib/template.c": "x", home + "gems/rack-3.1.0/spec/support/s.rb": "x", home + "gems/rack-3.1.0/bin/rackup": "x", home + "gems/rack-3.1.0/doc/index.html": "x",
	} {
		file := filepath.Join(layer, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	if _, err := os.Stat(lock); err != nil {
		return os.WriteFile(lock, []byte("made\n"), 0o644)
	}
	return nil
}

// said is the report of an app of Rack whose lock fits.
func said() report {
	return report{
		Version: "3.3.8", ABI: "3.3.0", Bundler: "2.5.22", Platform: "x86_64-linux-gnu",
		Gems: []gem{{Name: "rack", Requirement: ">= 0", Groups: []string{"default"}, Here: true}, {Name: "puma", Requirement: ">= 0", Groups: []string{"default"}, Here: true}},
		Lock: &lock{
			Specs: []spec{{Name: "rack", Version: "3.1.0", Here: true}, {Name: "puma", Version: "6.6.0", Here: true}}, Platforms: []string{"x86_64-linux"},
			Wants: map[string]string{"rack": ">= 0", "puma": ">= 0"}, Supported: true,
		},
	}
}

// rackApp are the files of an app of Rack.
var rackApp = map[string]string{
	"Gemfile": "gem \"rack\"\ngem \"puma\"\n", "config.ru": "run {}\n",
	"Gemfile.lock": "GEM\n  specs:\n    fast (1.0)\n    rack (3.1.0)\n      fast\n\nDEPENDENCIES\n  rack\n",
}
