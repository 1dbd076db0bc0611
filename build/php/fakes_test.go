package php

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
)

// toolbox plays PHP 8.4.28 and Composer: it answers which constraints are satisfied by a list, and installs what the lock says.
type toolbox struct {
	ran   []string            // the commands, and the variables that tests look at
	env   map[string]string   // of the last command
	fails map[string]string   // by the beginning of a command: what it writes, and fails
	makes map[string][]string // by the beginning of a command: files that it leaves in the app
	locks string              // composer.lock that an update writes, and an installation where there is none
}

// others are constraints that 8.4.28 does not satisfy.
var others = []string{"8.2.*", "^7.4", "~8.2.0", "8.3.11"}

func (b *toolbox) run(_ context.Context, c language.Command) error {
	if len(c.Args) > 2 && c.Args[1] == "-n" && filepath.Base(c.Args[2]) == "satisfies.php" {
		here, elsewhere := map[string]bool{}, map[string]bool{}
		got := answers{Version: "8.4.28", Satisfied: map[string]map[string]bool{"8.4.28": here, c.Args[3]: elsewhere}, Unreadable: map[string]string{}}
		for _, spec := range c.Args[4:] {
			if strings.HasPrefix(spec, "nonsense") {
				got.Unreadable[spec] = "Could not parse version constraint " + spec + "\nmore"
				continue
			}
			here[spec] = !slices.Contains(others, spec)
			elsewhere[spec] = strings.Contains(spec, "8.2.")
		}
		return json.NewEncoder(c.Stdout).Encode(got)
	}
	line := strings.Join(c.Args, " ")
	b.ran, b.env = append(b.ran, line), c.Env
	for prefix, output := range b.fails {
		if strings.HasPrefix(line, prefix) {
			return &language.ProgramError{Args: c.Args, What: c.What, Err: os.ErrInvalid, Output: output}
		}
	}
	for prefix, files := range b.makes {
		for _, name := range files {
			if strings.HasPrefix(line, prefix) {
				if err := write(filepath.Join(c.Dir, name), ""); err != nil {
					return err
				}
			}
		}
	}
	if c.Args[0] != "composer" || c.Args[1] != "install" && c.Args[1] != "update" {
		return nil
	}
	lock := filepath.Join(c.Dir, "composer.lock")
	if b.locks != "" && (c.Args[1] == "update" || !language.Exists(lock)) {
		if err := write(lock, b.locks); err != nil {
			return err
		}
	}
	return installs(c.Dir)
}

// installs leaves a folder for each package of the lock, with tests, and the list that Composer keeps.
func installs(dir string) error {
	l, err := readLock(os.DirFS(dir))
	if err != nil {
		return err
	}
	for i, p := range l.Packages {
		l.Packages[i].Path = "../" + p.Name
		for _, name := range []string{"src/Class.php", "tests/ClassTest.php", "Tests/OtherTest.php", "docs/index.md", "LICENSE"} {
			if err := write(filepath.Join(dir, "vendor", p.Name, name), "<?php\n"); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(map[string]any{"packages": written(l.Packages)})
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "vendor/composer/installed.json"), string(text)); err != nil {
		return err
	}
	return write(filepath.Join(dir, "vendor/autoload.php"), "<?php\n")
}

// written are packages as installed.json has them.
func written(all []lockedPackage) []map[string]any {
	var list []map[string]any
	for _, p := range all {
		list = append(list, map[string]any{
			"name": p.Name, "version": p.Version, "require": p.Require, "license": p.License, "install-path": p.Path,
			"autoload": map[string]any{"psr-4": p.Autoload.PSR4, "exclude-from-classmap": p.Autoload.Exclude},
		})
	}
	return list
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// built is an app that was built from files.
type built struct {
	language.Artifacts
	site language.Site
	dir  string
	log  *strings.Builder
	*toolbox
}

// build builds an app of files with settings, and processes of its Procfile.
func build(t *testing.T, files, env map[string]string, tools *toolbox) (built, error) {
	t.Helper()
	if tools == nil {
		tools = &toolbox{}
	}
	b := built{toolbox: tools, log: &strings.Builder{}}
	b.site = languagetest.Site(t, tools.run)
	b.site.Env, b.dir = env, b.site.Dir
	b.site.Log = language.NewLog(b.log, languagetest.Noon)
	languagetest.Write(t, b.dir, files)
	for line := range strings.Lines(files["Procfile"]) {
		name, command, _ := strings.Cut(strings.TrimSpace(line), ": ")
		b.site.Processes = append(b.site.Processes, language.Process{Type: name, Line: command, Why: "Procfile"})
	}
	var err error
	b.Artifacts, err = compile(t.Context(), b.site)
	return b, err
}

// lines are the processes, by type.
func (b built) lines() map[string]string {
	all := map[string]string{}
	for _, p := range append(b.Processes, b.Started...) {
		line := p.Line
		for _, layer := range []string{layerPHP} {
			l, _ := b.site.Layer(layer)
			line = strings.ReplaceAll(line, l.Path, "/layers/"+layer)
		}
		all[p.Type] = strings.ReplaceAll(line, b.dir, "/workspace")
	}
	return all
}

func (b built) layerFile(t *testing.T, name string) string {
	t.Helper()
	l, err := b.site.Layer(layerPHP)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(languagetest.Read(t, filepath.Join(l.Path, name)), b.dir, "/workspace")
}

type (
	named = slicer.Named
	omit  = slicer.Omit
)
