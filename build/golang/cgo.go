package golang

import (
	"context"
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
		if len(needs) == 0 {
			g.Log.Line("cgo: off, nothing needs it")
			return nil
		}
		why = language.Some(needs)
	}
	if err := g.Libc("a Go program with cgo (" + why + ")"); err != nil {
		return err
	}
	g.env = language.With(g.env, map[string]string{"CGO_ENABLED": "1"})
	g.Log.Line("cgo: on (%s)", why)
	return nil
}

// needsCgo lists the packages that have nothing to compile without cgo. The standard library always does without.
func (g *golang) needsCgo(ctx context.Context, targets []target) ([]string, error) {
	const format = `{{if and (not .Standard) .CgoFiles}}{{.ImportPath}}{{end}}`
	with1, err := g.listPackages(ctx, "1", format, targets)
	if err != nil || len(with1) == 0 {
		return nil, err
	}
	without, err := g.listPackages(ctx, "0", `{{if and (not .Standard) .GoFiles}}{{.ImportPath}}{{end}}`, targets)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(with1, func(p string) bool {
		return slices.Contains(without, p) && !slices.Contains(cgoOnly, p)
	}), nil
}

func (g *golang) listPackages(ctx context.Context, cgo, format string, targets []target) ([]string, error) {
	args := append([]string{"list", "-e", "-deps", "-f", format}, g.flags...)
	for _, t := range targets {
		args = append(args, t.Arg)
	}
	out, err := g.output(ctx, map[string]string{"CGO_ENABLED": cgo}, args...)
	if err != nil {
		return nil, err
	}
	return strings.Fields(out), nil
}
