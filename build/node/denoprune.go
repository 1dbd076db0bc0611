package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// denoPackages is where Deno puts packages, each in a folder of its own with links to those that it needs.
const denoPackages = "node_modules/.deno"

// denoGraph is what `deno info --json` tells of a module: the modules that it reaches, and the files that they are.
type denoGraph struct {
	Modules []struct {
		Local, Error string
	}
}

// pruneDeno removes the packages that no module of the processes reaches: Deno installs all that deno.json names, those of the build, too.
// Only a folder that Deno leaves alone when the app starts is pruned ("manual"), and only where it tells all that the app imports.
func (a *app) pruneDeno(ctx context.Context, d denoFile, processes []language.Process, modules string) error {
	if d.NodeModulesDir != "manual" || !a.has(denoPackages) {
		return nil
	}
	reached := map[string]bool{}
	for _, p := range processes {
		line, err := command.Of(p.Line, p.Command)
		entry := denoEntry(line)
		if err != nil || entry == "" {
			return nil
		}
		var graph denoGraph
		out, err := language.Output(ctx, a.Run, language.Command{Args: []string{"deno", "info", "--json", entry}, Dir: a.Dir, Env: a.denoEnv(modules)})
		if err != nil || json.Unmarshal([]byte(out), &graph) != nil || len(graph.Modules) == 0 {
			return nil
		}
		for _, m := range graph.Modules {
			if m.Error != "" {
				return nil
			}
			a.reach(m.Local, reached)
		}
	}
	return a.removeUnreached(reached)
}

// denoPackage is the name of the folder below denoPackages that a path leads through; empty for none.
func denoPackage(path string) string {
	_, rest, _ := strings.Cut(filepath.ToSlash(path), denoPackages+"/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// reach notes the package of a file, and those that it needs.
func (a *app) reach(file string, reached map[string]bool) {
	name := denoPackage(file)
	if name == "" || reached[name] {
		return
	}
	reached[name] = true
	needs := a.at(denoPackages + "/" + name + "/node_modules")
	for _, pattern := range []string{"*", "@*/*"} {
		found, _ := filepath.Glob(filepath.Join(needs, pattern)) // the pattern is none that is wrong
		for _, link := range found {
			if to, err := os.Readlink(link); err == nil {
				a.reach(filepath.Join(filepath.Dir(link), to), reached)
			}
		}
	}
}

// removeUnreached removes packages, and links that led to them.
func (a *app) removeUnreached(reached map[string]bool) error {
	all, err := os.ReadDir(a.at(denoPackages))
	if err != nil {
		return fmt.Errorf("cannot look at the packages: %w", err)
	}
	var removed []string
	for _, e := range all {
		if name := e.Name(); e.IsDir() && name != "node_modules" && !reached[name] {
			if err := os.RemoveAll(a.at(denoPackages + "/" + name)); err != nil {
				return fmt.Errorf("cannot remove a package of the build: %w", err)
			}
			removed = append(removed, name)
		}
	}
	if len(removed) == 0 {
		return nil
	}
	slices.Sort(removed)
	a.Log.Line("packages that nothing reaches from what starts are removed: %s", language.Some(removed))
	return filepath.WalkDir(a.at("node_modules"), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		if _, err := os.Stat(name); err == nil {
			return nil
		}
		return os.Remove(name)
	})
}
