package ruby

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
)

// addGems installs what the lock names, or takes the cached layer where nothing of it changed.
func (r *ruby) addGems(ctx context.Context) error {
	layer, err := r.Layer(layerGems)
	if err != nil {
		return err
	}
	cache, err := r.Cache(layerCache)
	if err != nil {
		return err
	}
	if r.gemsKey, err = r.key(); err != nil {
		return err
	}
	r.layer, r.cache = layer, cache.Path
	switch {
	case r.Reusable(layer, r.gemsKey):
		if r.gemfile != "" {
			r.Log.Line("gems: unchanged, from the cache")
		}
		err = r.reuse(ctx)
	default:
		if r.layer, err = r.Reset(layer); err == nil {
			err = r.install(ctx)
		}
	}
	if err != nil {
		return err
	}
	r.layer.Launch, r.layer.Cache, r.layer.Env = true, true, r.launchEnv()
	r.Keep(r.layer, r.gemsKey)
	return nil
}

// key identifies the layer of gems: Ruby, what the Gemfile and its lock say, the gems that the app brings, and the settings
// that decide what is compiled, and how.
func (r *ruby) key() (string, error) {
	k := language.NewKey()
	said, err := json.Marshal(r.report)
	if err != nil {
		return "", fmt.Errorf("cannot make a key of the gems: %w", err)
	}
	k.Add(string(said), specsScript, r.Tools, fmt.Sprint(r.Debug), r.leftOut(), r.Dir, fmt.Sprint(r.bundled() != ""))
	for _, name := range slices.Sorted(maps.Keys(r.env)) {
		if strings.HasPrefix(name, "BUNDLE_BUILD__") || slices.Contains([]string{"BUNDLE_WITH", "BUNDLE_ONLY", "BUNDLE_FORCE_RUBY_PLATFORM"}, name) {
			k.Add(name, r.env[name])
		}
	}
	for _, name := range r.manifests() {
		text, _, err := language.ReadText(r.Files, name)
		if err != nil {
			return "", err
		}
		k.Add(name, text)
	}
	if dir := filepath.Join(r.Dir, "vendor", "cache"); language.Exists(dir) {
		if err := k.Tree(dir, func(base string) bool { return strings.HasSuffix(base, ".gem") }); err != nil {
			return "", fmt.Errorf("cannot read vendor/cache: %w", err)
		}
	}
	for _, dir := range r.pathGems() {
		if err := k.Tree(dir, func(base string) bool { return strings.HasSuffix(base, ".gemspec") }); err != nil {
			return "", fmt.Errorf("cannot read a gem of the app's own: %w", err)
		}
	}
	return k.String(), nil
}

// manifests are the names of the Gemfile and its lock; none where the app has no Gemfile.
func (r *ruby) manifests() []string {
	if r.gemfile == "" {
		return nil
	}
	return []string{r.gemfile, lockName(r.gemfile)}
}

// write writes a file of the app's folder, wherever links in it lead.
func (r *ruby) write(name string, text []byte) error {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	if err := root.WriteFile(name, text, 0o644); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// pathGems are the folders of gems that the Gemfile names by a path: absolute, and each once.
func (r *ruby) pathGems() []string {
	var all []string
	add := func(source string) {
		dir, ok := strings.CutPrefix(source, "path:")
		if !ok {
			return
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(r.Dir, path.Dir(r.gemfile), dir)
		}
		if !slices.Contains(all, dir) && (dir == r.Root || strings.HasPrefix(dir, r.Root+"/")) && language.Exists(dir) {
			all = append(all, dir)
		}
	}
	for _, g := range r.report.Gems {
		add(g.Source)
	}
	if r.report.Lock != nil {
		for _, s := range r.report.Lock.Specs {
			add(s.Source)
		}
	}
	return all
}

// members are gems of the app's own outside its folder: they stay in the image.
func (r *ruby) members() []string {
	return slices.DeleteFunc(r.pathGems(), func(dir string) bool { return dir == r.Dir || strings.HasPrefix(dir, r.Dir+"/") || dir == r.Root })
}

// reuse puts the lock that the gems were installed by beside the Gemfile.
func (r *ruby) reuse(ctx context.Context) error {
	if r.gemfile == "" {
		return nil
	}
	text, err := language.ReadFile(filepath.Join(r.layer.Path, savedLock))
	if err != nil {
		return fmt.Errorf("cannot read the lock of the last build: %w", err)
	}
	if err := r.write(lockName(r.gemfile), text); err != nil {
		return err
	}
	if err := r.configure(true); err != nil {
		return err
	}
	return r.readSpecs(ctx)
}

// savedLock is the lock that gems were installed by, in their layer.
const savedLock = "installed.lock"

// tellUncompiled warns of gems of the app's own that have native code: Bundler compiles those of registries and of git alone.
func (r *ruby) tellUncompiled() {
	for _, dir := range r.pathGems() {
		sources, err := filepath.Glob(filepath.Join(dir, "ext", "*", "extconf.rb"))
		modules, err2 := filepath.Glob(filepath.Join(dir, "lib", "*", "*.so"))
		if err == nil && err2 == nil && len(sources) > 0 && len(modules) == 0 {
			r.Log.Warn("%s has native code, and Bundler does not compile gems that are named by a path", strings.TrimPrefix(dir, r.Root+"/"))
		}
	}
}

// install has Bundler install the gems, and removes what does not run.
func (r *ruby) install(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(r.layer.Path, "bin"), 0o755); err != nil {
		return fmt.Errorf("cannot make the layer of gems: %w", err)
	}
	if r.gemfile == "" {
		return r.writeStubs()
	}
	if err := r.relock(ctx); err != nil {
		return err
	}
	if err := r.configure(r.frozen()); err != nil {
		return err
	}
	r.tellUncompiled()
	r.Log.Line("bundle install, without %s", language.List(r.leftOut()))
	if err := r.bundle(ctx, "install"); err != nil {
		return err
	}
	if err := r.configure(true); err != nil {
		return err
	}
	if err := r.readSpecs(ctx); err != nil {
		return err
	}
	if err := r.trim(ctx); err != nil {
		return err
	}
	if err := r.writeStubs(); err != nil {
		return err
	}
	text, _, err := language.ReadText(r.Files, lockName(r.gemfile))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.layer.Path, savedLock), []byte(text), 0o644); err != nil {
		return fmt.Errorf("cannot keep the lock: %w", err)
	}
	if err := language.Settle(r.layer.Path); err != nil {
		return err
	}
	size, err := language.TreeSize(r.layer.Path)
	if err == nil {
		r.Log.Line("gems: %s, after removing %s of sources, tests, documentation and symbols", people.Bytes(size), people.Bytes(r.trimmed))
	}
	return err
}

