package node

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
	"whittle.dev/whittle/internal/document"
)

// manager is the package manager of an app.
type manager struct {
	tool
	lock   string // the lock file's name; empty where there is none
	berry  bool   // Yarn 2 and newer
	own    string // the program in the repository that yarnPath names, below the top folder
	wishes []wish
	format string // the range of its versions that the lock's format is of; empty where that tells nothing

	overruled *wish           // what was said about the version, and the lock is of another kind of Yarn
	version   *semver.Version // once it is known
}

// managers are the package managers by lock file, in the order in which they win over each other.
var managers = []struct {
	tool  tool
	locks []string
}{
	{toolPnpm, []string{"pnpm-lock.yaml"}},
	{toolBun, []string{"bun.lock", "bun.lockb"}},
	{toolYarn, []string{"yarn.lock"}},
	{toolNpm, []string{"npm-shrinkwrap.json", "package-lock.json"}},
}

// findManager decides which package manager installs, and which version of it: packageManager, then the lock file, then
// engines, then npm. The version is what is said about it, or else what the lock file's format asks for.
func findManager(folders []folder, env map[string]string) (manager, error) {
	top := folders[len(folders)-1]
	m := manager{tool: toolNpm}
	decided := false
	if name, _, ok := strings.Cut(string(top.manifest.PackageManager), "@"); ok {
		i := slices.IndexFunc(managers, func(k struct {
			tool  tool
			locks []string
		},
		) bool {
			return k.tool.name == name
		})
		if i < 0 {
			return m, &language.Problem{
				What:     "the package manager " + language.Clip(name) + " is not known",
				Evidence: []string{top.path(top.manifest.File) + `: "packageManager": "` + language.Clip(string(top.manifest.PackageManager)) + `"`},
				Next:     "Use npm, pnpm, yarn or bun.",
			}
		}
		m.tool, decided = managers[i].tool, true
	}
	for _, k := range managers {
		lock := language.FirstFile(top.files, k.locks...)
		if lock != "" && (!decided || m.name == k.tool.name) {
			m.tool, m.lock, decided = k.tool, lock, true
		}
	}
	for _, k := range managers {
		if !decided && (top.manifest.Engines[k.tool.name] != "" || k.tool.name == "pnpm" && language.FirstFile(top.files, "pnpm-workspace.yaml") != "") && k.tool.name != "npm" {
			m.tool, decided = k.tool, true
		}
	}
	return m.versioned(folders, env)
}

// chooseManager finds the app's package manager. Of several locks of which nothing says who keeps them, the first counts that
// package.json is satisfied by.
func (a *app) chooseManager() error {
	var err error
	if a.manager, err = findManager(a.folders(), a.Env); err != nil {
		return err
	}
	if _, _, named := strings.Cut(string(a.top.manifest.PackageManager), "@"); named {
		return nil
	}
	first, others := a.manager, a.otherLocks()
	var differences []string
	if !a.updateLock() && a.manager.comparable() {
		differences, _ = a.lockDifferences() // what cannot be read the manager tells, or it mends it, as npm does after a merge
	}
	if len(differences) == 0 {
		for _, m := range others {
			a.Log.Warn("%s counts, and %s is not read: remove the one that nobody keeps", a.top.path(first.lock), a.top.path(m.lock))
		}
		return nil
	}
	for _, m := range others {
		if a.manager, err = m.versioned(a.folders(), a.Env); err != nil {
			return err
		}
		if lacks, err := a.lockDifferences(); err == nil && len(lacks) == 0 && a.manager.comparable() {
			a.Log.Warn("%s does not fit %s (%s), and %s does: remove the one that nobody keeps", a.top.path(first.lock), a.top.path(a.top.manifest.File), differences[0], a.top.path(m.lock))
			return nil
		}
	}
	a.manager = first
	return nil
}

// otherLocks are the package managers beside the app's own whose locks are there as well.
func (a *app) otherLocks() []manager {
	var all []manager
	for _, k := range managers {
		if lock := language.FirstFile(a.top.files, k.locks...); lock != "" && k.tool.name != a.manager.name {
			all = append(all, manager{tool: k.tool, lock: lock})
		}
	}
	return all
}

