package build

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
)

// layerArchive caches package indexes, packages, and what was read of installed packages between builds.
const layerArchive = "archive"

// archiveCacheSize bounds that cache, in bytes: the platform saves and restores it with each build.
const archiveCacheSize = 1_000_000_000

// metadataKey is where a layer's reuse key stands in its metadata; whittle patch writes it, too.
const metadataKey = "key"

// layer returns a layer as the lifecycle restored it. Its environment is not taken over: packit would write it into a
// launch-only layer that is reused without its files, and the lifecycle would then export nothing but that.
func (b *builder) layer(name string) (packit.Layer, error) {
	if slices.Contains(language.ReservedLayers, name) {
		return packit.Layer{}, fmt.Errorf("cannot make layer %s: the name is reserved", name)
	}
	l, err := b.Layers.Get(name)
	if err != nil {
		return l, fmt.Errorf("cannot read layer %s: %w", name, err)
	}
	l.Build, l.Launch, l.Cache = false, false, false
	l.SharedEnv, l.BuildEnv, l.LaunchEnv, l.ProcessLaunchEnv = nil, nil, nil, nil
	return l, nil
}

// reset empties a layer, and remembers it as half-written until the build succeeds.
func (b *builder) reset(l packit.Layer) (packit.Layer, error) {
	b.fresh = append(b.fresh, l.Path)
	l, err := l.Reset()
	if err != nil {
		return l, fmt.Errorf("cannot empty layer %s: %w", l.Name, err)
	}
	l.SharedEnv, l.BuildEnv, l.LaunchEnv, l.ProcessLaunchEnv = nil, nil, nil, nil
	return l, os.Chmod(l.Path, 0o755)
}

// keep puts a layer into the result, once: a language that prepares its packages for a front end keeps their cache twice.
func (b *builder) keep(l packit.Layer) {
	if i := slices.IndexFunc(b.layers, func(o packit.Layer) bool { return o.Name == l.Name }); i >= 0 {
		b.layers[i] = l
		return
	}
	b.layers = append(b.layers, l)
}

// discard removes what a failed build wrote, so that nothing half-written is left in the layers.
func (b *builder) discard() {
	for _, dir := range b.fresh {
		_ = os.RemoveAll(dir) // the build has failed already, and this is not why
		_ = os.Remove(dir + ".toml")
	}
}

// key makes a reuse key: metadata survives a new buildpack, so its version is part of it, and so are the architecture and
// the contract.
func (b *builder) key(content string) string {
	return strings.Join([]string{b.BuildpackInfo.Version, b.arch, b.contract.Floor.ID, content}, " ")
}

func (b *builder) metadata(key string) map[string]any {
	return map[string]any{
		metadataKey:   key,
		"run-image":   b.contract.Floor.ID,
		"run-floor":   b.floor,
		"whittle":     b.BuildpackInfo.Version,
		"debian-arch": b.arch,
	}
}

// reusable tells whether a layer was restored with this key. A cached layer must have its files, too.
func (b *builder) reusable(l packit.Layer, key string) bool {
	return l.Metadata[metadataKey] == key && language.Exists(l.Path)
}

// same tells whether the image that is replaced has the launch-only layer with this key; its files are not restored.
func (b *builder) same(l packit.Layer, key string) bool { return l.Metadata[metadataKey] == key }

// appLayers are the layers that the lifecycle makes of folders of the app, beside the one of the rest.
func (b *builder) appLayers(folders []string) []packit.Slice {
	var all []packit.Slice
	for _, dir := range folders {
		if rel, err := filepath.Rel(b.WorkingDir, dir); err == nil && filepath.IsLocal(rel) && language.Exists(dir) {
			all = append(all, packit.Slice{Paths: []string{rel}})
		}
	}
	return all
}

// debianArch is Debian's name of a Go architecture; both agree on those that whittle builds for.
func debianArch(arch string) string { return cmp.Or(arch, "amd64") }
