package golang

import (
	"cmp"
	"context"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// buildFlags are what the user says of go build: BP_GO_BUILD_TAGS, GOOGLE_GOGCFLAGS, and BP_GO_BUILD_FLAGS with quotes as in a shell.
func (g *golang) buildFlags() ([]string, error) {
	var flags []string
	if tags := g.tags(); len(tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(tags, ","))
	}
	if compiler := g.Setting("GOOGLE_GOGCFLAGS"); compiler != "" {
		flags = append(flags, "-gcflags="+compiler)
	}
	text := g.Setting("BP_GO_BUILD_FLAGS")
	if words, ok := command.Words(text); ok {
		return append(flags, words...), nil
	}
	return nil, &language.Problem{
		What: "cannot read BP_GO_BUILD_FLAGS", Evidence: []string{"BP_GO_BUILD_FLAGS=" + text},
		Next: `Write flags of go build with blanks between them, and quotes around those with blanks: -tags=a,b -gcflags="all=-l -B".`,
	}
}

// tags are those of BP_GO_BUILD_TAGS.
func (g *golang) tags() []string {
	return strings.FieldsFunc(g.Setting("BP_GO_BUILD_TAGS"), isSeparator)
}

// allTags are those and what the user's flags have.
func (g *golang) allTags() []string {
	all := g.tags()
	for _, said := range []string{g.Env["GOFLAGS"], g.Setting("BP_GO_BUILD_FLAGS")} {
		words, _ := command.Words(said) // what cannot be read is told elsewhere
		for i, w := range words {
			name, list, joined := strings.Cut(strings.TrimLeft(w, "-"), "=")
			if name != "tags" || !strings.HasPrefix(w, "-") {
				continue
			}
			if !joined && i+1 < len(words) {
				list = words[i+1]
			}
			all = append(all, strings.FieldsFunc(list, isSeparator)...)
		}
	}
	return all
}

// key identifies what the programs are made of: every file of the project, as any may be embedded, the settings and
// variables that go reads, the tools of the build image.
func (g *golang) key(ctx context.Context, targets []target) (string, error) {
	local, err := g.localVersion(ctx)
	if err != nil {
		return "", err
	}
	k := language.NewKey()
	k.Add("go 1", local, g.Arch, g.Tools, g.Debug)
	for _, t := range targets {
		k.Add(t.Arg, t.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(g.Env)) {
		if countsForBuild(name) {
			k.Add(name, g.Env[name])
		}
	}
	if err := k.App(g.Root); err != nil {
		return "", err
	}
	return k.String(), nil
}

// countsForBuild tells whether a variable may change what go makes.
func countsForBuild(name string) bool {
	setting := strings.TrimPrefix(name, "BP_")
	for _, prefix := range []string{"GO", "CGO_", "WHITTLE_CGO", "LOCK", "PKG_CONFIG"} {
		if strings.HasPrefix(setting, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"CC", "CXX", "AR", "SOURCE_VERSION"}, name)
}

// linkerFlags are those of whittle and of the user: BP_GO_BUILD_LDFLAGS, or Google's name for it, and the one variable that Heroku's
// buildpack sets, to the commit where nothing says to what.
func (g *golang) linkerFlags() string {
	all := []string{"-s -w -buildid="}
	if g.Debug {
		all[0] = "-buildid="
	}
	if said := cmp.Or(g.Setting("BP_GO_BUILD_LDFLAGS"), g.Setting("GOOGLE_GOLDFLAGS")); said != "" {
		all = append(all, said)
	}
	if symbol := g.Setting("GO_LINKER_SYMBOL"); symbol != "" {
		set := symbol + "=" + cmp.Or(g.Setting("GO_LINKER_VALUE"), g.Setting("SOURCE_VERSION"))
		if strings.ContainsAny(set, " \t") {
			set = "'" + set + "'" // as go reads its flags
		}
		all = append(all, "-X "+set)
	}
	return strings.Join(all, " ")
}

// build compiles every target.
func (g *golang) build(ctx context.Context, bin string, targets []target) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder of the programs: %w", err)
	}
	flags := append([]string{"build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", g.linkerFlags()}, g.flags...)
	for _, t := range targets {
		file := filepath.Join(bin, t.Name)
		if err := g.run(ctx, append(slices.Clone(flags), "-o", file, t.Arg)...); err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("go made no program of %s: is it a main package? %w", t.Arg, err)
		}
		by := ""
		if made, err := buildinfo.ReadFile(file); err == nil {
			by = ", compiled by " + made.GoVersion
		}
		g.Log.Item(t.Name, info.Size(), "from "+t.Arg+by)
	}
	return nil
}
