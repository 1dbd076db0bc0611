package build

import (
	"context"
	"fmt"
	"slices"

	"whittle.dev/whittle/build/language"
)

// compile builds the front ends that stand beside the app, and then the app itself.
func (b *builder) compile(ctx context.Context, tools unpacked) (language.Artifacts, error) {
	var err error
	if b.definitions, err = b.readDefinitions(); err != nil {
		return language.Artifacts{}, err
	}
	if b.behind {
		return language.Artifacts{Roots: b.earlierRoots()}, nil
	}
	site := b.site(tools)
	l, ok := b.row(b.app.Language)
	if !ok || l.Compile == nil {
		return language.Artifacts{}, fmt.Errorf("cannot build %s apps yet", b.app.Language)
	}
	if site.Env, err = b.provide(ctx, l, site); err != nil {
		return language.Artifacts{}, err
	}
	front, err := b.frontEnds(ctx, l, site)
	if err != nil {
		return language.Artifacts{}, err
	}
	a, err := l.Compile(ctx, site)
	if err != nil {
		return language.Artifacts{}, err
	}
	a.Roots = append(a.Roots, b.earlierRoots()...)
	a.Components, a.Notes = append(a.Components, front.Components...), append(front.Notes, a.Notes...)
	return a, b.keepApp(a.Members)
}

// checkChoices refuses settings that are none of what they may be, of the app's language and of its front ends', before anything is
// downloaded or compiled.
func (b *builder) checkChoices() error {
	for _, name := range append([]string{b.app.Language}, b.app.FrontEnds...) {
		l, _ := b.row(name)
		for _, c := range l.Choices {
			if err := c.Check(b.Env); err != nil {
				return err
			}
		}
	}
	return nil
}

// provide returns the environment with the programs of other languages that the app's build tool runs.
func (b *builder) provide(ctx context.Context, l language.Language, site language.Site) (map[string]string, error) {
	if l.Calls == nil {
		return site.Env, nil
	}
	called := l.Calls(site.Files, site.Env)
	for _, other := range b.Languages {
		mine := slices.DeleteFunc(slices.Clone(called), func(p string) bool { return !slices.Contains(other.Programs, p) })
		if other.Provide == nil || len(mine) == 0 {
			continue
		}
		env, err := other.Provide(ctx, site, mine)
		if err != nil {
			return nil, err
		}
		site.Env = env
	}
	return site.Env, nil
}

func (b *builder) row(name string) (language.Language, bool) {
	i := slices.IndexFunc(b.Languages, func(l language.Language) bool { return l.Name == name })
	if i < 0 {
		return language.Language{}, false
	}
	return b.Languages[i], true
}
