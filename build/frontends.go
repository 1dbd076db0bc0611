package build

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
)

// frontEnds builds the front ends of an app in another language, before the app, which may embed what they make.
func (b *builder) frontEnds(ctx context.Context, app language.Language, site language.Site) (language.Artifacts, error) {
	var front language.Artifacts
	prepare := app.Prepare
	for _, other := range b.Languages {
		sites, err := b.frontEndSites(app, other, site)
		if err != nil {
			return front, err
		}
		for _, at := range sites {
			if prepare != nil {
				if err := prepare(ctx, site); err != nil {
					return front, err
				}
				prepare = nil
			}
			made, err := other.Assets(ctx, at)
			if err != nil {
				return front, err
			}
			front.Components, front.Notes = append(front.Components, made.Components...), append(front.Notes, made.Notes...)
		}
	}
	return front, nil
}

// frontEndSites is where a language builds front ends of the app: in the app's own folder, or in those below it that FrontEnds finds. An
// app whose own build tool builds front ends has none but beside it.
func (b *builder) frontEndSites(app, other language.Language, site language.Site) ([]language.Site, error) {
	if other.Assets == nil || other.Name == app.Name {
		return nil, nil
	}
	var found []language.FrontEnd
	if other.FrontEnds != nil && app.Calls == nil {
		var named []language.Named
		if app.Named != nil {
			named = app.Named(site.Files)
		}
		var err error
		if found, err = other.FrontEnds(site.Files, site.Env, named); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 && slices.Contains(b.app.FrontEnds, other.Name) {
		return []language.Site{site}, nil
	}
	var all []language.Site
	for _, f := range found {
		files, err := fs.Sub(site.Files, f.Folder)
		if err != nil {
			return nil, fmt.Errorf("cannot open the front end: %w", err)
		}
		at := site
		at.FrontEnd, at.Dir, at.Files, at.Processes = f, filepath.Join(site.Dir, filepath.FromSlash(f.Folder)), files, nil
		at.Env = language.With(site.Env, f.Env)
		all = append(all, at)
	}
	return all, nil
}
