package node

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/node/npm"
)

// versionIn matches the versions that a range names.
var versionIn = regexp.MustCompile(`\d+(?:\.\d+){0,2}`)

// berry tells whether a wish is for Yarn 2 or newer. One that allows both, such as "*" and ">=1.22", leaves it to what files
// say; so does one that can't be read, which is told when a version is chosen.
func (w wish) berry(files bool) bool {
	c, err := toolYarn.constraint(w)
	if err != nil || c == nil {
		return files
	}
	classic, berry := false, false
	for _, text := range append(versionIn.FindAllString(w.Spec, -1), "0.28.4", "1.22.22", "2.4.3", "3.8.7", "4.99.0") {
		if v, err := semver.NewVersion(text); err == nil && c.Check(v) {
			classic, berry = classic || v.Major() < 2, berry || v.Major() >= 2
		}
	}
	if classic == berry {
		return files
	}
	return berry
}

var (
	lockVersion = regexp.MustCompile(`(?m)^lockfileVersion:\s*'?([0-9.]+)`)
	metaVersion = regexp.MustCompile(`(?m)^__metadata:\s*\n\s+version:\s*"?(\d+)`)
)

// byLock is the range of the manager's versions that a lock file's format is of; empty where that tells nothing.
func (m manager) byLock(lock string) string {
	switch {
	case m.lock == "":
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

// npmFor is the npm that belongs to a Node.js: the newest line that runs on it and reads what its own does.
func npmFor(node *semver.Version) string {
	switch major := node.Major(); {
	case major >= 24:
		return "11"
	case major >= 18:
		return "10"
	case major >= 16:
		return "8"
	case major >= 6:
		return "6"
	case major == 4 && node.Minor() < 7: // npm 5 knows that it does not run there
		return "3"
	case major >= 4:
		return "5"
	}
	return "2"
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

// lines are the lines of the manager's versions that go before others that a range allows, such as ">=8": the one of the lock's
// format, and the one that belongs to a line of Node.js.
func (m manager) lines(node npm.Release) []string {
	var all []string
	if m.format != "" {
		all = append(all, m.format)
	}
	switch major := node.Semver.Major(); {
	case m.name == "npm":
		all = append(all, npmFor(node.Semver))
	case m.name == "pnpm":
		all = append(all, pnpmFor(major))
	case m.name == "yarn":
		all = append(all, m.yarnFor(major))
	}
	return all
}

// yarnFor is the newest Yarn of its kind that runs on a line of Node.js.
func (m manager) yarnFor(node uint64) string {
	switch {
	case !m.berry:
		return "1"
	case node >= 18:
		return "4"
	}
	return "2 || 3"
}

// ofKind leaves out versions of the other kind of Yarn.
func (m manager) ofKind(available []npm.Release) []npm.Release {
	return slices.DeleteFunc(slices.Clone(available), func(r npm.Release) bool {
		return m.name == "yarn" && (r.Semver.Major() >= 2) != m.berry
	})
}