// versioned finds out what is said about the manager's version.
func (m manager) versioned(folders []folder, env map[string]string) (manager, error) {
	top := folders[len(folders)-1]
	var err error
	if m.wishes, err = m.tool.wishes(folders, env); err != nil {
		return m, err
	}
	lock, err := m.lockText(top.files)
	if err != nil {
		return m, err
	}
	if m.name == "yarn" {
		if err := m.readYarnrc(top, lock); err != nil {
			return m, err
		}
	}
	if m.format = m.byLock(lock); m.format != "" && len(m.wishes) == 0 {
		m.wishes = []wish{{Spec: m.format, From: "the format of " + m.lock}}
	}
	return m, nil
}

func (m manager) lockText(files fs.FS) (string, error) {
	if m.lock == "" || m.lock == "bun.lockb" {
		return "", nil
	}
	text, _, err := language.ReadText(files, m.lock)
	return text, err
}

// readYarnrc tells Yarn 2 and newer from Yarn 1, and finds a Yarn that stands in the repository. What that is goes before what is said
// of it: "engines" names the Yarn 1 that people have on their machines, which leaves all to the one of yarnPath. So does the lock.
func (m *manager) readYarnrc(top folder, lock string) error {
	text, _, err := language.ReadText(top.files, ".yarnrc.yml")
	if err != nil {
		return err
	}
	var rc struct {
		YarnPath string `yaml:"yarnPath"`
	}
	if err := document.YAML(text, &rc); err != nil {
		return fmt.Errorf("cannot read %s: %w", top.path(".yarnrc.yml"), err)
	}
	if p := strings.TrimPrefix(rc.YarnPath, "./"); p != "" && language.FirstFile(top.files, p) != "" {
		m.own = p
	}
	locked := strings.Contains(lock, "__metadata:")
	m.berry = text != "" || locked
	switch {
	case m.own != "":
		m.berry = !classicProgram.MatchString(m.own)
	case len(m.wishes) == 0:
	case locked && !m.wishes[0].berry(true): // Yarn 1 would take the newest versions instead
		m.overruled, m.wishes = &m.wishes[0], nil
	default:
		m.berry = m.wishes[0].berry(m.berry)
	}
	return nil
}

// classicProgram matches the name of a Yarn 1 that stands in the repository, as Yarn itself puts it there.
var classicProgram = regexp.MustCompile(`(^|/)yarn-[01]\.[^/]*$`)

// packageOf is the package of the registry that a manager is in, and the program in it.
func (m manager) packageOf() (name, program string) {
	switch {
	case m.name == "yarn" && m.berry:
		return "@yarnpkg/cli-dist", "bin/yarn.js"
	case m.name == "yarn":
		return "yarn", "bin/yarn.js"
	case m.name == "pnpm":
		return "pnpm", "bin/pnpm.cjs"
	}
	return "npm", "bin/npm-cli.js"
}

// layerManagers caches the package managers: a folder each.
const layerManagers = "managers"

// addManagers puts the app's package manager on the build's PATH, and npm, which scripts and native modules call.
func (a *app) addManagers(ctx context.Context, node npm.Release) error {
	layer, err := a.Cache(layerManagers)
	if err != nil {
		return err
	}
	for _, m := range a.allManagers() {
		if err := a.addManager(ctx, layer.Path, m, node); err != nil {
			return err
		}
	}
	return nil
}

// allManagers are the package managers of the build.
func (a *app) allManagers() []manager {
	npm := manager{tool: toolNpm}
	all := []manager{npm}
	switch {
	case a.manager.name == "npm":
		all = []manager{a.manager}
	case a.manager.name != "bun":
		all = append(all, a.manager)
	}
	for _, k := range managers {
		if k.tool.name != "npm" && k.tool.name != "bun" && k.tool.name != a.manager.name && (a.scriptsName(k.tool.name) || slices.Contains(a.called, k.tool.name)) {
			all = append(all, manager{tool: k.tool})
		}
	}
	return all
}

