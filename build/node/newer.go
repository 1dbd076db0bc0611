package node

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
)

// warnNewer warns of packages that the app asks for and that are for newer releases of Node.js than its own. Package managers install
// them all the same, and what fails in them later, in the build or in the image, names no version.
func (a *app) warnNewer() {
	i := slices.IndexFunc(a.engines, func(e engine) bool { return e.name == "node" })
	if i < 0 || a.prefersBun() {
		return
	}
	node := a.engines[i].release.Semver
	names := slices.Concat(slices.Collect(maps.Keys(a.own.manifest.Dependencies)), slices.Collect(maps.Keys(a.own.manifest.DevDependencies)))
	slices.Sort(names)
	var all []string
	for _, name := range slices.Compact(names) {
		m := a.manifestOf(name)
		if spec := m.Engines["node"]; newer(spec, node) {
			all = append(all, fmt.Sprintf("%s %s (%s)", language.Clip(name), language.Clip(string(m.Version)), language.Clip(spec)))
		}
	}
	const most = 3
	if more := len(all) - most; more > 0 {
		all = append(all[:most], fmt.Sprintf("%d more", more))
	}
	if len(all) > 0 {
		a.Log.Warn("packages of the app ask for a newer Node.js than %s, and may fail: %s", node, strings.Join(all, ", "))
	}
}

// manifestOf is the manifest of an installed package that the app finds by its name; an empty one where there is none that can be read.
func (a *app) manifestOf(name string) manifest {
	for at := a.Dir; filepath.IsLocal(name) && strings.HasPrefix(at+"/", a.Root+"/"); at = filepath.Dir(at) {
		if m, err := readManifest(os.DirFS(filepath.Join(at, "node_modules", name))); err == nil && m.File != "" {
			return m
		}
	}
	return manifest{}
}

// newer tells whether a range of versions leaves out one that is older than some of it. Ranges that end below it are those of packages
// whose authors did not know it yet, and most of them run.
func newer(spec string, than *semver.Version) bool {
	c, err := toolNode.constraint(wish{Spec: spec})
	if err != nil || c == nil || c.Check(than) {
		return false
	}
	for major := than.Major(); major < than.Major()+30; major++ {
		if first, last := semver.New(major, 0, 0, "", ""), semver.New(major, 99, 99, "", ""); c.Check(last) || first.GreaterThan(than) && c.Check(first) {
			return true
		}
	}
	return false
}
