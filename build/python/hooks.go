package python

import (
	"context"

	"whittle.dev/whittle/build/language"
)

// tellHooks warns of scripts that Heroku's buildpack runs before and after it installs packages: nothing of what they make is in the
// image.
func (p *python) tellHooks(context.Context) error {
	var all []string
	for _, hook := range []string{"bin/pre_compile", "bin/post_compile"} {
		if language.IsFile(p.Files, hook) {
			all = append(all, hook)
		}
	}
	if len(all) > 0 {
		p.Log.Warn("%s of Heroku's buildpack: not run; what the app needs of it, commit, or make in a buildpack that runs before this one", language.List(all))
	}
	return nil
}
