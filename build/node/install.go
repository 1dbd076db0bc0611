package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// layerDownloads caches what the package managers download.
const layerDownloads = "downloads"

// updateLock tells whether the user asked for a new lock (BP_LOCK=update).
func (a *app) updateLock() bool { return a.Setting("BP_LOCK") == language.Update }

// prepare sets the variables that the package managers and native modules read. CI is not set: some front ends treat
// warnings as errors then.
func (a *app) prepare() error {
	cache, err := a.Cache(layerDownloads)
	if err != nil {
		return err
	}
	vars := language.With(unattended, a.caches(cache.Path))
	a.leadToHeaders(vars)
	for key, value := range patience {
		if _, said := a.npm.Config[key]; !said {
			name := strings.ReplaceAll(key, "-", "_")
			vars["npm_config_"+name], vars["pnpm_config_"+name] = value, value
		}
	}
	if bundle := a.trusted(); bundle != "" {
		vars["npm_config_cafile"] = bundle
	}
	for name, value := range a.Env { // what the user says stays
		if _, ok := vars[name]; ok && value != "" && name != "YARN_CACHE_FOLDER" {
			delete(vars, name)
		}
	}
	if language.Exists(npm.GlobalConfig) {
		vars["npm_config_globalconfig"] = npm.GlobalConfig
	}
	a.env = language.With(a.env, vars)
	delete(a.env, "CI")
	delete(a.env, "NODE_ENV") // what is installed says productionEnv
	if value, ok := a.Env["CI"]; ok {
		a.env["CI"] = value
	}
	return nil
}

// unattended are variables for package managers and for the programs of builds: nobody is asked or counted, nothing is reported but
// faults, nothing is downloaded that an image has otherwise, and what is said to be installed is, whatever an .npmrc says.
var unattended = map[string]string{
	"npm_config_dry_run": "false", "npm_config_package_lock_only": "false", "npm_config_lockfile_only": "false", "pnpm_config_lockfile_only": "false",
	"npm_config_loglevel": "error", "npm_config_fund": "false", "npm_config_audit": "false", "npm_config_update_notifier": "false", "pnpm_config_update_notifier": "false", "npm_config_progress": "false",
	"npm_config_manage_package_manager_versions": "false", "pnpm_config_manage_package_manager_versions": "false",
	"npm_config_package_manager_strict": "false", "pnpm_config_package_manager_strict": "false",
	"npm_config_confirm_modules_purge": "false", "pnpm_config_confirm_modules_purge": "false",
	"pnpm_config_strict_dep_builds": "false", "pnpm_config_verify_deps_before_run": "false",
	"YARN_ENABLE_TELEMETRY": "0", "YARN_ENABLE_PROGRESS_BARS": "0", "YARN_IGNORE_PATH": "1", "COREPACK_ENABLE_STRICT": "0",
	"NEXT_TELEMETRY_DISABLED": "1", "ASTRO_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1", "NG_CLI_ANALYTICS": "false",
	"GATSBY_TELEMETRY_DISABLED": "1", "TURBO_TELEMETRY_DISABLED": "1", "NX_DAEMON": "false", "NX_NO_CLOUD": "true", "DO_NOT_TRACK": "1", "CHECKPOINT_DISABLE": "1",
	"STORYBOOK_DISABLE_TELEMETRY": "1", "HUSKY": "0", "HUSKY_SKIP_INSTALL": "1", "DISABLE_OPENCOLLECTIVE": "1", "ADBLOCK": "1",
	"CYPRESS_INSTALL_BINARY": "0", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", "PUPPETEER_SKIP_DOWNLOAD": "true", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD": "true",
}

// caches are variables that lead what package managers download to a folder, and what else the app's needs to be told.
func (a *app) caches(dir string) map[string]string {
	in := func(name string) string { return filepath.Join(dir, name) }
	vars := map[string]string{
		"npm_config_cache": in("npm"), "npm_config_store_dir": in("pnpm"), "pnpm_config_store_dir": in("pnpm"),
		"BUN_INSTALL_CACHE_DIR": in("bun"), "DENO_DIR": in("deno"),
		"npm_config_logs_dir": filepath.Join(a.Temp, "npm-logs"), // each run writes one, by which the cache would be another after every build
	}
	if !a.manager.berry {
		// Of all package managers Yarn 1 alone gives up where a package says that it is for other versions of Node.js.
		vars["YARN_CACHE_FOLDER"], vars["YARN_IGNORE_ENGINES"] = in("yarn"), "true"
		return vars
	}
	// The cache of the project is filled from, and fills, the one in the layer.
	vars["YARN_GLOBAL_FOLDER"], vars["YARN_ENABLE_MIRROR"] = in("yarn"), "true"
	if a.manager.pnp(a.top) {
		vars["YARN_ENABLE_GLOBAL_CACHE"] = "false"
	}
	if r := a.environmentRegistry(); r != "" {
		vars["YARN_NPM_REGISTRY_SERVER"] = r
	}
	return vars
}

