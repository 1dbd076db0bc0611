package build

import (
	"context"
	"os"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/fetch"
)

// site is what a language is given to work with.
func (b *builder) site(tools unpacked) language.Site {
	return language.Site{
		App: b.app, Root: b.WorkingDir, Dir: b.dir, Files: b.project.Files, Debug: b.project.Settings.Debug, Arch: b.arch, Floor: b.contract.Floor, Definitions: b.definitions,
		Builder: b.builders.Of(b.release()), Others: b.builders.Others(b.release()),
		Env: tools.env(b.env, debian.Triplet(b.arch)), Tools: tools.Key, BuildImage: b.Root, Temp: b.temp, Run: b.log.Runner(b.Run), Log: b.log,
		Bindings: b.bindingsOf, Client: fetch.NewClient(b.transport), Processes: b.named(),
		Libc: func(program string) error { return checkLibc(b.contract, os.DirFS(b.Root), program) },
		More: func(ctx context.Context, more []language.BuildPackage) (language.Site, error) {
			return b.addMore(ctx, tools, more)
		},
		Expect: b.expect, Layer: b.layerOf, Reset: b.resetOf, Reusable: b.reusableOf, Keep: b.keepOf,
	}
}

func (b *builder) layerOf(name string) (language.Layer, error) {
	l, err := b.layer(name)
	return language.Layer{Name: l.Name, Path: l.Path}, err
}

func (b *builder) resetOf(l language.Layer) (language.Layer, error) {
	raw, err := b.layer(l.Name)
	if err == nil {
		raw, err = b.reset(raw)
	}
	return language.Layer{Name: raw.Name, Path: raw.Path}, err
}

func (b *builder) reusableOf(l language.Layer, key string) bool {
	raw, err := b.layer(l.Name)
	return err == nil && b.reusable(raw, b.key(key))
}

// keepOf puts a language's layer into the result.
func (b *builder) keepOf(l language.Layer, key string) {
	raw := packit.Layer{Name: l.Name, Path: l.Path, Launch: l.Launch, Cache: l.Cache, Metadata: b.metadata(b.key(key))}
	raw.LaunchEnv = environment(l.Env)
	b.ofLanguage[l.Name] = true
	b.keep(raw)
}

// environment holds variables that processes get where nobody set them.
func environment(vars map[string]string) packit.Environment {
	if len(vars) == 0 {
		return nil
	}
	env := packit.Environment{}
	for name, value := range vars {
		env.Default(name, value)
	}
	return env
}
