package golang

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// cgoOnly are modules that compile without cgo and then fail at run time.
var cgoOnly = []string{"github.com/mattn/go-sqlite3"}

// decideCgo says whether to build with cgo. The default is a static program, which runs on any run image.
func (g *golang) decideCgo(ctx context.Context, targets []target) error {
	why := ""
	if g.Setting("BP_WHITTLE_CGO") != "" {
		on, err := g.Truth("BP_WHITTLE_CGO", false)
		if err != nil {
			return err
		}
		if !on {
			g.Log.Line("cgo: off (BP_WHITTLE_CGO)")
			return nil
		}
		why = "BP_WHITTLE_CGO"
	} else {
		needs, err := g.needsCgo(ctx, targets)
		if err != nil {
			return err
		}
		if len(needs) == 0 && len(g.mayNeedCgo) > 0 {
			g.Log.Line("cgo: off, unless the app does not compile without (%s)", language.Some(g.mayNeedCgo))
			return nil
		}
		if len(needs) == 0 {
			g.Log.Line("cgo: off, nothing needs it")
			return nil
		}
		why = language.Some(needs)
	}
	return g.useCgo(why)
}

// useCgo has go compile with cgo.
func (g *golang) useCgo(why string) error {
	if err := g.Libc("a Go program with cgo (" + why + ")"); err != nil {
		return err
	}
	g.env = language.With(g.env, map[string]string{"CGO_ENABLED": "1"})
	g.Log.Line("cgo: on (%s)", why)
	return nil
}

// needsCgo lists the packages that have nothing to compile without cgo. The standard library always does without. A package that loses
// files without cgo and has none in their place may need them or not: those are remembered, and the compiler tells.
func (g *golang) needsCgo(ctx context.Context, targets []target) ([]string, error) {
	with1, err := g.listPackages(ctx, "1", "CgoFiles", targets)
	if err != nil || len(with1) == 0 {
		return nil, err
	}
	without, err := g.listPackages(ctx, "0", "GoFiles", targets)
	if err != nil {
		return nil, err
	}
	var needs []string
	g.mayNeedCgo = nil
	for _, path := range slices.Sorted(maps.Keys(with1)) {
		left := without[path]
		switch {
		case len(left) == 0 || slices.Contains(cgoOnly, path):
			needs = append(needs, path)
		case !slices.ContainsFunc(left, func(file string) bool { return !slices.Contains(with1[path], file) }):
			g.mayNeedCgo = append(g.mayNeedCgo, path)
		}
	}
	return needs, nil
}

// wantsCgo tells of an error of the compiler whether it may be that files are missing which only cgo compiles.
func (g *golang) wantsCgo(err error) bool {
	var p *language.Problem
	return len(g.mayNeedCgo) > 0 && errors.As(err, &p) && slices.ContainsFunc(p.Evidence, func(line string) bool { return strings.Contains(line, "undefined") })
}

// listPackages lists the packages that have files of a kind ("CgoFiles") with cgo or without, the standard library's aside, and their
// files in Go alone.
func (g *golang) listPackages(ctx context.Context, cgo, kind string, targets []target) (map[string][]string, error) {
	format := `{{if and (not .Standard) .` + kind + `}}{{.ImportPath}} {{join .GoFiles " "}}{{end}}`
	args := append([]string{"list", "-e", "-deps", "-f", format}, g.flags...)
	for _, t := range targets {
		args = append(args, t.Arg)
	}
	out, err := g.output(ctx, map[string]string{"CGO_ENABLED": cgo}, args...)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for line := range strings.Lines(out) {
		if words := strings.Fields(line); len(words) > 0 {
			all[words[0]] = words[1:]
		}
	}
	return all, nil
}
