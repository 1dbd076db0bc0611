// Package languagetest makes what the tests of languages need: a site of empty folders, and files below folders.
package languagetest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/releases"
)

// Site returns a site whose app, layers and temporary folder are empty folders of the test, in the builder of Debian 13.
// Programs are run by run.
func Site(t *testing.T, run language.Runner) language.Site {
	t.Helper()
	all := Builders(t)
	s := &site{layers: t.TempDir(), keys: map[string]string{}}
	dir := t.TempDir()
	return language.Site{
		Root: dir, Dir: dir, Files: os.DirFS(dir), Arch: "amd64", Env: map[string]string{}, Temp: t.TempDir(), Run: run, Log: Quiet(),
		Builder: all.Of("debian-13"), Others: all.Others("debian-13"),
		Bindings: func(string) []language.Binding { return nil }, Libc: func(string) error { return nil }, Expect: func(context.Context, language.Artifacts) error { return nil },
		Layer: s.layer, Reset: s.reset, Reusable: s.reusable, Keep: s.keep,
		More: func(context.Context, []language.BuildPackage) (language.Site, error) {
			return language.Site{}, errors.New("there is no archive")
		},
	}
}

// Builders are those of the releases that whittle brings.
func Builders(t *testing.T) builders.All {
	t.Helper()
	all, err := builders.Read(releases.FS)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Quiet is a log that nobody reads, at a time that stands still.
func Quiet() *language.Log { return language.NewLog(io.Discard, Noon) }

// Noon is a time that stands still.
func Noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// site is a lifecycle that restores every layer that was kept.
type site struct {
	layers string
	keys   map[string]string
}

func (s *site) layer(name string) (language.Layer, error) {
	if slices.Contains(language.ReservedLayers, name) {
		return language.Layer{}, errors.New("the layer's name is reserved: " + name)
	}
	return language.Layer{Name: name, Path: filepath.Join(s.layers, name)}, nil
}

func (s *site) reset(l language.Layer) (language.Layer, error) {
	delete(s.keys, l.Name)
	if err := os.RemoveAll(l.Path); err != nil {
		return l, err
	}
	return language.Layer{Name: l.Name, Path: l.Path}, os.MkdirAll(l.Path, 0o755)
}

func (s *site) reusable(l language.Layer, key string) bool {
	return s.keys[l.Name] == key && language.Exists(l.Path)
}

func (s *site) keep(l language.Layer, key string) { s.keys[l.Name] = key }

// Files are files in memory, by their names.
func Files(all map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range all {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// Write writes files below a directory.
func Write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Read returns the text of a file.
func Read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Names lists what is below a directory and is no directory, by paths below it, sorted.
func Names(t *testing.T, dir string) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, rerr := filepath.Rel(dir, name)
			all, err = append(all, rel), rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Has reports an error that lacks a text; an empty text means that there must be no error.
func Has(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one that has %q", err, want)
	}
}

// Types are the types of processes in their order, with commas; the default one has a star.
func Types(processes []language.Process) string {
	var names []string
	for _, p := range processes {
		if p.Default {
			p.Type += "*"
		}
		names = append(names, p.Type)
	}
	return strings.Join(names, ",")
}

// Groups holds the group of a pattern that is not empty in lines; empty for one that does not match.
func Groups(t *testing.T, re *regexp.Regexp, want map[string]string) {
	t.Helper()
	for line, group := range want {
		m := re.FindStringSubmatch(line)
		if got := strings.Join(m[min(1, len(m)):], ""); got != group {
			t.Errorf("%s: %q, want %q", line, got, group)
		}
	}
}
