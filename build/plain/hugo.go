package plain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
	people "whittle.dev/whittle/internal/text"
)

// hugoConfigs are the names of Hugo's configuration, in the order that it looks for them; those that other programs have, too, count by
// their content.
var hugoConfigs = []string{
	"hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default/hugo.toml", "config/_default/hugo.yaml",
	"config.toml", "config.yaml", "config.yml", "config.json", "config/_default/config.toml", "config/_default/config.yaml",
}

// hugoSets matches what Hugo's configuration says and that of others, such as Zola's, does not.
var hugoSets = regexp.MustCompile(`(?mi)^\s*["']?(?:baseurl|languagecode|enablerobotstxt)["']?\s*[:=]`)

// hugoSite is the configuration of a site of Hugo's in the app's folder; empty where it has none.
func hugoSite(files fs.FS) string {
	if info, err := fs.Stat(files, "content"); err != nil || !info.IsDir() {
		return ""
	}
	for _, name := range hugoConfigs {
		text, ok, err := language.ReadText(files, name)
		if base := filepath.Base(name); ok && err == nil && (strings.HasPrefix(base, "hugo.") || hugoSets.MatchString(text)) {
			return name
		}
	}
	return ""
}

// hugo has Debian's Hugo make the pages, in a layer of theirs, and leaves nothing else.
func (a *app) hugo(ctx context.Context, config string) (language.Artifacts, error) {
	site, err := pages.Read(a.Site)
	if err != nil {
		return language.Artifacts{}, err
	}
	tools, err := a.More(ctx, []language.BuildPackage{{Name: "hugo", By: config}})
	if err != nil {
		return language.Artifacts{}, err
	}
	a.Log.Step("Pages")
	layer, err := a.Layer(pages.Layer)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	root := filepath.Join(layer.Path, "pages")
	a.Log.Line("making the pages by Hugo (%s)", config)
	out := a.Log.Output()
	env := language.With(tools.Env, map[string]string{"HOME": a.Temp, "HUGO_CACHEDIR": filepath.Join(a.Temp, "hugo")})
	err = a.Run(ctx, language.Command{Args: []string{"hugo", "--destination", root}, What: "hugo", Dir: a.Dir, Env: env, Stdout: out, Stderr: out})
	if err != nil {
		return language.Artifacts{}, cannotMake(config, err)
	}
	size, err := language.TreeSize(root)
	if err != nil {
		return language.Artifacts{}, err
	}
	a.Log.Line("pages: %s", people.Bytes(size))
	site.Why = config + ": Hugo"
	for _, step := range []func() error{
		func() error { return site.Settle(a.Site, root, false) }, func() error { return language.Empty(a.Dir) }, func() error { return language.Settle(layer.Path) },
	} {
		if err := step(); err != nil {
			return language.Artifacts{}, err
		}
	}
	made, err := site.Serve(a.Site, layer)
	a.Log.Done()
	return made, err
}

// cannotMake is the problem of a Hugo that failed.
func cannotMake(config string, err error) error {
	var program *language.ProgramError
	if !errors.As(err, &program) {
		return err
	}
	const what = "Hugo cannot make the pages"
	const before = "make the pages before with the Hugo that the theme is for, and build the folder public"
	return language.Explain(program.Output, err, []language.Complaint{
		{Texts: []string{`binary with name "go" not found`}, What: what, Next: "Hugo fetches modules by Go, which this build does not have: run `hugo mod vendor` and commit _vendor."},
		{Texts: []string{"either add it as a Hugo Module or store it in", "failed to load modules"}, What: what, Next: fmt.Sprintf("The folder of the theme that %s names is not there: run `git submodule update --init` before the build, or commit the theme.", config)},
		{Texts: []string{"not compatible with this Hugo version", "requires Hugo", "minimum version"}, What: what, Next: "Ask for a theme for Debian's Hugo, or " + before + "."},
		{Texts: []string{`binary with name "npx" not found`, `binary with name "postcss"`, `binary with name "sass"`}, What: what, Next: "The theme runs a program of Node.js: " + before + "."},
	}, language.Complaint{What: what, Texts: []string{"ERROR", "Error:"}, Next: "Correct what its last lines name, or " + before + ", where it is for a newer Hugo than Debian's."})
}
