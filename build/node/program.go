package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// missingProgram says that a start command names a program that node_modules/.bin has not.
type missingProgram struct{ name, owner string }

func (e *missingProgram) Error() string {
	if e.owner != "" {
		return e.name + " is a program of the development package " + e.owner
	}
	return "there is no program " + e.name + " in node_modules/.bin"
}

// known are programs that are no package's: those of the image and of the program start.
var known = map[string]bool{"node": true, "bun": true, "deno": true, "sh": true, "bash": true, "dash": true, "nginx": true, "python3": true, "python": true}

// resolve puts files in the place of the programs of a line that node_modules/.bin has, and tells which runtimes it uses.
func (a *app) resolve(ctx context.Context, line command.Line, used map[string]bool) (command.Line, error) {
	dir := a.Dir
	out := append(command.Line{}, line...)
	for i, s := range out {
		if to, ok := cd(s); ok {
			dir = filepath.Join(dir, to)
		}
		members := s.Call().Members()
		if len(members) == 0 {
			one, err := a.resolveOne(ctx, s, dir, used)
			if err != nil {
				return nil, err
			}
			out[i] = one
			continue
		}
		for n, m := range members {
			one, err := a.resolveOne(ctx, m.Simple, filepath.Join(dir, m.Dir), used)
			if err != nil {
				return nil, err
			}
			members[n].Simple = one
		}
		if all, ok := command.AtOnce(members); ok {
			out[i] = s.Replace(all[0].Words)
		}
	}
	return out, nil
}

// resolveOne is resolve for one command, in a folder.
func (a *app) resolveOne(ctx context.Context, s command.Simple, dir string, used map[string]bool) (command.Simple, error) {
	words := s.Call().Words
	if len(words) == 0 {
		return s, nil
	}
	name, ok := words[0].Literal()
	if !ok {
		return s, nil // the environment says which
	}
	argv, err := a.program(ctx, name, dir)
	if err != nil {
		return s, err
	}
	with := a.pnpOptions(argv)
	for _, w := range with {
		used[path.Base(w)] = true
		break
	}
	var all []command.Word
	for _, w := range with {
		all = append(all, command.Text(w))
	}
	return s.Replace(append(all, words[1:]...)), nil
}

// program is the program and first arguments that stand for a name in a folder.
func (a *app) program(ctx context.Context, name, dir string) ([]string, error) {
	if known[name] || command.Builtin([]string{name}) {
		return []string{name}, nil
	}
	if pkg := a.scoped(name, dir); pkg != "" {
		return a.binFile(pkg, dir)
	}
	if strings.Contains(name, "/") {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, name)
		}
		if filepath.Base(filepath.Dir(file)) == ".bin" {
			return a.binFile(file, dir)
		}
		return interpreter(file, name), nil
	}
	if a.manager.pnp(a.top) && a.manager.berry {
		return a.yarnBin(ctx, name, dir)
	}
	for at := dir; strings.HasPrefix(at+"/", a.Root+"/"); at = filepath.Dir(at) {
		file := filepath.Join(at, "node_modules", ".bin", name)
		if _, err := os.Lstat(file); err == nil {
			return a.binFile(file, dir)
		}
		if file := filepath.Join(at, "bin", name); at == a.Dir && language.Exists(file) {
			return interpreter(file, "bin/"+name), nil
		}
	}
	if owner := a.developmentOwner(name); owner != "" {
		return nil, &missingProgram{name, owner}
	}
	return []string{name}, nil // a program of a slice; the build looks for it in the image
}

// scopedPackage matches the name of a package that npx runs the program of: "@google-cloud/functions-framework".
var scopedPackage = regexp.MustCompile(`^@[\w.-]+/([\w.-]+)$`)

// scoped is the program in node_modules that npx runs for the name of a package with a scope: the one that is called as the package, or
// else its only one. It is empty where there is none.
func (a *app) scoped(name, dir string) string {
	m := scopedPackage.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	for at := dir; strings.HasPrefix(at+"/", a.Root+"/"); at = filepath.Dir(at) {
		folder := filepath.Join(at, "node_modules", name)
		if !language.Exists(folder) {
			continue
		}
		if program := programOf(folder, m[1]); filepath.IsLocal(program) {
			return filepath.Join(folder, program)
		}
		return ""
	}
	return ""
}

