package node

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// defaultLine is the line of Node.js for apps that want none: the one in long-term support that is known best.
const defaultLine = "24"

// names are the code names of lines in long-term support (.nvmrc: lts/iron).
var names = map[string]string{
	"argon": "4", "boron": "6", "carbon": "8", "dubnium": "10", "erbium": "12", "fermium": "14", "gallium": "16",
	"hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24",
}

// wish is what one file or setting says about a version, in npm's notation.
type wish language.Wish

// tool is a program whose version files and settings name.
type tool struct {
	name    string   // "node": the key of mise.toml, .tool-versions, engines, volta and devEngines
	title   string   // "Node.js"
	setting string   // BP_NODE_VERSION
	files   []string // that hold nothing but a version
	aliases []string // other names in .tool-versions and mise.toml
	dev     func(manifest) requirements
}

var (
	runtimeOf = func(m manifest) requirements { return m.DevEngines.Runtime }
	managerOf = func(m manifest) requirements { return m.DevEngines.PackageManager }

	toolNode = tool{"node", "Node.js", "BP_NODE_VERSION", []string{".nvmrc", ".node-version"}, []string{"nodejs"}, runtimeOf}
	toolBun  = tool{"bun", "Bun", "BP_BUN_VERSION", []string{".bun-version"}, nil, runtimeOf}
	toolDeno = tool{"deno", "Deno", "BP_DENO_VERSION", []string{".deno-version", ".dvmrc"}, nil, runtimeOf}
	toolNpm  = tool{"npm", "npm", "BP_NPM_VERSION", nil, nil, managerOf}
	toolYarn = tool{"yarn", "Yarn", "BP_YARN_VERSION", nil, nil, managerOf}
	toolPnpm = tool{"pnpm", "pnpm", "BP_PNPM_VERSION", nil, nil, managerOf}
)

// wishes collects what is said about a tool's version, the strongest first: the setting, version files, the files of tool
// managers, package.json (packageManager, devEngines, engines, volta). Folders stand with the app's own first.
func (t tool) wishes(folders []folder, env map[string]string) ([]wish, error) {
	said, name := language.Said(env, t.setting)
	if t.name == "node" {
		said, name = language.Said(env, t.setting, language.GoogleVersion)
	}
	all := []wish{{Spec: said, From: name}}
	for _, f := range folders {
		managed, err := t.managed(f)
		if err != nil {
			return nil, err
		}
		all = append(all, managed...)
	}
	for _, f := range folders {
		m := f.manifest
		if name, version, ok := strings.Cut(string(m.PackageManager), "@"); ok && name == t.name {
			version, _, _ = strings.Cut(version, "+")
			all = append(all, wish{Spec: version, From: "packageManager in " + f.path(m.File)})
		}
		all = append(all,
			wish{Spec: t.dev(m).version(t.name), From: "devEngines in " + f.path(m.File)},
			wish{Spec: m.Engines[t.name], From: "engines in " + f.path(m.File)},
			wish{Spec: m.Volta[t.name], From: "volta in " + f.path(m.File)})
	}
	return slices.DeleteFunc(all, func(w wish) bool { return strings.TrimSpace(w.Spec) == "" }), nil
}

// managed reads the files of a folder that say nothing but versions: the tool's own, and those of tool managers.
func (t tool) managed(f folder) ([]wish, error) {
	var found []language.Wish
	for _, name := range t.files {
		own, err := language.VersionFile(f.files, name)
		if err != nil {
			return nil, err
		}
		found = append(found, own...)
	}
	managed, err := language.ToolVersions(f.files, append([]string{t.name}, t.aliases...)...)
	if err != nil {
		return nil, err
	}
	var all []wish
	for _, w := range append(found, managed...) {
		w.From = f.path(w.From)
		all = append(all, wish(w))
	}
	return all, nil
}

var (
	partial = regexp.MustCompile(`^[vV=]*(\d+)(\.\d+)?(\.\d+)?$`)
	rangeOf = regexp.MustCompile(`\s*\|\|\s*`)
)

