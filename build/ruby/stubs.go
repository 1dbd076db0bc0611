package ruby

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// program is a name that an executable of a gem may have.
var program = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// writeStubs writes the programs of the gems into the layer's bin/, which is on the PATH of the image: scripts that set up the
// gems of the lock by themselves, so that `docker exec IMAGE rails …` runs without the launcher, and nobody writes "bundle
// exec".
func (r *ruby) writeStubs() error {
	stubs := map[string]string{}
	for _, s := range r.specs {
		for _, name := range s.Executables {
			if !s.Default && program.MatchString(name) {
				stubs[name] = "require \"bundler/setup\"\n" + fmt.Sprintf("load Gem.bin_path(%q, %q)\n", s.Name, name)
			}
		}
	}
	if r.gemfile != "" {
		for _, name := range []string{"bundle", "bundler"} {
			stubs[name] = "load Gem.activate_bin_path(\"bundler\", \"bundle\", " + fmt.Sprintf("%q", r.report.Bundler) + ")\n"
		}
	}
	if _, ok := stubs["rake"]; !ok && r.bundled() != "" {
		stubs["rake"] = "load Gem.activate_bin_path(\"rake\", \"rake\", \">= 0\")\n"
	}
	for _, name := range slices.Sorted(maps.Keys(stubs)) {
		text := "#!" + systemRuby + "\n# Written by the build.\n" + r.stubEnv() + stubs[name]
		if err := os.WriteFile(filepath.Join(r.layer.Path, "bin", name), []byte(text), 0o755); err != nil {
			return fmt.Errorf("cannot write program %s of a gem: %w", name, err)
		}
	}
	return nil
}

// stubEnv sets the variables that decide which gems and which configuration a program has, where nobody has set them: past
// the launcher nobody has.
func (r *ruby) stubEnv() string {
	vars := map[string]string{"RACK_ENV": "production", "RAILS_ENV": "production"}
	if r.gemfile != "" {
		vars["BUNDLE_GEMFILE"] = filepath.Join(r.Dir, r.gemfile)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&b, "ENV[%q] ||= %q\n", name, vars[name])
	}
	return b.String()
}

// launchEnv are the variables that the app's processes get where nobody sets them.
func (r *ruby) launchEnv() map[string]string {
	env := map[string]string{
		"LANG": "C.UTF-8", "PORT": "8080", "RACK_ENV": "production", "RAILS_ENV": "production", "RAILS_LOG_TO_STDOUT": "enabled", "RAILS_SERVE_STATIC_FILES": "enabled",
		// A pid file in the app's folder would need a folder that can be written; /dev/shm is memory everywhere.
		"PIDFILE": "/dev/shm/server.pid",
	}
	if r.gemfile != "" {
		// For programs that require gems without Bundler. The empty element stands for Ruby's own folders.
		env["GEM_PATH"] = r.home() + ":"
	}
	if r.gemfile != "" && r.gemfile != "Gemfile" && r.gemfile != "gems.rb" {
		env["BUNDLE_GEMFILE"] = filepath.Join(r.Dir, r.gemfile)
	}
	if r.has("bootsnap") {
		env["BOOTSNAP_READONLY"] = "true"
	}
	if r.jemalloc() {
		env["LD_PRELOAD"] = "libjemalloc.so.2"
	} else {
		env["MALLOC_ARENA_MAX"] = "2" // glibc's arenas for each thread make servers of many threads swell
	}
	return language.With(nil, env)
}
