package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm/npmtest"
)

// shop is the programs of a build: it notes what is run, and does what the test says they do.
type shop struct {
	t     *testing.T
	ran   []string
	does  map[string]func(dir string) error // by the command's beginning
	fails map[string]string                 // what a command writes before it fails
	env   map[string]string                 // of the command that ran last

	packages string // what a map of Plug'n'Play tells of, as pnp.js prints it; empty for none
}

// run is a language.Runner. A runtime's program answers with its own content.
func (s *shop) run(_ context.Context, c language.Command) error {
	if len(c.Args) == 2 && c.Args[1] == "--version" {
		_, err := io.WriteString(c.Stdout, languagetest.Read(s.t, c.Args[0]))
		return err
	}
	text := strings.Join(c.Args, " ")
	if c.Args[0] == "strip" {
		return nil
	}
	listing := strings.HasPrefix(text, "node -e ")
	if !listing {
		s.ran, s.env = append(s.ran, text), c.Env
	}
	for begin, out := range s.fails {
		if strings.HasPrefix(text, begin) {
			return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: out}
		}
	}
	if listing {
		_, err := io.WriteString(c.Stdout, cmp.Or(s.packages, "[]"))
		return err
	}
	for begin, do := range s.does {
		if strings.HasPrefix(text, begin) {
			if err := do(c.Dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// installs makes packages in node_modules: "express", "next bin/next" with a program.
func (s *shop) installs(packages ...string) func(dir string) error {
	return func(dir string) error {
		for _, p := range packages {
			name, bin, _ := strings.Cut(p, " ")
			files := map[string]string{"node_modules/" + name + "/package.json": fmt.Sprintf(`{"name": %q, "version": "1.0.0", "license": "MIT", "bin": %q}`, name, bin), "node_modules/.package-lock.json": "{}"}
			if bin != "" {
				files["node_modules/"+name+"/"+bin] = "#!/usr/bin/env node\n"
				link := filepath.Join(dir, "node_modules", ".bin", filepath.Base(strings.TrimSuffix(bin, ".js")))
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					return err
				}
				_ = os.Remove(link)
				if err := os.Symlink("../"+name+"/"+bin, link); err != nil {
					return err
				}
			}
			languagetest.Write(s.t, dir, files)
		}
		return nil
	}
}

// makes writes files, as a build does.
func (s *shop) makes(files ...string) func(dir string) error {
	return func(dir string) error {
		for _, f := range files {
			languagetest.Write(s.t, dir, map[string]string{f: ""})
		}
		return nil
	}
}

// workshop is a site with an app of files, and a registry. Files that its scripts start by the names of these tests are there, as
// they are not what a test is about.
func workshop(t *testing.T, files map[string]string, env map[string]string) (language.Site, *shop, *npmtest.Registry) {
	t.Helper()
	files = maps.Clone(files)
	for _, name := range []string{"x.js", "web.js", "work.js"} {
		if _, ok := files[name]; !ok && strings.Contains(files["package.json"], "node "+name) {
			files[name] = ""
		}
	}
	sh := &shop{t: t, does: map[string]func(string) error{}, fails: map[string]string{}}
	s := languagetest.Site(t, sh.run)
	languagetest.Write(t, s.Dir, files)
	r := npmtest.New(t)
	s.Client = r.Server.Client()
	s.Env = language.With(map[string]string{"PATH": "/usr/bin", "NPM_CONFIG_REGISTRY": r.URL}, env)
	return s, sh, r
}

// line is a process in one line.
func line(p language.Process) string {
	if p.Line != "" {
		return p.Type + ": " + p.Line
	}
	return p.Type + ": " + strings.Join(p.Command, " ")
}

func starts(a language.Artifacts) []string {
	var all []string
	for _, p := range append(slices.Clone(a.Processes), a.Started...) {
		all = append(all, line(p))
	}
	return all
}
