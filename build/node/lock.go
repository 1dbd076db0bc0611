package node

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// comparable tells whether lockDifferences can read this manager's lock. What it cannot read, the manager decides about.
func (m manager) comparable() bool { return m.name == "npm" || m.name == "yarn" }

// lockDifferences lists the dependencies of the manifest that the lock does not satisfy, sorted, a line each.
func (a *app) lockDifferences() ([]string, error) {
	text, err := a.manager.lockText(a.top.files)
	if err != nil || text == "" {
		return nil, err
	}
	var lock npmLock
	if a.manager.name == "npm" {
		if err := document.JSON([]byte(text), &lock); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", a.top.path(a.manager.lock), err)
		}
	}
	var all []string
	for _, dependencies := range []texts{a.top.manifest.Dependencies, a.top.manifest.DevDependencies, a.top.manifest.OptionalDependencies} {
		for name, spec := range dependencies {
			difference := ""
			switch a.manager.name {
			case "npm":
				difference = npmDifference(lock, name, spec)
			case "yarn":
				difference = yarnDifference(text, name, spec)
			}
			if difference != "" {
				all = append(all, difference)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// npmLock is npm's lock file: dependencies in version 1, packages by folder in 2 and 3.
type npmLock struct {
	Packages map[string]struct {
		Version              string `json:"version"`
		Dependencies         texts  `json:"dependencies"`
		DevDependencies      texts  `json:"devDependencies"`
		OptionalDependencies texts  `json:"optionalDependencies"`
	} `json:"packages"`
	Dependencies map[string]struct {
		Version string `json:"version"`
	} `json:"dependencies"`
}

// npmDifference says how a lock of npm's does not satisfy what package.json wants of a package; empty where it does.
func npmDifference(lock npmLock, name, spec string) string {
	has, ok := lock.Packages["node_modules/"+name]
	version := has.Version
	if !ok {
		old, in := lock.Dependencies[name]
		version, ok = old.Version, in
	}
	if !ok {
		return fmt.Sprintf("%s: package.json wants %s, the lock lacks it", name, language.Clip(spec))
	}
	constraint, err := semver.NewConstraint(spec)
	locked, verr := semver.NewVersion(version)
	if err != nil || verr != nil { // a tag, an address, a folder: the lock repeats what it was made for
		root := lock.Packages[""]
		for _, d := range []texts{root.Dependencies, root.DevDependencies, root.OptionalDependencies} {
			if was, in := d[name]; in && was != spec {
				return fmt.Sprintf("%s: package.json wants %s, the lock was made for %s", name, language.Clip(spec), language.Clip(was))
			}
		}
		return ""
	}
	if !constraint.Check(locked) && locked.Prerelease() == "" {
		return fmt.Sprintf("%s: package.json wants %s, the lock has %s", name, language.Clip(spec), version)
	}
	return ""
}

// yarnDifference looks for the entry "name@range" or, in locks of Yarn 2 and newer, "name@npm:range".
func yarnDifference(text, name, spec string) string {
	for _, entry := range []string{name + "@" + spec, name + "@npm:" + spec} {
		for _, end := range []string{`"`, ",", ":"} {
			if strings.Contains(text, entry+end) {
				return ""
			}
		}
	}
	if strings.Contains(spec, ":") && strings.Contains(text, name+"@") {
		return "" // workspace:, patch:, portal: are written in other ways
	}
	return fmt.Sprintf("%s: package.json wants %s, the lock lacks it", name, language.Clip(spec))
}

// noSuchHost matches what npm writes of a server whose name nobody knows.
var noSuchHost = regexp.MustCompile(`getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)`)

// lostServer explains the failure of an installation where the lock has its packages from a server that is not the registry, and
// that nobody finds; another error stays as it is.
func (a *app) lostServer(err error) error {
	m := noSuchHost.FindStringSubmatch(outputOf(err))
	if m == nil || a.manager.name != "npm" || strings.Contains(a.npm.Config["registry"], "//"+m[1]) {
		return err
	}
	lock, lerr := a.manager.lockText(a.top.files)
	if lerr != nil || !strings.Contains(lock, "//"+m[1]+"/") {
		return err
	}
	return &language.Problem{
		What:     a.top.path(a.manager.lock) + " has packages from " + m[1] + ", which nobody finds",
		Evidence: lastLines(outputOf(err), 3),
		Next:     "Set npm_config_replace_registry_host=always, and npm asks the registry of the build for them, or write the lock anew without that server.",
		Err:      err,
	}
}

// outOfSync is the problem of a lock that does not satisfy its manifest.
func (a *app) outOfSync(differences []string, out string, err error) error {
	mend := map[string]string{"npm": "npm install", "pnpm": "pnpm install", "yarn": "yarn install", "bun": "bun install"}[a.manager.name]
	if len(differences) == 0 {
		differences = lastLines(out, 12)
	}
	return &language.Problem{
		What:     a.top.path(a.manager.lock) + " does not fit " + a.top.path(a.top.manifest.File),
		Evidence: differences,
		Next:     "Run `" + mend + "` and commit " + a.manager.lock + ", or set BP_LOCK=update to have this build decide the versions anew.",
		Err:      err,
	}
}
