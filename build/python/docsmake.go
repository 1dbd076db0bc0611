package python

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
	people "whittle.dev/whittle/internal/text"
)

// makeDocs has the generator make the pages, in a layer of theirs, and leaves nothing else: neither Python nor packages nor sources are
// in the image.
func (p *python) makeDocs(ctx context.Context) (language.Artifacts, error) {
	d := p.begin.Docs
	site, err := pages.Read(p.Site)
	if err != nil {
		return language.Artifacts{}, err
	}
	layer, err := p.Layer(pages.Layer)
	if err == nil {
		layer, err = p.Reset(layer)
	}
	if err != nil {
		return language.Artifacts{}, err
	}
	root := filepath.Join(layer.Path, "pages")
	if err := p.generate(ctx, d, root); err != nil {
		return language.Artifacts{}, err
	}
	site.Why = d.Config + ": " + d.Name
	if err := site.Settle(p.Site, root, false); err != nil {
		return language.Artifacts{}, err
	}
	if err := language.Empty(p.Dir); err != nil {
		return language.Artifacts{}, err
	}
	if err := language.Settle(layer.Path); err != nil {
		return language.Artifacts{}, err
	}
	p.keepForBuilds()
	made, err := site.Serve(p.Site, layer)
	p.Log.Done()
	return made, err
}

// generate runs the generator.
func (p *python) generate(ctx context.Context, d *docs, root string) error {
	args := []string{filepath.Join(p.layer.Path, "bin", d.Program)}
	for _, arg := range d.Args {
		args = append(args, strings.NewReplacer("OUT", root, "TEMP", filepath.Join(p.Temp, "docs")).Replace(arg))
	}
	if !language.Exists(args[0]) {
		return &language.Problem{
			What: "the app's packages do not bring " + d.Program, Evidence: []string{d.Config + " is " + d.Name + "'s"}, Next: fmt.Sprintf("Add %s to %s.", d.Dists[0], p.listed()),
		}
	}
	p.Log.Line("making the pages by %s (%s)", d.Name, d.Config)
	out := p.Log.Output()
	err := p.Run(ctx, language.Command{Args: args, What: d.Program, Dir: p.Dir, Env: p.environment(ctx), Stdout: out, Stderr: out})
	if err != nil {
		return p.cannotMake(d, err)
	}
	if found, err := filepath.Glob(filepath.Join(root, "*.html")); err != nil || len(found) == 0 {
		return &language.Problem{What: d.Name + " made no page", Evidence: []string{d.Config, "looked for: index.html"}, Next: "Check that it has a first page: " + d.Program + " says how many it makes."}
	}
	size, err := language.TreeSize(root)
	if err != nil {
		return err
	}
	p.Log.Line("pages: %s", people.Bytes(size))
	return nil
}

// keepForBuilds keeps what made the pages out of the image.
func (p *python) keepForBuilds() {
	p.Keep(language.Layer{Name: p.layer.Name, Path: p.layer.Path, Cache: true}, p.packagesKey)
	if p.standalone != "" {
		p.Keep(language.Layer{Name: layerStandalone, Path: p.standalone, Cache: true}, p.standaloneKey)
	}
}
