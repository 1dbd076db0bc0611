package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
)

// secret is what a file outside the app's folder says, and a variable of the build.
const secret = "hunter2hunter2"

// most is how much memory a build may take in all for what it reads, in bytes.
const most = 128 << 20

// hostile are forms that any file of an app may have: each makes the file. outside is a file beside the app's folder.
var hostile = []struct {
	name string
	make func(file, outside string) error
}{
	{"a link to a secret", func(file, outside string) error { return os.Symlink(outside, file) }},
	{"a link to the build's environment", func(file, _ string) error { return os.Symlink("/proc/self/environ", file) }},
	{"a link to a device", func(file, _ string) error { return os.Symlink("/dev/zero", file) }},
	{"a link to itself", func(file, _ string) error { return os.Symlink(filepath.Base(file), file) }},
	{"a link to its folder", func(file, _ string) error { return os.Symlink(".", file) }},
	{"a pipe", func(file, _ string) error { return syscall.Mkfifo(file, 0o644) }},
	{"a directory", func(file, _ string) error { return os.Mkdir(file, 0o755) }},
	{"a hole", func(file, _ string) error {
		return errors.Join(os.WriteFile(file, nil, 0o644), os.Truncate(file, 2*most))
	}},
	{"brackets", text(strings.Repeat("[", 200_000))},
	{"objects", text(strings.Repeat(`{"a":`, 50_000))},
	{"elements", text(strings.Repeat("<project>", 50_000))},
	{"aliases", text(aliases())},
	{"one line", text(strings.Repeat("a", 1_000_000))},
	{"no UTF-8, and commands for terminals", text("\xff\xfe\x00\x1b]0;x\x07\x80\x9b31m")},
	{"commands for terminals", text("\x1b[2J\x1b]0;x\x07: \u009b1\n")},
	{"commands for terminals in names", text(`{"name": "a\u001b[2J", "version": "1\u001b]0;x\u0007", "scripts": {"start": "x\u001b[2J"}, "dependencies": {"\u001b[2J": "*"},
		"require": {"\u001b[2J": "*", "php": "\u001b[2J"}, "packageManager": "\u001b[2J@1", "engines": {"node": "\u001b[2J"}, "tasks": {"start": "\u001b[2J"}}`)},
}

func text(s string) func(string, string) error {
	return func(file, _ string) error { return os.WriteFile(file, []byte(s), 0o644) }
}

// aliases is YAML of a kilobyte that means 9^11 words.
func aliases() string {
	all := "a0: &a0 [x]\n"
	for i := range 11 {
		all += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return all
}

// TestNoFileOfAnAppHoldsTheBuildOrTellsASecret replaces each file that languages read, of apps of each kind, by each of the forms
// above. The build must go on or end with an error, soon, without a great deal of memory, and neither the log nor what it makes
// says the secret or commands a terminal.
func TestNoFileOfAnAppHoldsTheBuildOrTellsASecret(t *testing.T) {
	apps, err := filepath.Glob("testdata/apps/*.txtar")
	if err != nil || len(apps) < len(languages) {
		t.Fatalf("got %d apps, %v", len(apps), err)
	}
	for _, name := range apps {
		app, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		top, site := t.TempDir(), languagetest.Site(t, nil)
		outside := filepath.Join(top, "outside")
		languagetest.Write(t, top, map[string]string{"outside": secret + "\n"})
		for _, f := range app.Files {
			languagetest.Write(t, top, map[string]string{"app/" + f.Name: string(f.Data)})
		}
		for _, replaced := range app.Files {
			file := filepath.Join(top, "app", replaced.Name)
			for _, form := range hostile {
				if err := errors.Join(os.RemoveAll(file), form.make(file, outside)); err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("%s: %s is %s", filepath.Base(name), replaced.Name, form.name)
				buildHostile(t, site, what, filepath.Join(top, "app"), false)
				if info, err := os.Lstat(file); err == nil && (!info.Mode().IsRegular() || info.Size() > most) {
					buildHostile(t, site, what+", and programs succeed", filepath.Join(top, "app"), true)
				}
			}
			if err := errors.Join(os.RemoveAll(file), os.WriteFile(file, replaced.Data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// buildHostile builds an app up to the first program that its language would run or download; where programs succeed, as if each had
// run and done nothing.
func buildHostile(t *testing.T, site language.Site, what, dir string, succeed bool) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	told := make(chan string, 1)
	go func() { told <- look(site, dir, succeed) }()
	select {
	case out := <-told:
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%s: it took %d MB of memory", what, took>>20)
		}
		if strings.Contains(out, secret) || strings.ContainsAny(out, "\x1b\x07\u009b") || len(out) > 1<<20 {
			t.Errorf("%s: it tells %d bytes: %.500q", what, len(out), out)
		}
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s: the build does not end", what)
	}
}

// refuse is a network of which nothing comes.
type refuse struct{}

func (refuse) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }

// look is what the build of an app tells: its log, its error, and what it made.
func look(s language.Site, dir string, succeed bool) string {
	files, err := project.OpenFolder(dir)
	if err != nil {
		return told(err)
	}
	defer files.Close()
	p, err := project.Read(files, nil)
	if err != nil {
		return told(err)
	}
	app, err := detect.Find(language.Rows(languages), p)
	if err != nil {
		return told(err)
	}
	var log bytes.Buffer
	s.App, s.Root, s.Dir, s.Files, s.Log = app, dir, dir, p.Files, language.NewLog(&log, languagetest.Noon)
	s.Client, s.Env = &http.Client{Transport: refuse{}}, map[string]string{"PATH": "/usr/bin", "VARIABLE": secret}
	for _, one := range p.Processes {
		s.Processes = append(s.Processes, language.Process{Type: one.Type, Line: one.Line, Command: one.Command, Why: project.Procfile})
	}
	s.Run = func(_ context.Context, c language.Command) error {
		if strings.HasSuffix(strings.Join(c.Args, " "), "python3 --version") {
			_, err := fmt.Fprintln(c.Stdout, "Python 3.13.5")
			return err
		}
		if succeed {
			return nil // it has written nothing
		}
		return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1")}
	}
	for _, l := range languages {
		if l.Name != app.Language {
			continue
		}
		if l.Packages != nil {
			fmt.Fprintf(&log, "%q\n", l.Packages(p.Files, s.Env, s.Builder))
		}
		if l.Member != nil {
			member, err := l.Member(p.Files)
			fmt.Fprintf(&log, "%q %s\n", member, told(err))
		}
		made, err := l.Compile(context.Background(), s)
		text, failed := json.Marshal(made)
		fmt.Fprintf(&log, "%s %v %s\n", text, failed, told(err))
	}
	return log.String()
}

// told is an error as the build phase tells it.
func told(err error) string {
	var problem *language.Problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &problem):
		return problem.Error()
	}
	return (&language.Problem{What: err.Error()}).Error()
}
