package java

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// compression is how jlink compresses the modules, unless BP_JVM_COMPRESSION says otherwise; docs/decisions.md has the
// sizes.
const compression = "6"

// launchOptions are what a virtual machine in a container needs: a heap by the container's memory and not a quarter of it,
// and an end where the memory is.
const launchOptions = "-XX:MaxRAMPercentage=75.0 -XX:+ExitOnOutOfMemoryError"

// image is the runtime to make.
type image struct {
	Modules []string
	Locales []string
	Level   string // of compression
	Draws   string // what draws; empty for nothing
	Options string // that are part of it
	CDS     bool   // it has an archive of the JDK's own classes, loaded
	Trust   string // where its certificates are; empty for its own copy
}

// runtime puts the runtime that an app needs into its layer.
func (a *app) runtime(ctx context.Context, b built) (image, error) {
	im, err := a.image(b)
	if err != nil {
		return im, err
	}
	k := language.NewKey()
	k.Add("runtime 1", a.jdk.Version, a.Arch, a.Debug, im.Modules, im.Locales, im.Level, im.Draws != "", im.Options, im.CDS, im.Trust)
	layer, err := a.Layer(layerRuntime)
	if err != nil {
		return im, err
	}
	a.Log.Line("runtime: %s of JDK %s", text.Count(len(im.Modules), "module"), a.jdk.Version)
	if !a.Reusable(layer, k.String()) {
		a.tellModules(im, b.Evidence)
		if layer, err = a.makeRuntime(ctx, layer, im); err != nil {
			return im, err
		}
	}
	layer.Launch, layer.Cache = true, true
	layer.Env = b.launchEnv(layer.Path)
	a.Keep(layer, k.String())
	return im, nil
}

// image decides what the runtime has.
func (a *app) image(b built) (image, error) {
	im := image{Locales: b.Evidence.Locales, Draws: b.Evidence.Draws}
	var err error
	if im.Modules, err = a.wanted(b.Evidence); err != nil {
		return im, err
	}
	if slices.Contains(language.SplitList(strings.TrimLeft(a.Setting("BP_JVM_MODULES"), " =")), "java.desktop") {
		im.Draws = "BP_JVM_MODULES"
	}
	if !slices.Contains(im.Modules, "java.desktop") {
		im.Draws = ""
	}
	if v := a.Setting("BP_JVM_LOCALES"); v != "" {
		im.Locales = language.SplitList(v)
		im.Modules = slices.Compact(slices.Sorted(slices.Values(append(im.Modules, "jdk.localedata"))))
	}
	im.Level = cmp.Or(a.Setting("BP_JVM_COMPRESSION"), compression)
	if im.CDS, err = a.Truth("BP_JVM_CDS_ENABLED", false); err != nil {
		return im, err
	}
	im.Options = strings.TrimSpace(options(b.Natives) + " " + opens(b.Evidence.Level))
	im.Trust = a.trusted()
	return im, nil
}

// tellModules says which modules the runtime has and why, less those that jdeps alone names.
func (a *app) tellModules(im image, e evidence) {
	var named []string
	for _, m := range im.Modules {
		switch why := e.Modules[m]; why {
		case "jdeps", "":
			named = append(named, m)
		default:
			a.Log.Line("  %s: %s", m, why)
		}
	}
	a.Log.Line("  by reference: %s", language.List(named))
	if im.Draws != "" {
		a.Log.Line("  images and fonts: %s draws", im.Draws)
	}
	if len(im.Locales) > 0 {
		a.Log.Line("  languages: %s", strings.ReplaceAll(language.List(im.Locales), allLocales, "all"))
	}
}