// programOf is the file of a package's program of a name, or else of its only one; empty where there is none.
func programOf(folder, name string) string {
	data, err := language.ReadFile(filepath.Join(folder, "package.json"))
	var one struct {
		Bin text `json:"bin"`
	}
	var several struct {
		Bin texts `json:"bin"`
	}
	if err != nil || json.Unmarshal(data, &one) != nil || json.Unmarshal(data, &several) != nil {
		return ""
	}
	if only := slices.Collect(maps.Values(several.Bin)); len(only) == 1 {
		return only[0]
	}
	return cmp.Or(string(one.Bin), several.Bin[name])
}

// developmentOwner is the development package that a program most likely is of.
func (a *app) developmentOwner(name string) string {
	known := map[string][]string{"tsc": {"typescript"}, "nest": {"@nestjs/cli"}, "ng": {"@angular/cli"}, "remix-serve": {"@remix-run/serve"}, "react-router-serve": {"@react-router/serve"}}
	for _, f := range a.folders() {
		for _, owner := range append(known[name], name, name+"-cli", "@"+name+"/cli") {
			if _, ok := f.manifest.DevDependencies[owner]; ok {
				return owner
			}
		}
	}
	return ""
}

// shim finds the file that a shell script of node_modules/.bin runs: pnpm and some others write such scripts.
var shim = regexp.MustCompile(`"\$basedir/([^"$]+)"`)

// binFile follows an entry of node_modules/.bin to the file that it means.
func (a *app) binFile(file, dir string) ([]string, error) {
	target := ""
	if link, err := os.Readlink(file); err == nil {
		target = filepath.Join(filepath.Dir(file), link)
	} else {
		text, err := readHead(file, 8<<10)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
		for _, m := range shim.FindAllStringSubmatch(text, -1) {
			if at := filepath.Join(filepath.Dir(file), m[1]); path.Base(m[1]) != "node" && language.Exists(at) {
				target = at
			}
		}
		if target == "" {
			target = file
		}
	}
	shown := target
	if rel, err := filepath.Rel(dir, target); err == nil {
		shown = rel
	}
	return interpreter(target, shown), nil
}

// interpreter puts the interpreter that a script's first line names in front of it, as the image has no env. shown is the
// file as the command writes it.
func interpreter(file, shown string) []string {
	head, err := readHead(file, 256)
	if err != nil {
		return []string{shown}
	}
	line, isScript := strings.CutPrefix(head, "#!")
	line, _, _ = strings.Cut(line, "\n")
	words := strings.Fields(line)
	for len(words) > 0 && (path.Base(words[0]) == "env" || words[0] == "-S") {
		words = words[1:]
	}
	switch {
	case isScript && len(words) > 0 && (path.Base(words[0]) == "node" || path.Base(words[0]) == "nodejs"):
		return append(append([]string{"node"}, words[1:]...), shown)
	case isScript && len(words) > 0 && path.Base(words[0]) == "bun":
		return append(append([]string{"bun"}, words[1:]...), shown)
	case !isScript && (strings.HasSuffix(file, ".js") || strings.HasSuffix(file, ".mjs") || strings.HasSuffix(file, ".cjs")):
		return []string{"node", shown}
	}
	if !strings.Contains(shown, "/") {
		shown = "./" + shown
	}
	return []string{shown}
}

func readHead(file string, n int64) (string, error) {
	f, err := language.OpenFile(file)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(f, n))
	_ = f.Close() // it was only read
	return string(data), err
}

// yarnBin asks Yarn where a program is that Plug'n'Play keeps in an archive.
func (a *app) yarnBin(ctx context.Context, name, dir string) ([]string, error) {
	out, err := language.Output(ctx, a.Run, language.Command{Args: []string{"yarn", "bin", name}, Dir: dir, Env: a.env})
	if err != nil || out == "" {
		return nil, &missingProgram{name: name}
	}
	return []string{"node", lastLines(out, 1)[0]}, nil
}
