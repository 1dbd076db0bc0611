package plain

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// layerNginx holds the prepared configurations.
const layerNginx = "nginx"

// nginxArgs are the arguments of nginx that matter for its configuration.
type nginxArgs struct {
	file string   // -c
	main string   // -g
	rest []string // all others, without -e and -q
	odd  bool     // a word depends on variables: nothing can be said
}

// readNginxArgs reads the arguments of nginx.
func readNginxArgs(words []command.Word) nginxArgs {
	var a nginxArgs
	for i := 0; i < len(words); i++ {
		text, ok := words[i].Literal()
		if !ok {
			return nginxArgs{odd: true}
		}
		option, value := text, ""
		if len(text) > 2 && strings.HasPrefix(text, "-") {
			option, value = text[:2], text[2:]
		}
		if strings.Contains("-c -g -p -e", option) && len(option) == 2 && value == "" && i+1 < len(words) {
			i++
			if value, ok = words[i].Literal(); !ok {
				return nginxArgs{odd: true}
			}
		}
		switch option {
		case "-c":
			a.file = value
		case "-g":
			a.main += value
		case "-e", "-q":
		default:
			a.rest = append(a.rest, option+value)
		}
	}
	return a
}

// nginx prepares the configuration of a line that ends with nginx. One that is not the app's is left alone.
func (a *app) nginx(line command.Line) (command.Line, error) {
	last := line[len(line)-1]
	call := last.Call()
	args := readNginxArgs(call.Words[1:])
	name, ours := a.configName(args.file)
	if args.odd || !ours {
		return line, nil
	}
	text, err := a.nginxText(name, args.main)
	if err != nil {
		return nil, err
	}
	a.slices = append(a.slices, nginx.Slices(cmp.Or(name, "pages"))...)
	layer, err := a.Layer(layerNginx)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return nil, err
	}
	file := filepath.Join(layer.Path, "nginx.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("cannot write nginx's configuration: %w", err)
	}
	layer.Launch = true
	a.Keep(layer, "nginx")
	made, err := command.Parse(nginx.Prepare(file) + " && " + nginx.Alone)
	if err != nil {
		return nil, fmt.Errorf("cannot write nginx's start command: %w", err)
	}
	if !slices.ContainsFunc(args.rest, func(w string) bool { return strings.HasPrefix(w, "-p") }) {
		args.rest = append(args.rest, "-p"+a.Dir+"/")
	}
	for _, w := range args.rest {
		made[len(made)-1].Words = append(made[len(made)-1].Words, command.Text(w))
	}
	made[len(made)-1].Redirects = last.Redirects
	before := slices.Clone(line[:len(line)-1])
	if len(call.Assign) > 0 {
		before = append(before, command.Simple{Join: last.Join, Assign: call.Assign})
	}
	if len(before) > 0 {
		made[0].Join = last.Join
	}
	return append(before, made...), nil
}

// configName is the configuration in the app's folder that nginx is given, or finds there by its usual names: an empty name
// where pages are served without one. ours is false for a file that is not the app's.
func (a *app) configName(option string) (name string, ours bool) {
	if option == "" {
		name, err := nginx.Find(a.Files)
		return name, err == nil
	}
	if path.IsAbs(option) {
		rest, ok := strings.CutPrefix(path.Clean(option), a.Dir+"/")
		return rest, ok
	}
	return path.Clean(option), fs.ValidPath(path.Clean(option))
}

// nginxText prepares a configuration, or makes one for the app's pages where it has none.
func (a *app) nginxText(name, main string) (string, error) {
	if name == "" {
		return a.pages()
	}
	p, err := nginx.Adapt(nginx.Source{Files: a.Files, Dir: a.Dir, Name: name, Main: main})
	if errors.Is(err, fs.ErrNotExist) {
		return "", &language.Problem{What: err.Error(), Next: "Add that file to the app's folder, or correct its name.", Err: err}
	}
	if err != nil {
		return "", &language.Problem{What: err.Error(), Next: "Correct it; nginx -t -c " + name + " says more, where nginx is installed.", Err: err}
	}
	a.Log.Line("%s: prepared for a read-only root and another user than root", name)
	for _, change := range p.Changed {
		a.Log.Line("  %s", change)
	}
	if len(p.Unset) > 0 {
		a.Log.Line("  filled in when it starts, so set it then: %s", language.List(p.Unset))
	}
	for _, slice := range p.Slices {
		a.slices = append(a.slices, slicer.Named{Name: slice, By: name, Kind: record.Asked})
	}
	a.notes = append(a.notes, language.PortNotes("nginx", "listen", p.Ports)...)
	return p.Text, nil
}

// pages makes the configuration of an app that has none: its pages are served.
func (a *app) pages() (string, error) {
	for _, folder := range []string{"public", "html", "www", "dist", "build", "site", "."} {
		if info, err := fs.Stat(a.Files, path.Join(folder, "index.html")); err != nil || !info.Mode().IsRegular() {
			continue
		}
		site := nginx.Site{Root: filepath.Join(a.Dir, folder)}
		var err error
		if site.Version, err = nginx.VersionOf(site.Root); err != nil {
			return "", err
		}
		if _, err := fs.Stat(a.Files, path.Join(folder, "404.html")); err == nil {
			site.Errors = map[int]string{404: "/404.html"}
		}
		a.Log.Line("nginx has no configuration in the app's folder: it serves the pages in %s", folder)
		return site.String(), nil
	}
	return "", &language.Problem{
		What:     "nginx has neither a configuration nor pages to serve",
		Evidence: []string{"looked for nginx.conf, conf/nginx.conf and config/nginx.conf, and for index.html in public, html, www, dist, build, site and the app's folder"},
		Next:     "Write nginx.conf into the app's folder, or name the file with -c; docs/no-language.md has one to begin with.",
	}
}