// trusted is the file of the certificates that npm is to trust where its own choice is not right; empty for that one. Node.js before
// 7.3 does not know the variable that names those that are bound. An empty "ca" in the app's .npmrc, as old guides have it, was to mean the
// authorities that everybody knows, and has npm trust nobody.
func (a *app) trusted() string {
	ca, said := a.npm.Config["ca"]
	nobody, bound := ca == "" && said, a.env["NODE_EXTRA_CA_CERTS"]
	if ca != "" || a.npm.Config["cafile"] != "" {
		return ""
	}
	if bound != "" && (nobody || a.nodeBefore("7.3.0")) {
		return bound
	}
	if !nobody {
		return ""
	}
	const system = "/etc/ssl/certs/ca-certificates.crt"
	if language.Exists(system) {
		return system
	}
	return ""
}

// patience is how long npm and pnpm wait before they ask again, in milliseconds. Theirs are 10 s, then 60: a server that can't be
// reached would hold a build for more than a minute, and nobody is told which it is.
var patience = map[string]string{"fetch-retry-mintimeout": "1000", "fetch-retry-maxtimeout": "10000"}

// environmentRegistry is the registry that the environment names, for package managers that have other names for it.
func (a *app) environmentRegistry() string {
	for name, value := range a.Env {
		if strings.EqualFold(name, "npm_config_registry") {
			return value
		}
	}
	return ""
}

// installed is what an installation had to contain.
type installed struct{ dev bool }

// install runs the package manager in the folder of the lock file. A lock is taken as it is.
func (a *app) install(ctx context.Context, what installed) error {
	if !a.manifests() {
		return nil
	}
	if a.manager.lock == "" && a.top.manifest.hasDependencies() {
		a.Log.Warn("there is no lock file: %s decides the versions; commit its lock to pin them", a.manager.title)
	}
	frozen := a.manager.lock != "" && !a.updateLock()
	args := a.manager.installArgs(frozen, what)
	err := a.manage(ctx, a.installEnv(what), args)
	out := outputOf(err)
	if err != nil && !frozen && a.manager.name == "npm" && strings.Contains(out, "ERESOLVE") {
		a.Log.Warn("npm finds no versions that satisfy all peer dependencies: they are left out of account (legacy-peer-deps)")
		a.env = language.With(a.env, map[string]string{"npm_config_legacy_peer_deps": "true"}) // for pruning as well
		return a.manage(ctx, a.installEnv(what), args)
	}
	if err == nil || !frozen || !unfrozen.MatchString(out) {
		return a.lostServer(err)
	}
	differences, derr := a.lockDifferences()
	if derr != nil {
		return derr
	}
	if len(differences) > 0 || !a.manager.comparable() {
		return a.outOfSync(differences, out, err)
	}
	// Registries lack optional packages of other platforms now and then, and old formats are written anew.
	a.Log.Warn("%s satisfies %s, but %s calls it out of date: its versions are taken, what it lacks is added", a.manager.lock, a.top.path(a.top.manifest.File), a.manager.title)
	return a.manage(ctx, a.installEnv(what), a.manager.installArgs(false, what))
}

// installEnv are the variables of an installation. Scripts of the app that it runs are those of a build for production; of Bun
// nobody knows which packages it leaves out then.
func (a *app) installEnv(what installed) map[string]string {
	if !what.dev || a.manager.name == "bun" {
		return a.env
	}
	return language.With(a.env, a.productionEnv())
}

// manifests tells whether there is any package.json.
func (a *app) manifests() bool { return a.top.manifest.File != "" || a.own.manifest.File != "" }

// unfrozen are the words by which package managers refuse a lock.
var unfrozen = regexp.MustCompile(`can only install packages when your|npm ci. can only install|Your lockfile needs to be updated|ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_|YN0028|lockfile had changes, but lockfile is frozen|lockfile is frozen`)

// installArgs are the arguments of an installation, by a lock alone where it is frozen.
func (m manager) installArgs(frozen bool, what installed) []string {
	pick := func(flag string, on bool) []string {
		if on {
			return []string{flag}
		}
		return nil
	}
	switch {
	case m.name == "npm":
		args := []string{"npm", "install", "--no-save"}
		if frozen && !m.before("5.7.0") {
			args = []string{"npm", "ci"}
		}
		return append(args, pick(m.omitDev(), !what.dev)...)
	case m.name == "pnpm":
		args := append([]string{"pnpm", "install"}, pick("--prod", !what.dev)...)
		return append(args, map[bool]string{true: "--frozen-lockfile", false: "--no-frozen-lockfile"}[frozen])
	case m.name == "bun":
		args := append([]string{"bun", "install"}, pick("--frozen-lockfile", frozen)...)
		return append(args, pick("--production", !what.dev && m.lock != "")...)
	case m.berry:
		return []string{"yarn", "install", map[bool]string{true: "--immutable", false: "--no-immutable"}[frozen]}
	}
	args := append([]string{"yarn", "install", "--non-interactive"}, pick("--frozen-lockfile", frozen)...)
	return append(args, map[bool]string{true: "--production=false", false: "--production=true"}[what.dev])
}

