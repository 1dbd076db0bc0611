package node

import (
	"slices"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	record "whittle.dev/whittle/slicer/manifest"
)

// Puppeteer starts a browser that it downloads when it is installed, and not from the registry. Debian's Chromium takes its
// place, which gets security fixes besides; Puppeteer finds it by a variable of its own. It is told there, too, that somebody
// brings another browser, or needs none.
const (
	chromium        = "chromium"
	chromiumProgram = "usr/lib/chromium/chromium"
	chromiumFor     = "PUPPETEER_EXECUTABLE_PATH"
)

// startsBrowser tells whether the app runs Puppeteer with a browser of the image.
func (a *app) startsBrowser() bool {
	elsewhere := slices.ContainsFunc([]string{chromiumFor, "PUPPETEER_SKIP_DOWNLOAD", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD"}, func(name string) bool { return a.Env[name] != "" })
	return !elsewhere && a.runs("puppeteer")
}

// runs tells whether a package is among those that the app needs when it runs.
func (a *app) runs(name string) bool {
	_, dependency := a.own.manifest.Dependencies[name]
	_, optional := a.own.manifest.OptionalDependencies[name]
	return dependency || optional
}

// browser is the slice of the browser that the app starts, and none where it starts none. It notes what nobody can bring.
func (a *app) browser() []slicer.Named {
	if a.runs("playwright") || a.runs("playwright-core") {
		a.note("playwright starts a browser of its own, which is not in the image: in project.toml, under [dev.whittle.run]: slices = [\"" + chromium + "\"], and launch it by executablePath: \"/" + chromiumProgram + "\"")
	}
	if !a.startsBrowser() {
		return nil
	}
	return []slicer.Named{{Name: chromium, By: "puppeteer in " + a.own.manifest.File, Kind: record.Asked}}
}

// browserEnv says where the browser is.
func (a *app) browserEnv() map[string]string {
	if !a.startsBrowser() {
		return nil
	}
	return map[string]string{chromiumFor: contract.LayerPath("slices", chromiumProgram)}
}
