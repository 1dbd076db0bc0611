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
	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/build/language"
)

// manager is the package manager of an app.
type manager struct {
	tool
	lock   string // the lock file's name; empty where there is none
	berry  bool   // Yarn 2 and newer
	own    string // the program in the repository that yarnPath names, below the top folder
	wishes []wish

	version *semver.Version // once it is known
}

// managers are the package managers by lock file, in the order in which they win over each other.
var managers = []struct {
	tool  tool
	locks []string
}{
	{toolPnpm, []string{"pnpm-lock.yaml"}},
	{toolBun, []string{"bun.lock", "bun.lockb"}},
	{toolYarn, []string{"yarn.lock"}},
	{toolNpm, []string{"package-lock.json", "npm-shrinkwrap.json"}},
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
		lock := firstFile(top.files, k.locks...)
		if lock != "" && (!decided || m.name == k.tool.name) {
			m.tool, m.lock, decided = k.tool, lock, true
		}
	}
	for _, k := range managers {
		if !decided && (top.manifest.Engines[k.tool.name] != "" || k.tool.name == "pnpm" && firstFile(top.files, "pnpm-workspace.yaml") != "") && k.tool.name != "npm" {
			m.tool, decided = k.tool, true
		}
	}
	return m.versioned(folders, env)
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
	if len(m.wishes) == 0 {
		if spec := m.byLock(lock); spec != "" {
			m.wishes = []wish{{Spec: spec, From: "the format of " + m.lock}}
		}
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

// readYarnrc tells Yarn 2 and newer from Yarn 1, and finds a Yarn that stands in the repository.
func (m *manager) readYarnrc(top folder, lock string) error {
	text, _, err := language.ReadText(top.files, ".yarnrc.yml")
	if err != nil {
		return err
	}
	var rc struct {
		YarnPath string `yaml:"yarnPath"`
	}
	if err := yaml.Unmarshal([]byte(text), &rc); err != nil {
		return fmt.Errorf("cannot read %s: %w", top.path(".yarnrc.yml"), err)
	}
	if p := strings.TrimPrefix(rc.YarnPath, "./"); p != "" && firstFile(top.files, p) != "" {
		m.own = p
	}
	m.berry = text != "" || strings.Contains(lock, "__metadata:")
	if len(m.wishes) > 0 {
		spec := strings.TrimLeft(m.wishes[0].Spec, "^~>=v ")
		m.berry = !strings.HasPrefix(spec, "1.") && spec != "1" && !strings.HasPrefix(spec, "0.")
	}
	return nil
}

var (
	lockVersion = regexp.MustCompile(`(?m)^lockfileVersion:\s*'?([0-9.]+)`)
	metaVersion = regexp.MustCompile(`(?m)^__metadata:\s*\n\s+version:\s*"?(\d+)`)
)

// byLock is the range of the manager's versions that a lock file's format is of.
func (m manager) byLock(lock string) string {
	switch {
	case m.name == "pnpm":
		v := lockVersion.FindStringSubmatch(lock)
		switch {
		case v == nil:
			return "10"
		case strings.HasPrefix(v[1], "5."):
			return "7" // 6 reads it too, and does not run on Node.js 20
		case strings.HasPrefix(v[1], "6."):
			return "8"
		}
		return "10"
	case m.name == "yarn" && !m.berry:
		return "1"
	case m.name == "yarn":
		v := metaVersion.FindStringSubmatch(lock)
		switch {
		case v == nil:
			return "4"
		case v[1] == "4" || v[1] == "5":
			return "2 || 3"
		case v[1] == "6":
			return "3"
		}
		return "4"
	}
	return ""
}

// npmFor is the npm that belongs to a line of Node.js: the newest that runs on it and reads what its own does.
func npmFor(node uint64) string {
	switch {
	case node >= 24:
		return "11"
	case node >= 18:
		return "10"
	case node >= 16:
		return "8"
	}
	return "6"
}

// pnpmFor is the newest pnpm that runs on a line of Node.js.
func pnpmFor(node uint64) string {
	switch {
	case node >= 18:
		return "10"
	case node >= 16:
		return "8"
	case node >= 14:
		return "7"
	}
	return "5"
}

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
func (a *app) addManagers(ctx context.Context, node release) error {
	layer, err := a.Cache(layerManagers)
	if err != nil {
		return err
	}
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
	for _, m := range all {
		if err := a.addManager(ctx, layer.Path, m, node); err != nil {
			return err
		}
	}
	return nil
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
func (a *app) addManager(ctx context.Context, dir string, m manager, node release) error {
	bin := filepath.Join(a.Temp, "managers")
	if m.own != "" {
		file := filepath.Join(a.top.dir, m.own)
		a.Log.Line("%s: %s", m.title, a.top.path(m.own))
		return a.wrap(bin, map[string]string{"yarn": file})
	}
	name, program := m.packageOf()
	spec := m.wishes
	if len(spec) == 0 {
		line := map[string]string{"npm": npmFor(node.semver.Major()), "pnpm": pnpmFor(node.semver.Major()), "yarn": "1"}[m.name]
		spec = []wish{{Spec: line, From: "Node.js " + node.Version}}
	}
	at, version, err := a.managerAt(ctx, dir, name, m, spec)
	if err != nil {
		return err
	}
	a.Log.Line("%s: %s (%s: %s)", m.title, version, spec[0].From, spec[0].Spec)
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

// managerAt returns the folder of a manager's package: of the cache where the same was asked for, else of the registry.
func (a *app) managerAt(ctx context.Context, dir, name string, m manager, spec []wish) (at, version string, err error) {
	k := language.NewKey()
	k.Add(name, spec[0].Spec)
	at = filepath.Join(dir, k.String()[:16])
	if cached, err := readManifest(os.DirFS(at)); err == nil && cached.Version != "" {
		return at, string(cached.Version), nil
	}
	available, err := a.npm.releases(ctx, name)
	if err != nil {
		return "", "", err
	}
	v, err := m.choose(spec, available, "")
	if err != nil {
		return "", "", err
	}
	if err := os.RemoveAll(at); err != nil {
		return "", "", fmt.Errorf("cannot replace the cached %s: %w", m.title, err)
	}
	fresh := at + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return "", "", fmt.Errorf("cannot replace the cached %s: %w", m.title, err)
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return "", "", fmt.Errorf("cannot make room for %s: %w", m.title, err)
	}
	if err := a.npm.unpack(ctx, name, v, fresh, a.Temp, withoutManual); err != nil {
		return "", "", err
	}
	if err := a.addNativePnpm(ctx, fresh); err != nil {
		return "", "", err
	}
	if err := os.Rename(fresh, at); err != nil {
		return "", "", fmt.Errorf("cannot keep %s: %w", m.title, err)
	}
	return at, v.Version, nil
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
	available, err := a.npm.releases(ctx, name)
	if err != nil {
		return err
	}
	v, err := toolPnpm.choose([]wish{{Spec: m.OptionalDependencies[name], From: "pnpm's package.json"}}, available, "")
	if err != nil {
		return err
	}
	to := filepath.Join(dir, "node_modules", name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("cannot make room for pnpm: %w", err)
	}
	return a.npm.unpack(ctx, name, v, to, a.Temp, everything)
}

// wrap writes programs of the build's PATH that run scripts on the build's Node.js.
func (a *app) wrap(bin string, programs map[string]string) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("cannot make a folder for package managers: %w", err)
	}
	for name, script := range programs {
		text := "#!/bin/sh\nexec node '" + strings.ReplaceAll(script, "'", `'\''`) + "' \"$@\"\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			return fmt.Errorf("cannot write a program for %s: %w", name, err)
		}
	}
	if a.env["PATH"] == "" || !strings.HasPrefix(a.env["PATH"], bin+":") {
		a.env = language.With(a.env, map[string]string{"PATH": language.Prepend(a.env, "PATH", bin)})
	}
	return nil
}
