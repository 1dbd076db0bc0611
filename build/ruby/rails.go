package ruby

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/tree"
)

// pipelines are the gems that have a task assets:precompile.
var pipelines = []string{"sprockets-rails", "propshaft", "sinatra-asset-pipeline"}

// byNode are gems whose task runs Node.js and a package manager, which are not at hand when it runs.
var byNode = []string{"vite_ruby", "shakapacker", "webpacker"}

// manifests are files that tell that assets are there already.
var manifests = []string{
	"public/assets/manifest-*.json", "public/assets/.sprockets-manifest-*.json", "public/assets/.manifest.json", "public/packs/manifest.json",
	"public/vite*/manifest.json", "public/vite*/.vite/manifest.json",
}

// hasAssets tells whether the app has a task that compiles its assets, and wants it run.
func (r *ruby) hasAssets() bool {
	wanted, err := r.Truth("BP_RUBY_ASSETS", true)
	return err == nil && wanted && r.has(append(byNode, pipelines...)...) && language.IsFile(r.Files, "Rakefile") && r.has("rake")
}

// assets compiles the assets of a Rails app, unless they are there already.
func (r *ruby) assets(ctx context.Context) error {
	if !r.hasAssets() {
		return nil
	}
	for _, pattern := range manifests {
		if found, err := fs.Glob(r.Files, pattern); err == nil && len(found) > 0 {
			r.Log.Line("assets: compiled before (%s)", found[0])
			return nil
		}
	}
	if err := r.assetsByNode(); err != nil {
		return err
	}
	r.Log.Line("rake assets:precompile")
	env := language.With(r.env, r.productionEnv())
	out := r.Log.Output()
	err := r.Run(ctx, language.Command{Args: []string{filepath.Join(r.layer.Path, "bin", "rake"), "assets:precompile"}, What: "rake assets:precompile", Dir: r.Dir, Env: env, Stdout: out, Stderr: out})
	if err != nil {
		return fmt.Errorf("cannot compile the app's assets (BP_RUBY_ASSETS=false leaves them out): %w", err)
	}
	return nil
}

// assetsByNode refuses assets that a task would compile by Node.js.
func (r *ruby) assetsByNode() error {
	for _, gem := range byNode {
		if r.has(gem) {
			return &language.Problem{
				What:     "the assets of " + gem + " are not compiled: its task runs Node.js and a package manager",
				Evidence: []string{"looked for: public/vite*/manifest.json, public/packs/manifest.json"},
				Next:     "Compile them by a script build in package.json, which runs before, or commit them; or set BP_RUBY_ASSETS=false to do without.",
			}
		}
	}
	return nil
}

// productionEnv are variables that an app of Rails wants when it loads, with values that reach nothing.
func (r *ruby) productionEnv() map[string]string {
	env := map[string]string{
		"RAILS_ENV": "production", "RACK_ENV": "production", "SECRET_KEY_BASE_DUMMY": "1", "SECRET_KEY_BASE": "0", "RAILS_LOG_TO_STDOUT": "enabled", "DISABLE_SPRING": "1",
		// The app's package.json is built before, by its own package manager.
		"SKIP_JS_BUILD": "1", "SKIP_CSS_BUILD": "1", "SKIP_YARN_INSTALL": "1", "SKIP_BUN_INSTALL": "1",
	}
	for _, adapter := range [][2]string{{"pg", "postgresql"}, {"mysql2", "mysql2"}, {"trilogy", "trilogy"}} {
		if r.has(adapter[0]) {
			env["DATABASE_URL"] = adapter[1] + "://nobody@127.0.0.1/nothing"
		}
	}
	for name := range env {
		if value, ok := r.Env[name]; ok {
			env[name] = value
		}
	}
	return env
}

// hasBootsnap tells whether the app has a bootsnap that compiles ahead.
func (r *ruby) hasBootsnap() bool {
	return slices.ContainsFunc(r.specs, func(s installed) bool {
		return s.Name == "bootsnap" && !strings.HasPrefix(s.Version, "1.0.") && !strings.HasPrefix(s.Version, "1.1.")
	})
}

// bootsnap has the gem of that name compile the app's code and its gems into its cache. It holds the times of files, so they
// get the one that the lifecycle gives them in the image: the cache is right there, and the same with each build.
func (r *ruby) bootsnap(ctx context.Context) error {
	if !r.hasBootsnap() {
		return nil
	}
	for _, dir := range append(r.members(), r.Dir, r.layer.Path) {
		if err := setTimes(dir); err != nil {
			return err
		}
	}
	args := []string{filepath.Join(r.layer.Path, "bin", "bootsnap"), "precompile", "--gemfile"}
	for _, dir := range []string{"app", "config", "lib"} {
		if language.Exists(filepath.Join(r.Dir, dir)) {
			args = append(args, dir+"/")
		}
	}
	r.Log.Line("bootsnap precompile")
	err := r.Run(ctx, language.Command{Args: args, What: "bootsnap precompile", Dir: r.Dir, Env: language.With(r.env, r.productionEnv())})
	var failed *language.ProgramError
	if errors.As(err, &failed) && !errors.Is(err, language.ErrNoProgram) {
		r.Log.Warn("bootsnap has no cache in the image, which starts slower: %s", failed.Short())
		return os.RemoveAll(filepath.Join(r.Dir, "tmp", "cache", "bootsnap"))
	}
	return err
}

// setTimes gives files the time that the lifecycle gives to those of an image.
func setTimes(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chtimes(name, tree.LayerTime, tree.LayerTime)
	})
}
