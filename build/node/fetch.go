package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// fetched is a manager's package that is fetched while something else goes on.
type fetched struct {
	done    chan struct{}
	version string
	err     error
}

// versions are those of a manager that will do: by what is said about it, or else by the version of Node.js, and the lines that are
// preferred among them.
type versions struct {
	wishes []wish
	lines  []string
}

func (m manager) rangeFor(node npm.Release) versions {
	r := versions{wishes: m.wishes, lines: m.lines(node)}
	if len(r.wishes) == 0 {
		r.wishes = []wish{{Spec: r.lines[len(r.lines)-1], From: "Node.js " + node.Version}}
	}
	return r
}

// fetchManagers begins to fetch the packages of the build's managers, which takes as long as a runtime is unpacked: so nobody
// waits for one after the other.
func (a *app) fetchManagers(ctx context.Context, node npm.Release) error {
	if !a.manifests() && len(a.called) == 0 {
		return nil
	}
	layer, err := a.Cache(layerManagers)
	if err != nil {
		return err
	}
	a.fetching = map[string]*fetched{}
	for _, m := range a.allManagers() {
		r := m.rangeFor(node)
		at := m.place(layer.Path, r)
		if m.own != "" || a.fetching[at] != nil {
			continue
		}
		f := &fetched{done: make(chan struct{})}
		a.fetching[at] = f
		go func() {
			defer close(f.done)
			f.version, f.err = a.fetchManager(ctx, at, m, r)
		}()
	}
	return nil
}

// endFetching waits for what is being fetched, of which nobody may want the result any more.
func (a *app) endFetching() {
	for _, f := range a.fetching {
		<-f.done
	}
}

// managerAt returns the folder of a manager's package, and its version.
func (a *app) managerAt(ctx context.Context, dir string, m manager, r versions) (at, version string, err error) {
	at = m.place(dir, r)
	if f := a.fetching[at]; f != nil {
		<-f.done
		return at, f.version, f.err
	}
	version, err = a.fetchManager(ctx, at, m, r)
	return at, version, err
}

// place is the folder of a manager's package among those of all.
func (m manager) place(dir string, r versions) string {
	name, _ := m.packageOf()
	k := language.NewKey()
	k.Add(name, r.wishes[0].Spec, r.lines)
	return filepath.Join(dir, k.String()[:16])
}

// fetchManager gets a manager's package of the registry, unless the cache has it where the same was asked for. The cache has a link to
// one that the build image lends, which leads nowhere in an image without it.
func (a *app) fetchManager(ctx context.Context, at string, m manager, r versions) (version string, err error) {
	if cached, err := readManifest(os.DirFS(at)); err == nil && cached.Version != "" {
		return string(cached.Version), nil
	}
	name, v, err := a.managerRelease(ctx, m, r)
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(at); err != nil {
		return "", fmt.Errorf("cannot replace the cached %s: %w", m.title, err)
	}
	if from := a.lent.find(v); from != "" {
		if err := os.Symlink(from, at); err != nil {
			return "", fmt.Errorf("cannot use the build image's %s: %w", m.title, err)
		}
		return v.Version, nil
	}
	fresh := at + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return "", fmt.Errorf("cannot replace the cached %s: %w", m.title, err)
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return "", fmt.Errorf("cannot make room for %s: %w", m.title, err)
	}
	if err := a.npm.Unpack(ctx, name, v, fresh, a.Temp, npm.WithoutManual); err != nil {
		return "", err
	}
	if err := whole(m, fresh, r.wishes[0]); err != nil {
		return "", err
	}
	if err := a.addNativePnpm(ctx, fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, at); err != nil {
		return "", fmt.Errorf("cannot keep %s: %w", m.title, err)
	}
	return v.Version, nil
}

// managerRelease is the version of a manager that will do, and the package that has it. The last one of Yarn 2 is in the package of
// Yarn 1.
func (a *app) managerRelease(ctx context.Context, m manager, r versions) (name string, v npm.Release, err error) {
	name, _ = m.packageOf()
	available, err := a.npm.Releases(ctx, name)
	if err != nil {
		return name, v, err
	}
	v, err = m.choose(r.wishes, m.ofKind(available), r.lines...)
	if err == nil || !m.berry {
		return name, v, err
	}
	others, oerr := a.npm.Releases(ctx, "yarn")
	if oerr != nil {
		return name, v, err
	}
	if last, lerr := m.choose(r.wishes, m.ofKind(others)); lerr == nil {
		return "yarn", last, nil
	}
	return name, v, err
}

// whole tells of a manager whose package has not all that it runs: Yarn before 0.28 is installed with its dependencies.
func whole(m manager, dir string, asked wish) error {
	has, err := readManifest(os.DirFS(dir))
	if err != nil || len(has.Dependencies) == 0 || language.Exists(filepath.Join(dir, "node_modules")) {
		return err
	}
	return &language.Problem{
		What:     fmt.Sprintf("%s %s, which %s asks for, does not run by itself", m.title, has.Version, asked.From),
		Evidence: []string{fmt.Sprintf("its package lacks what it depends on, %d packages; those of later versions have all", len(has.Dependencies))},
		Next:     "Ask for a newer one there, or set " + m.setting + "=1.",
	}
}
