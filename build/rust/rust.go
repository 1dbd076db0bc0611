package rust

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// The layers of a Rust build. The caches are the build's alone.
const (
	layerRust   = "rust"         // bin/<name>, what runs
	layerCargo  = "cargo"        // CARGO_HOME: the registry's index and archives, git checkouts, and the record of the build
	layerTarget = "cargo-target" // what cargo compiled
)

// compile builds a Rust app. Where nothing changed since the build before, cargo is not run at all, and the caches stay as
// they are.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	c := cargo{Site: s}
	s.Log.Step("Rust")
	if err := c.look(ctx); err != nil {
		return language.Artifacts{}, err
	}
	layer, err := s.Layer(layerRust)
	if err != nil {
		return language.Artifacts{}, err
	}
	made, err := c.remembered()
	if err != nil {
		return language.Artifacts{}, err
	}
	if err := c.newerAsBefore(ctx, made); err != nil {
		return language.Artifacts{}, err
	}
	if made != nil && s.Reusable(layer, c.key()) {
		s.Log.Line("nothing changed: the programs of the build before are used")
		err = c.KeepCaches(layerCargo, layerTarget)
	} else {
		layer, made, err = c.makeByFitting(ctx, layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	listening := s.Listening(serving)
	layer.Launch, layer.Cache, layer.Env = true, true, made.variables(listening.ReadsPort)
	s.Keep(layer, c.key())
	a, err := c.artifacts(layer, made)
	if err != nil {
		return a, err
	}
	if listening.Fixed != "" {
		a.Notes = append(a.Notes, listening.Fixed)
	}
	removed, err := c.removeSources()
	if err != nil {
		return a, err
	}
	s.Log.Line("removed %s from the app; its data files stay", text.Count(removed, "source file"))
	s.Log.Done()
	return a, nil
}

// cargo is one build of a Rust app.
type cargo struct {
	language.Site
	args     arguments // what the user says to cargo
	config   config    // of the project's .cargo/config.toml files
	rustc    string    // version of the compiler: "1.85.1"
	begun    time.Time
	env      map[string]string
	home     string // CARGO_HOME
	target   string // CARGO_TARGET_DIR
	lockfile string // absolute; the workspace's
	locked   bool   // the project has it
	project  string // identifies every file of the project as it came: any may be compiled in
	lockKey  string // identifies the lock as it came, or that there is none
	newer    bool   // the compiler is Debian's newer one, which the crates asked for
}

// look reads what the project and the user say, before anything is downloaded.
func (c *cargo) look(ctx context.Context) (err error) {
	c.begun = time.Now()
	if err := c.removeForeignTarget(); err != nil {
		return err
	}
	if c.args, err = readArguments(c.Setting("BP_CARGO_INSTALL_ARGS"), c.Setting("BP_CARGO_WORKSPACE_MEMBERS")); err != nil {
		return err
	}
	if err := c.forBrowsers(); err != nil {
		return err
	}
	if c.config, err = readConfig(c.Root, c.Dir); err != nil {
		return err
	}
	if c.rustc, err = c.compilerVersion(ctx); err != nil {
		return err
	}
	if err := c.checkToolchain(); err != nil {
		return err
	}
	k := language.NewKey()
	if err := k.App(c.Root); err != nil {
		return err
	}
	c.project = k.String()
	c.lockKey, err = c.keyOfLock()
	return err
}

// key identifies what the programs are made of: every file of the project, every variable, as a build script may read any, the
// compiler, and the packages of the build.
func (c *cargo) key() string {
	k := language.NewKey()
	k.Add("rust 1", c.rustc, c.Arch, c.Tools, c.Debug, c.project)
	k.Environment(c.Env, c.Temp)
	return k.String()
}

// make compiles the programs into an empty layer.
func (c *cargo) make(ctx context.Context, layer language.Layer) (language.Layer, *made, error) {
	if err := c.prepare(ctx); err != nil {
		return layer, nil, err
	}
	meta, err := c.lock(ctx)
	if err != nil {
		return layer, nil, err
	}
	wanted, err := meta.choose(c.args, c.Dir)
	if err != nil {
		return layer, nil, err
	}
	if err := c.planned(meta, wanted); err != nil {
		return layer, nil, err
	}
	static, err := c.decideStatic(meta.natives(wanted))
	if err != nil {
		return layer, nil, err
	}
	built, err := c.build(ctx, wanted, static)
	if err != nil {
		return layer, nil, err
	}
	programs, err := c.programs(meta, built)
	if err != nil {
		return layer, nil, err
	}
	if layer, err = c.Reset(layer); err != nil {
		return layer, nil, err
	}
	m := c.describe(meta, programs, static)
	if err := c.install(ctx, filepath.Join(layer.Path, "bin"), programs, meta); err != nil {
		return layer, nil, err
	}
	if err := errors.Join(c.prune(meta, built), c.remember(m)); err != nil {
		return layer, nil, err
	}
	return layer, m, language.Settle(layer.Path)
}

// prepare sets up the caches and the environment of cargo.
func (c *cargo) prepare(ctx context.Context) error {
	for name, dir := range map[string]*string{layerCargo: &c.home, layerTarget: &c.target} {
		layer, err := c.Cache(name)
		if err != nil {
			return err
		}
		*dir = layer.Path
	}
	c.env = language.With(c.Env, map[string]string{
		"CARGO_HOME": c.home, "CARGO_TARGET_DIR": c.target, "CARGO_INCREMENTAL": "0", "CARGO_TERM_COLOR": "never",
		"CARGO_NET_GIT_FETCH_WITH_CLI": "true", // git knows the credentials and certificates of the build
	})
	if c.env["CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS"] == "" {
		c.env["CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS"] = "fallback" // of versions, those that this Rust compiles
	}
	if c.env["SOURCE_DATE_EPOCH"] == "" {
		c.env["SOURCE_DATE_EPOCH"] = "315532801" // build scripts that write the time into the program
	}
	if c.env["SQLX_OFFLINE"] == "" && c.preparedQueries() {
		c.Log.Line("SQLx: queries as .sqlx has them; the build has no database (SQLX_OFFLINE=true)")
		c.env["SQLX_OFFLINE"] = "true"
	}
	if err := c.credentials(); err != nil {
		return err
	}
	if err := c.setTimes(); err != nil {
		return err
	}
	return c.findLock(ctx)
}

// preparedQueries tells whether the project has what SQLx's macros know of its database by "cargo sqlx prepare", and the user names no
// database for the build. A .env file names that of a developer, which macros would ask else.
func (c *cargo) preparedQueries() bool {
	if c.Env["DATABASE_URL"] != "" {
		return false
	}
	return slices.ContainsFunc([]string{c.Dir, c.Root}, func(dir string) bool {
		found, err := filepath.Glob(filepath.Join(dir, ".sqlx", "query-*.json"))
		return err == nil && len(found) > 0 || language.Exists(filepath.Join(dir, "sqlx-data.json"))
	})
}