// scriptsName tells whether a script of the app or its workspace calls a program.
func (a *app) scriptsName(program string) bool {
	word := regexp.MustCompile(`(^|[\s&|;"'])` + regexp.QuoteMeta(program) + `(\s|$)`)
	for _, f := range a.all() {
		for _, script := range f.manifest.Scripts {
			if word.MatchString(script) {
				return true
			}
		}
	}
	return false
}

// addManager fetches one package manager, unless the cache has it, and writes programs that start it.
func (a *app) addManager(ctx context.Context, dir string, m manager, node npm.Release) error {
	bin := filepath.Join(a.Temp, "managers")
	if m.own != "" {
		file := filepath.Join(a.top.dir, m.own)
		a.Log.Line("%s: %s", m.title, a.top.path(m.own))
		return a.wrap(bin, map[string]string{"yarn": file})
	}
	if m.overruled != nil {
		a.Log.Warn("%s asks for Yarn %s, which cannot read %s, a lock of Yarn 2 or newer: the lock counts", m.overruled.From, language.Clip(m.overruled.Spec), a.top.path(m.lock))
	}
	_, program := m.packageOf()
	r := m.rangeFor(node)
	at, version, err := a.managerAt(ctx, dir, m, r)
	if err != nil {
		return err
	}
	a.Log.Line("%s: %s (%s: %s)", m.title, version, r.wishes[0].From, r.wishes[0].Spec)
	if m.name == a.manager.name {
		a.manager.version, _ = semver.NewVersion(version) // it was chosen by that, or is a package's own
	}
	programs := map[string]string{m.name: filepath.Join(at, program)}
	if m.name == "pnpm" && !language.Exists(programs["pnpm"]) {
		programs["pnpm"] = filepath.Join(at, "bin", "pnpm.mjs")
	}
	switch m.name {
	case "npm":
		programs["npx"] = filepath.Join(at, "bin", "npx-cli.js")
		if gyp := filepath.Join(at, "node_modules", "node-gyp", "bin", "node-gyp.js"); language.Exists(gyp) {
			programs["node-gyp"] = gyp
		}
	case "pnpm":
		programs["pnpx"] = strings.Replace(programs["pnpm"], "pnpm.", "pnpx.", 1)
	}
	return a.wrap(bin, programs)
}

// nativePnpm are the packages that pnpm's program is in since 12, by Debian's architecture.
var nativePnpm = map[string]string{"amd64": "@pnpm/exe.linux-x64", "arm64": "@pnpm/exe.linux-arm64"}

// addNativePnpm puts the program of a pnpm in dir where its wrapper looks for it. The wrapper would download it itself, but not from a
// registry that mirrors the public one without its signatures.
func (a *app) addNativePnpm(ctx context.Context, dir string) error {
	name := nativePnpm[a.Arch]
	m, err := readManifest(os.DirFS(dir))
	if err != nil || m.OptionalDependencies[name] == "" {
		return nil // another manager, or an older pnpm
	}
	available, err := a.npm.Releases(ctx, name)
	if err != nil {
		return err
	}
	v, err := toolPnpm.choose([]wish{{Spec: m.OptionalDependencies[name], From: "pnpm's package.json"}}, available)
	if err != nil {
		return err
	}
	to := filepath.Join(dir, "node_modules", name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("cannot make room for pnpm: %w", err)
	}
	return a.npm.Unpack(ctx, name, v, to, a.Temp, npm.Everything)
}

// wrap writes programs of the build's PATH that run scripts on the build's Node.js. What the scripts use that Node.js will drop is no
// matter of the app's.
func (a *app) wrap(bin string, programs map[string]string) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("cannot make a folder for package managers: %w", err)
	}
	for name, script := range programs {
		text := "#!/bin/sh\nexec node --no-deprecation '" + strings.ReplaceAll(script, "'", `'\''`) + "' \"$@\"\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			return fmt.Errorf("cannot write a program for %s: %w", name, err)
		}
	}
	if a.env["PATH"] == "" || !strings.HasPrefix(a.env["PATH"], bin+":") {
		a.env = language.With(a.env, map[string]string{"PATH": language.Prepend(a.env, "PATH", bin)})
	}
	return nil
}
