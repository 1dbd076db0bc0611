// Command buildpack is whittle's Cloud Native Buildpack: bin/run, with bin/detect and bin/build as links to it. This is
// its composition root: the only place of the buildpack that reads the environment and makes what is real.
package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

func main() {
	env := map[string]string{}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	packit.Run(detect.Detect(env, os.DirFS), build.Build(build.Deps{
		Env: env, Log: os.Stdout, Now: time.Now, Run: build.Exec, Root: "/", Releases: releases.FS, Temp: os.TempDir(),
		Installed: func(root, arch string) (packages.Source, error) { return packages.OpenInstalled(root, arch) },
		Archive: func(ctx context.Context, o build.ArchiveOptions) (build.Archive, error) {
			return packages.OpenArchive(ctx, packages.ArchiveOptions{Root: o.Root, Arch: o.Arch, Cache: o.Cache, Client: o.Client, Progress: o.Progress})
		},
		Select:    slicer.Select,
		Compilers: map[detect.Language]build.Compiler{detect.Go: build.CompileGo, detect.Python: build.CompilePython},
	}))
}
