package php

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// satisfies is a script that tells which constraints PHP's version satisfies: only Composer reads its constraints as Composer does.
//
//go:embed satisfies.php
var satisfies string

// chooseVersion holds PHP against what the app says: a setting, the files of version managers, composer.json, the lock's packages.
func (a *app) chooseVersion(ctx context.Context) error {
	wishes, err := a.wishes()
	if err != nil {
		return err
	}
	answers, err := a.ask(ctx, wishes)
	if err != nil {
		return err
	}
	a.version = answers.Version
	allows := func(w language.Wish, version string) (bool, error) {
		if version != a.version {
			version = late(version)
		}
		if text, bad := answers.Unreadable[constraint(w.Spec)]; bad {
			return false, &language.Problem{
				What: fmt.Sprintf("%s asks for a version of PHP that nobody understands: %q", w.From, language.Clip(w.Spec)), Evidence: []string{firstLine(text)},
				Next: "Write a version or a constraint as Composer has them, such as ^" + a.series() + ".",
			}
		}
		return answers.Satisfied[version][constraint(w.Spec)], nil
	}
	if _, err := language.Choose("PHP", wishes, []string{a.version}, a.Elsewhere("php"), allows); err != nil {
		return err
	}
	why := "Debian's"
	if len(wishes) > 0 {
		why = wishes[0].String()
	}
	a.Log.Line("version: %s (%s)", a.version, why)
	if pinned := a.manifest.platformPHP(); pinned != "" && !strings.HasPrefix(pinned, a.series()) {
		a.Log.Line("composer.json chooses packages for PHP %s (config.platform.php); they run on %s", language.Clip(pinned), a.version)
	}
	return nil
}

// wishes are what a setting and files say about the version, the strongest first. A lock that is renewed says nothing.
func (a *app) wishes() ([]language.Wish, error) {
	var all []language.Wish
	add := func(spec, from string) {
		if spec = strings.TrimSpace(spec); spec != "" && spec != "*" {
			all = append(all, language.Wish{Spec: spec, From: from})
		}
	}
	add(language.Said(a.Env, "BP_PHP_VERSION", language.GoogleVersion))
	inFiles, err := language.FileWishes(a.Files, ".php-version", "php")
	if err != nil {
		return nil, err
	}
	all = append(all, inFiles...)
	add(a.manifest.Require["php"], "composer.json")
	if a.renewsLock() {
		return all, nil
	}
	for _, p := range a.lock.Packages {
		add(p.Require["php"], "composer.lock ("+p.Name+" "+p.Version+")")
	}
	return all, nil
}

// answers are what PHP says about itself and about constraints.
type answers struct {
	Version    string
	Satisfied  map[string]map[string]bool // by version and constraint
	Unreadable map[string]string          // by constraint: why
}

// ask has the build's PHP say which version it is, and which constraints it and the ones elsewhere satisfy.
func (a *app) ask(ctx context.Context, wishes []language.Wish) (answers, error) {
	specs := map[string]bool{}
	for _, w := range wishes {
		specs[constraint(w.Spec)] = true
	}
	var got answers
	program, err := a.Script("satisfies.php", satisfies)
	if err != nil {
		return got, err
	}
	var versions []string
	for _, o := range a.Elsewhere("php") {
		versions = append(versions, late(o.Version))
	}
	args := append([]string{"php", "-n", program, strings.Join(versions, ",")}, slices.Sorted(maps.Keys(specs))...)
	if err := language.Ask(ctx, a.Run, language.Command{Args: args, What: "php", Dir: a.Temp, Env: a.Env}, &got); err != nil {
		return got, fmt.Errorf("cannot ask PHP for its version: %w", err)
	}
	return got, nil
}

// late is a late patch of 8.2, as another builder has it: that is what constraints are held against.
func late(series string) string { return series + ".99" }

// constraint is a wish as Composer reads it: a version of two numbers, as version managers and users write them, means its
// releases.
func constraint(spec string) string {
	if strings.Trim(spec, "0123456789.") == "" && strings.Count(spec, ".") < 2 {
		return strings.TrimSuffix(spec, ".") + ".*"
	}
	return spec
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
