package detect

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/project"
)

// Language is one row of the table: how to see that an app is written in it. Detection is by files in the app's own
// folder only: a scripts/ folder in another language decides nothing.
type Language struct {
	Name string // as the user writes it in BP_WHITTLE_LANGUAGE
	// Files claim the directory by themselves.
	Files []string
	// Claims, where it is set, claims the directory by what files say: it returns the evidence, or nothing. It stands beside
	// Files and is as strong.
	Claims func(fs.FS) []string
	// Source are patterns, with blanks between them, of files that claim the directory where no manifest of any language does.
	Source string
	// Looked is what Claims and Guess look for, for the error that nothing was found.
	Looked []string
	// Lone are patterns, with blanks between them, of source files that make no app by themselves, and Lacks what would make one of
	// the file FILE.
	Lone, Lacks string
	// Guess, where it is set, claims the directory as Source does, by more than a pattern.
	Guess func(fs.FS) []string
	// Below, where it is set, claims the directory by files that lie deeper in it, where nothing else tells what it is: it returns the
	// evidence, or nothing.
	Below func(fs.FS) []string
	// Rest, where it is set, claims what is of no language. It goes before the Source and the Guess of others where it is
	// certain, and after them where it is not.
	Rest func(project.Project) Rest
	// Folder is the setting by which other builders of this language know the folder of an app below the project's; empty for none.
	Folder string
	// Programs are the words that the start command of an app in this language begins with.
	Programs []string
	// FrontEnd says that a manifest of this language beside one of another language is that app's front end: the other
	// language is the app's, and this one builds its assets.
	FrontEnd bool
	// Beside says that files of this language often stand beside those of another one, whose package manager builds them
	// (extensions in C): it claims a directory where no other language does.
	Beside bool
	// OfTools, where it is set, tells whether the manifests are about tools of the app's developers: then they claim a directory
	// where no other language does, too.
	OfTools func(fs.FS) bool
}

// Rest is a claim for what is of no language: programs of Debian packages, programs that somebody else compiled.
type Rest struct {
	Evidence []string // none: there is no claim
	Certain  bool     // the app starts by such a program
}

func (l Language) manifests(dir fs.FS) []string {
	var found []string
	for _, f := range l.Files {
		if info, err := fs.Stat(dir, f); err == nil && info.Mode().IsRegular() {
			found = append(found, f)
		}
	}
	if l.Claims != nil {
		found = append(found, l.Claims(dir)...)
	}
	return found
}

// sources are files by which a folder may be of the language, where no manifest tells: at most three.
func (l Language) sources(dir fs.FS) []string {
	var found []string
	for pattern := range strings.FieldsSeq(l.Source) {
		names, err := fs.Glob(dir, pattern)
		if err != nil {
			return nil
		}
		found = append(found, names...)
	}
	// A lone test file is no app.
	found = slices.DeleteFunc(found, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	if l.Guess != nil {
		found = append(found, l.Guess(dir)...)
	}
	return found[:min(len(found), 3)]
}

// starts tells whether a start command runs a program of the language, or a file that is one of its sources ("./manage.py").
func (l Language) starts(line string) bool {
	name := path.Base(project.Program(line))
	return slices.Contains(l.Programs, name) || slices.ContainsFunc(strings.Fields(l.Source), func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil && strings.Contains(name, ".")
	})
}

// table is the languages in the order that the composition root gives.
type table []Language

func (t table) lookedFor() string {
	var all []string
	for _, l := range t {
		all = append(append(all, l.Files...), l.Looked...)
		all = append(all, strings.Fields(l.Source)...)
		if l.Rest != nil {
			all = append(all, "an ELF program", "nginx.conf", "httpd.conf", "a site of Hugo's", "a start command with slices in "+project.File)
		}
	}
	return strings.Join(all, ", ")
}

// below returns the app of the first language that claims the directory by files deeper in it.
func (t table) below(dir fs.FS) (App, bool) {
	for _, l := range t {
		if l.Below == nil {
			continue
		}
		if found := l.Below(dir); len(found) > 0 {
			return App{Language: l.Name, Evidence: found[:min(len(found), 3)]}, true
		}
	}
	return App{}, false
}

func (t table) names() string {
	var all []string
	for _, l := range t {
		all = append(all, l.Name)
	}
	return strings.Join(all, ", ")
}

func (t table) row(name string) (Language, bool) {
	i := slices.IndexFunc(t, func(l Language) bool { return l.Name == name })
	if i < 0 {
		return Language{}, false
	}
	return t[i], true
}
