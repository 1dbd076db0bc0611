package node

import "context"

// The scripts that Heroku runs around a build, and that apps which were made for it have. An empty postbuild says that nothing is
// built, although there is a script build.
const (
	scriptPrebuild  = "heroku-prebuild"  // before packages are installed
	scriptPostbuild = "heroku-postbuild" // instead of build
	scriptGCP       = "gcp-build"        // of App Engine and Cloud Functions; it counts where there is no build, since some have it empty to upload what they built
	scriptCleanup   = "heroku-cleanup"   // when the development packages are left out
)

// prebuild runs what an app does before its packages are installed, such as writing an .npmrc. Yarn 2 and newer run no script before
// they have installed.
func (a *app) prebuild(ctx context.Context) error {
	if a.own.manifest.Scripts[scriptPrebuild] == "" {
		return nil
	}
	by := *a
	if a.manager.berry {
		by.manager = manager{tool: toolNpm}
	}
	return by.script(ctx, a.own, scriptPrebuild, a.buildEnv())
}

// cleanup runs what an app does when all that it needs is there.
func (a *app) cleanup(ctx context.Context) error {
	if a.own.manifest.Scripts[scriptCleanup] == "" {
		return nil
	}
	return a.script(ctx, a.own, scriptCleanup, a.buildEnv())
}