// before tells whether the manager's version is known and older.
func (m manager) before(version string) bool {
	return m.version != nil && m.version.LessThan(semver.MustParse(version))
}

// omitDev is npm's option that leaves out development packages.
func (m manager) omitDev() string {
	if m.before("7.0.0") {
		return "--production"
	}
	return "--omit=dev"
}

// manage runs the package manager.
func (a *app) manage(ctx context.Context, env map[string]string, args []string) error {
	a.Log.Line("%s", strings.Join(args, " "))
	return a.unfitManager(a.run(ctx, a.top.dir, env, args))
}

var (
	// needsNode matches what package managers write before they end because of the Node.js that they run on.
	needsNode = regexp.MustCompile(`(?m)^.*(?:is known not to run on Node\.js|requires at least Node\.js|requires a Node version compatible with).*$`)
	// notParsed matches what Node.js writes of a manager's own file that is written in newer JavaScript.
	notParsed = regexp.MustCompile(`(?m)^\S*/(?:` + layerManagers + `/[0-9a-f]{16}|\.yarn/releases)/\S+:\d+\n(?:.*\n)*?(SyntaxError: .*)$`)
)

// unfitManager explains the failure of a package manager that the build's Node.js cannot run; another error stays as it is.
func (a *app) unfitManager(err error) error {
	out := outputOf(err)
	said := needsNode.FindString(out)
	if m := notParsed.FindStringSubmatch(out); said == "" && m != nil {
		said = m[1]
	}
	i := slices.IndexFunc(a.engines, func(e engine) bool { return e.name == "node" })
	if said == "" || i < 0 {
		return err
	}
	name := a.manager.title
	if a.manager.version != nil {
		name += " " + a.manager.version.String()
	}
	return &language.Problem{
		What:     name + " does not run on Node.js " + a.engines[i].release.Version,
		Evidence: []string{said},
		Next:     "Ask for another Node.js (" + toolNode.setting + "), or for another " + a.manager.title + " (" + a.manager.setting + ").",
		Err:      err,
	}
}

// run runs a program whose output goes to the log.
func (a *app) run(ctx context.Context, dir string, env map[string]string, args []string) error {
	out := a.Log.Output()
	return a.Run(ctx, language.Command{Args: args, Dir: dir, Env: env, Stdout: out, Stderr: out})
}

// outputOf is the end of what a program wrote that failed.
func outputOf(err error) string {
	var program *language.ProgramError
	if errors.As(err, &program) {
		return program.Output
	}
	return ""
}

// prune removes the development packages of an installation.
func (a *app) prune(ctx context.Context) error {
	var args []string
	switch m := a.manager; {
	case m.name == "npm" && m.before("7.0.0"): // which with --no-save leaves what development packages depend on
		args = []string{"npm", "prune", m.omitDev(), "--ignore-scripts", "--no-package-lock"}
	case m.name == "npm":
		args = []string{"npm", "prune", m.omitDev(), "--ignore-scripts", "--no-save"}
	case m.name == "pnpm" && len(a.members) == 0 && !m.pnp(a.top):
		args = []string{"pnpm", "prune", "--prod", "--config.ignore-scripts=true"}
	case m.name == "pnpm":
		// It keeps what it calls orphans for a week, and asks before it makes a member's node_modules anew.
		args = []string{"pnpm", "install", "--prod", "--ignore-scripts", "--prefer-offline", "--config.modules-cache-max-age=0", "--config.confirm-modules-purge=false", map[bool]string{true: "--frozen-lockfile", false: "--no-frozen-lockfile"}[m.lock != ""]}
	case m.name == "bun":
		if err := a.removeModules(); err != nil {
			return err
		}
		args = []string{"bun", "install", "--production", "--ignore-scripts"}
	case m.berry:
		args = []string{"yarn", "workspaces", "focus", "--all", "--production"}
	default:
		args = []string{"yarn", "install", "--non-interactive", "--production=true", "--ignore-scripts", "--prefer-offline"}
		if m.lock != "" {
			args = append(args, "--frozen-lockfile")
		}
	}
	err := a.manage(ctx, a.env, args)
	// Yarn 2 and 3 have this command in a plugin, which the project need not have, and some of npm 5 fail with locks of their own.
	broken := a.manager.berry || a.manager.name == "npm" && a.manager.before("6.0.0")
	if err == nil || !broken {
		return err
	}
	a.Log.Warn("%s can't leave out development packages here; they stay in the image", a.manager.title)
	if a.manager.berry {
		return a.manage(ctx, a.env, a.manager.installArgs(false, installed{dev: true}))
	}
	return nil
}

// removeModules removes every node_modules of the app and its workspace.
func (a *app) removeModules() error {
	for _, f := range a.all() {
		if err := os.RemoveAll(filepath.Join(f.dir, "node_modules")); err != nil {
			return fmt.Errorf("cannot remove node_modules: %w", err)
		}
	}
	return nil
}

// lastLines are the last lines of a text that are not blank.
func lastLines(text string, n int) []string {
	all := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	return all[max(0, len(all)-n):]
}