// constraint reads a wish in npm's notation and those of nvm and mise. nil means any version.
func (t tool) constraint(w wish) (*semver.Constraints, error) {
	spec := strings.ToLower(strings.TrimSpace(w.Spec))
	spec = strings.TrimPrefix(spec, t.name+"@")
	switch spec {
	case "", "*", "x", "latest", "node", "current", "stable", "next":
		return nil, nil
	}
	if t.name == "node" {
		code, lts := strings.CutPrefix(spec, "lts/")
		switch line, known := names[strings.TrimPrefix(code, "lts-")]; {
		case spec == "lts" || spec == "--lts" || lts && code == "*":
			spec = defaultLine
		case known:
			spec = line
		case lts && strings.HasPrefix(code, "-"): // lts/-1: the line before
			spec = "22"
		}
	}
	spec = strings.ReplaceAll(spec, "=v", "=")
	if partial.MatchString(spec) {
		spec = strings.TrimLeft(spec, "v=")
	}
	c, err := semver.NewConstraint(rangeOf.ReplaceAllString(spec, " || "))
	if err != nil {
		return nil, &language.Problem{
			What:     fmt.Sprintf("%q, which %s asks for, is no version of %s", language.Clip(w.Spec), w.From, t.title),
			Evidence: []string{err.Error()},
			Next:     "Write a version such as " + t.example() + ", or set " + t.setting + ".",
			Err:      err,
		}
	}
	return c, nil
}

func (t tool) example() string {
	if t.name == "node" {
		return defaultLine + ", " + defaultLine + ".x or lts/*"
	}
	return "1.2.3 or ^1.2"
}

// newest says that the wish is for the newest version, whatever line is the default.
func (w wish) newest() bool {
	return slices.Contains([]string{"latest", "node", "current", "next", "stable"}, strings.ToLower(strings.TrimSpace(w.Spec)))
}

// choose picks the version for the strongest wish, from versions that stand with the newest first. A range is no pin:
// where it allows one of the preferred lines, the newest of the first such line is taken, else of Node.js the newest of an even
// (long-term) line, else the newest.
func (t tool) choose(wishes []wish, available []npm.Release, lines ...string) (npm.Release, error) {
	if len(wishes) == 0 {
		wishes = []wish{{Spec: "*", From: "default"}}
	}
	w := wishes[0]
	c, err := t.constraint(w)
	if err != nil {
		return npm.Release{}, err
	}
	fits := slices.DeleteFunc(slices.Clone(available), func(r npm.Release) bool { return c != nil && !c.Check(r.Semver) })
	if len(fits) == 0 {
		return npm.Release{}, &language.Problem{
			What:     fmt.Sprintf("%s %s, which %s asks for, is not to be had", t.title, language.Clip(w.Spec), w.From),
			Evidence: append([]string{"the registry has " + newestOfLines(available)}, nearestOf(w, available)...),
			Next:     "Ask for one of these in " + w.From + ", or set " + t.setting + ".",
		}
	}
	if w.newest() {
		return fits[0], nil
	}
	for _, line := range lines {
		c, err := t.constraint(wish{Spec: line, From: "the preferred line"})
		if err != nil {
			return npm.Release{}, err
		}
		if i := slices.IndexFunc(fits, func(r npm.Release) bool { return c == nil || c.Check(r.Semver) }); i >= 0 {
			return fits[i], nil
		}
	}
	if i := slices.IndexFunc(fits, func(r npm.Release) bool { return t.name == "node" && r.Semver.Major()%2 == 0 }); i >= 0 {
		return fits[i], nil
	}
	return fits[0], nil
}

// nearestOf lists the newest versions of the line that a pin names, or of its major line, where there are any.
func nearestOf(w wish, available []npm.Release) []string {
	pin := strings.Split(versionIn.FindString(w.Spec), ".")
	for n := min(len(pin), 2); n > 0; n-- {
		line := strings.Join(pin[:n], ".")
		var all []string
		for _, r := range available {
			if strings.HasPrefix(r.Version, line+".") {
				all = append(all, r.Version)
			}
		}
		if len(all) > 0 {
			return []string{"of " + line + " it has " + language.Some(all)}
		}
	}
	return nil
}

// newestOfLines lists the newest version of each major line, the newest first.
func newestOfLines(available []npm.Release) string {
	var all []string
	last := uint64(0)
	for i, r := range available {
		if i == 0 || r.Semver.Major() != last {
			all = append(all, r.Version)
			last = r.Semver.Major()
		}
	}
	if len(all) == 0 {
		return "no version"
	}
	return strings.Join(all, ", ")
}

// folder is a folder with a manifest.
type folder struct {
	dir      string // absolute
	rel      string // below the project's, slash-separated; "." for that one itself
	files    fs.FS
	manifest manifest
}

// path is how the user calls a file of the folder.
func (f folder) path(name string) string {
	if f.rel == "." || f.rel == "" {
		return name
	}
	return f.rel + "/" + name
}