// makeRuntime links the runtime, and removes what no app reads.
func (a *app) makeRuntime(ctx context.Context, layer language.Layer, im image) (language.Layer, error) {
	layer, err := a.Reset(layer)
	if err != nil {
		return layer, err
	}
	made := filepath.Join(a.Temp, "runtime")
	err = a.Run(ctx, language.Command{Args: append([]string{a.jdk.tool("jlink")}, a.linkArgs(im, made)...), What: "jlink", Dir: a.Temp, Env: a.env})
	if err != nil {
		return layer, fmt.Errorf("cannot make the runtime: %w", err)
	}
	if err := a.trim(made, im); err != nil {
		return layer, err
	}
	if err := a.stripLibraries(ctx, made); err != nil {
		return layer, err
	}
	if err := a.trust(made, im); err != nil {
		return layer, err
	}
	if err := os.CopyFS(layer.Path, os.DirFS(made)); err != nil {
		return layer, fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
	}
	if im.Trust != "" {
		if err := os.Symlink(im.Trust, filepath.Join(layer.Path, cacerts)); err != nil {
			return layer, fmt.Errorf("cannot write layer %s: %w", layer.Name, err)
		}
	}
	if err := language.Settle(layer.Path); err != nil || !im.CDS {
		return layer, err
	}
	return layer, a.archiveClasses(ctx, layer.Path)
}

// linkArgs are jlink's arguments for a runtime.
func (a *app) linkArgs(im image, to string) []string {
	args := []string{
		"--add-modules", strings.Join(im.Modules, ","), "--no-header-files", "--no-man-pages", "--compress=zip-" + im.Level, "--output", to,
	}
	if a.jdk.Major < 21 { // before, the levels had other names
		args[4] = "--compress=" + map[bool]string{true: "0", false: "2"}[im.Level == "0"]
	}
	if !a.Debug {
		args = append(args, "--strip-debug")
	}
	if len(im.Locales) > 0 && !slices.Contains(im.Locales, allLocales) {
		args = append(args, "--include-locales=en,"+strings.Join(im.Locales, ","))
	}
	if im.Options != "" {
		args = append(args, "--add-options= "+im.Options) // the blank: jlink takes no value that begins with --
	}
	return args
}

// unread are files of a runtime that nothing reads in an image: they are for tools that look at a runtime from outside, and
// for desktops.
var unread = []string{
	"lib/jrt-fs.jar", "lib/jexec", "lib/libawt_xawt.so", "lib/libjawt.so", "lib/libsplashscreen.so", "lib/libjsound.so", "lib/psfont.properties.ja", "lib/psfontj2d.properties",
}

// undrawnLibraries are the libraries that draw.
var undrawnLibraries = []string{
	"lib/libawt.so", "lib/libawt_headless.so", "lib/libfontmanager.so", "lib/libjavajpeg.so", "lib/liblcms.so", "lib/libmlib_image.so", "lib/libfreetype.so",
}

// trim removes from a runtime what no program of the image reads.
func (a *app) trim(made string, im image) error {
	names := slices.Clone(unread)
	if im.Draws == "" {
		names = append(names, undrawnLibraries...)
	}
	if !im.CDS {
		names = append(names, "lib/classlist")
	}
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(made, name)); err != nil {
			return fmt.Errorf("cannot trim the runtime: %w", err)
		}
	}
	return nil
}

// stripLibraries removes the symbol tables of the runtime's libraries, that of libjvm.so above all: jlink leaves them.
func (a *app) stripLibraries(ctx context.Context, made string) error {
	return filepath.WalkDir(made, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || filepath.Ext(name) != ".so" && filepath.Base(filepath.Dir(name)) != "bin" {
			return err
		}
		if err := os.Chmod(name, 0o755); err != nil {
			return fmt.Errorf("cannot strip %s: %w", name, err)
		}
		return a.Strip(ctx, name)
	})
}

// slices are the Debian slices that a runtime needs which draws: a font and how to find it, and the libraries whose packages
// are not called as they are.
func (im image) slices() []slicer.Named {
	if im.Draws == "" {
		return nil
	}
	var all []slicer.Named
	for _, name := range []string{"fontconfig-config_config", "libharfbuzz0b_libs", "libjpeg62-turbo_libs"} {
		all = append(all, slicer.Named{Name: name, By: im.Draws, Kind: record.Runtime})
	}
	return all
}
