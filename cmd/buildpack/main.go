// Command buildpack is whittle's Cloud Native Buildpack: bin/run, with bin/detect and bin/build as links to it. This is
// its composition root: the only place of the buildpack that reads the environment and makes what is real, and that knows
// the languages by name.
package main

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build"
	"whittle.dev/whittle/build/golang"
	"whittle.dev/whittle/build/java"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/native"
	"whittle.dev/whittle/build/node"
	"whittle.dev/whittle/build/php"
	"whittle.dev/whittle/build/plain"
	"whittle.dev/whittle/build/python"
	"whittle.dev/whittle/build/ruby"
	"whittle.dev/whittle/build/rust"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/releases"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

// languages are those that whittle builds; where several claim an app, the order is that of the error's list.
var languages = []language.Language{
	golang.Language,
	python.Language,
	node.Language,
	php.Language,
	java.Language,
	rust.Language,
	native.Language,
	ruby.Language,
	plain.Language,
}

// open opens the project's folder for the detect phase, which ends with the process.
func open(dir string) (fs.FS, error) { return project.OpenFolder(dir) }

func main() {
	old := syscall.Umask(0o022)
	syscall.Umask(old | 0o022) // nobody else writes to layers, whatever the platform's umask
	env := map[string]string{}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	packit.Run(detect.Detect(language.Rows(languages), detect.Surroundings{Env: env, Open: open, Order: os.DirFS("/cnb")}), build.Build(build.Deps{
		Env: env, Log: os.Stdout, Now: time.Now, Run: language.Exec, Root: "/", Releases: releases.FS, Temp: os.TempDir(),
		Installed: func(root, arch, cache string) (packages.Source, error) {
			return packages.OpenInstalledCached(root, arch, cache)
		},
		Archive: func(ctx context.Context, o packages.ArchiveOptions) (build.Archive, error) {
			return packages.OpenArchive(ctx, o)
		},
		Select:    slicer.Select,
		Languages: languages,
	}))
	if err := build.NameWorkingDirectories(env["CNB_LAYERS_DIR"]); env["CNB_LAYERS_DIR"] != "" && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
