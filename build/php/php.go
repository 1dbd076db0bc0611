package php

import (
	"context"
	"path/filepath"

	"whittle.dev/whittle/build/httpd"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/slicer"
)

// The layers of a PHP build.
const (
	layerPHP      = "php"            // settings of PHP, php-fpm and nginx for this app
	layerComposer = "composer-cache" // what Composer downloaded, for the next build
)

// app is a PHP app and what was decided about it.
type app struct {
	language.Site
	manifest  manifest
	lock      lock
	vendored  bool // it came with its packages and no lock that would say which they are: they are taken as they are
	framework framework
	platform  platform // what files for other platforms say
	version   string   // 8.4.28
	web       *site    // what is served; nil for an app that is not asked over HTTP
	processes []language.Process
	started   bool          // processes are the user's
	serves    bool          // and one of them is the server of web
	omit      []slicer.Omit // what of the server's the image can do without
	notes     []string
}

// prepare installs the packages without running the app's scripts: what they need may be made by the front end.
func prepare(ctx context.Context, s language.Site) error {
	s.Log.Step("PHP packages")
	a, err := look(ctx, s)
	if err != nil {
		return err
	}
	if err := a.install(ctx, "--no-scripts"); err != nil {
		return err
	}
	s.Log.Done()
	return nil
}

// compile builds an app. What files can tell, the version, the extensions and how it starts, is decided before Composer
// gets anything.
func compile(ctx context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("PHP")
	a, err := look(ctx, s)
	if err != nil {
		return language.Artifacts{}, err
	}
	a.tellExtensions()
	if err := a.chooseStart(); err != nil {
		return language.Artifacts{}, err
	}
	a.tellPlatform()
	a.tellSessions()
	written := a.mayWrite()
	if err := language.Do(ctx, a.expect, a.installAll, a.generate, a.checkSite, a.trim, a.redirect, a.configure); err != nil {
		return language.Artifacts{}, err
	}
	components, err := a.components()
	if err != nil {
		return language.Artifacts{}, err
	}
	s.Log.Done()
	made := language.Artifacts{
		Slices: a.runtime(), Omit: a.omit, Looked: looked, Components: components, ComponentsIn: "app", Notes: a.notes,
		Seldom: []string{filepath.Join(a.Dir, "vendor")}, MayWrite: written,
	}
	if a.started {
		made.Started = a.processes
	} else {
		made.Processes = a.processes
	}
	return made, nil
}

// look reads what the app says, and holds it against what there is.
func look(ctx context.Context, s language.Site) (*app, error) {
	if err := s.Libc("PHP"); err != nil {
		return nil, err
	}
	a := &app{Site: s}
	var err error
	if a.manifest, err = readManifest(s.Files); err != nil {
		return nil, err
	}
	if a.lock, err = readLock(s.Files); err != nil {
		return nil, err
	}
	a.vendored = a.manifest.found && !a.lock.found && language.IsFile(s.Files, "vendor/autoload.php")
	a.framework, a.platform = a.findFramework(), readPlatform(s.Files)
	if err := a.chooseVersion(ctx); err != nil {
		return nil, err
	}
	return a, a.checkExtensions()
}

// expect lets the build get PHP and the server while Composer installs. What an app leaves out of Apache is not known by then.
func (a *app) expect(ctx context.Context) error {
	all := a.runtime()
	if a.web != nil && a.web.server == httpdServer {
		all = a.slices()
	}
	return a.Expect(ctx, language.Artifacts{Slices: all})
}

// runtime is what of Debian's packages the image gets.
func (a *app) runtime() []slicer.Named {
	all := a.slices()
	if a.web == nil || !a.web.fpm() {
		return all
	}
	by := "pages of " + a.web.root
	all = append(all, slicer.Named{Name: "php" + a.series() + "-fpm_bins", By: by, Kind: all[0].Kind})
	if a.web.server == httpdServer {
		return append(all, httpd.Slices(by)...)
	}
	all = append(all, nginx.Slices(by)...)
	return append(all, slicer.Named{Name: "nginx-common_params", By: by, Kind: all[0].Kind})
}
