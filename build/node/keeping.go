package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"whittle.dev/whittle/build/language"
)

// keeping copies the packages of an installation into the layer for the next build while the scripts of this one run, which takes no
// time of its own then. The scripts may change packages, and what is kept are the packages as they were installed: files are listed
// before the scripts begin, and what changed before it was copied is an error. Few scripts change any, and those that do, change
// folders whose names begin with a dot, as .prisma is: they are the first to be copied.
type keeping struct {
	layer language.Layer
	key   string
	stop  context.CancelFunc
	ended chan error
}

// startKeeping lists the packages of every folder, and begins to copy them.
func (a *app) startKeeping(ctx context.Context, layer language.Layer, key string) (*keeping, error) {
	lists := map[string]listing{} // by where they are copied to
	for _, rel := range a.installedFolders() {
		from := filepath.Join(a.top.dir, rel, "node_modules")
		l, err := list(from)
		if err != nil {
			return nil, fmt.Errorf("cannot read node_modules: %w", err)
		}
		lists[filepath.Join(layer.Path, rel, "node_modules")] = l
	}
	k := &keeping{layer: layer, key: key, ended: make(chan error, 1)}
	ctx, k.stop = context.WithCancel(ctx)
	go func() {
		for to, l := range lists {
			if err := l.copy(ctx, to); err != nil {
				k.ended <- err
				return
			}
		}
		k.ended <- nil
	}()
	return k, nil
}

// endKeeping waits for the copy after the scripts, and keeps it for the next build. Where packages changed too early, nothing is kept,
// and the next build installs them again.
func (a *app) endKeeping(k *keeping, built error) error {
	if k == nil {
		return built
	}
	if built != nil {
		k.stop()
	}
	err := <-k.ended
	k.stop()
	if built != nil {
		return built // a build that fails keeps nothing
	}
	if errors.Is(err, errTouched) {
		a.Log.Line("packages: not kept for the next build, as the build's scripts change them")
		_, err = a.Reset(k.layer)
		return err
	}
	if err != nil {
		return fmt.Errorf("cannot keep node_modules for the next build: %w", err)
	}
	a.Keep(k.layer, k.key)
	return nil
}