// configure writes what Bundler is told: for the build, in a folder of its own, so that the app's .bundle is not read.
func (r *ruby) configure(frozen bool) error {
	settings := r.settings()
	settings["BUNDLE_FROZEN"] = fmt.Sprint(frozen)
	for name, value := range r.report.Config {
		if strings.HasPrefix(name, "BUNDLE_MIRROR__") {
			settings[name] = value
		}
	}
	dir := filepath.Join(r.Temp, "bundle")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot configure Bundler: %w", err)
	}
	return writeSettings(filepath.Join(dir, "config"), settings)
}

// settings are those that the build and the image have: where gems are, and which. Of the app's own configuration those are
// heeded that say which gems, and how they are compiled.
func (r *ruby) settings() map[string]string {
	settings := map[string]string{"BUNDLE_PATH": r.layer.Path, "BUNDLE_WITHOUT": strings.Join(r.leftOut(), ":")}
	for name, value := range r.report.Config {
		if strings.HasPrefix(name, "BUNDLE_BUILD__") || slices.Contains([]string{"BUNDLE_WITH", "BUNDLE_ONLY", "BUNDLE_FORCE_RUBY_PLATFORM"}, name) {
			settings[name] = value
		}
	}
	return settings
}

// writeSettings writes a configuration of Bundler: the part of YAML that it reads.
func writeSettings(file string, settings map[string]string) error {
	var b strings.Builder
	b.WriteString("---\n")
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s: %q\n", name, settings[name])
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("cannot configure Bundler: %w", err)
	}
	return nil
}

// bundle runs Bundler.
func (r *ruby) bundle(ctx context.Context, args ...string) error {
	env := language.With(r.env, map[string]string{
		"BUNDLE_GLOBAL_GEM_CACHE": "true", "BUNDLE_USER_CACHE": filepath.Join(r.cache, "bundler"), "BUNDLE_NO_PRUNE": "true", "BUNDLE_IGNORE_MESSAGES": "true",
		"BUNDLE_IGNORE_FUNDING_REQUESTS": "true", "BUNDLE_DISABLE_VERSION_CHECK": "true", "BUNDLE_SILENCE_ROOT_WARNING": "true", "BUNDLE_SILENCE_DEPRECATIONS": "true",
		"THOR_COLUMNS": "10000", // by default it breaks its lines at 80 characters
		"TMPDIR":       r.Temp,
	})
	for name, value := range nativeEnv(r.report) {
		if env[name] == "" && r.report.Config[name] == "" {
			env[name] = value
		}
	}
	out := bundleOutput(r.Log)
	all := append([]string{"/usr/bin/bundle"}, args...)
	if err := r.Run(ctx, language.Command{Args: all, What: "bundle " + args[0], Dir: r.Dir, Env: env, Stdout: out, Stderr: out}); err != nil {
		return fmt.Errorf("cannot install the gems: %w", err)
	}
	return nil
}
