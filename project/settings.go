package project

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/internal/problem"
	"whittle.dev/whittle/internal/text"
)

// Settings is what the user says about a build: project.toml's [dev.whittle] table and its twins in the environment.
// The environment adds to lists and replaces single values.
type Settings struct {
	Language  string    // the name of a language's row
	App       Setting   // the app's folder below the project's; an empty name where it is the same
	Start     Setting   // the command line of process web
	Processes []Process // the start commands of project.toml
	Behind    *bool     // another buildpack builds the app; nil where nobody says
	Debug     bool      // symbols stay in what the build compiles
	Packages  []Setting // Debian packages for the build only
	Slices    []Setting // slices and packages to add to the image
	Libraries []Setting // sonames that the app loads at run time
	Writable  []Setting // folders of the app that it writes to when it runs, below the app's folder; "." for all of it
	Run       string    // ID of the run image's contract
	RunBy     string    // where Run was said
}

// Setting is one name, and where the user wrote it.
type Setting struct{ Name, By string }

// File is the project descriptor, and Table the table of it that is whittle's (Project Descriptor 0.2: a reverse domain
// name).
const (
	File  = "project.toml"
	Table = "dev.whittle"
)

type descriptor struct {
	Dev struct {
		Whittle struct {
			Language  string              `toml:"language"`
			App       string              `toml:"app"`
			Behind    *bool               `toml:"behind"`
			Processes []descriptorProcess `toml:"processes"`
			Build     struct {
				Packages []string `toml:"packages"`
				Debug    bool     `toml:"debug"`
			} `toml:"build"`
			Run struct {
				Image     string   `toml:"image"`
				Slices    []string `toml:"slices"`
				Libraries []string `toml:"libraries"`
				Writable  []string `toml:"writable"`
			} `toml:"run"`
		} `toml:"whittle"`
	} `toml:"dev"`
}

// descriptorKeys are all keys below [dev.whittle]; a test holds them against the struct above.
var descriptorKeys = []string{
	"language", "app", "behind", "processes", "processes.type", "processes.command", "processes.default",
	"build", "build.packages", "build.debug", "run", "run.image", "run.slices", "run.libraries", "run.writable",
}

// readSettings reads project.toml, if dir has one, and the environment.
func readSettings(dir fs.FS, env map[string]string) (Settings, error) {
	p, err := readDescriptor(dir)
	if err != nil {
		return Settings{}, err
	}
	if err := unknownVariables(env); err != nil {
		return Settings{}, err
	}
	w := p.Dev.Whittle
	s := Settings{
		Language:  cmp.Or(env["BP_WHITTLE_LANGUAGE"], w.Language),
		App:       either(env, "BP_WHITTLE_APP", w.App),
		Start:     either(env, "BP_WHITTLE_START", ""),
		Packages:  append(settings(w.Build.Packages, File), fromEnv(env, "BP_WHITTLE_BUILD_PACKAGES")...),
		Slices:    append(settings(w.Run.Slices, File), fromEnv(env, "BP_WHITTLE_SLICES")...),
		Libraries: append(settings(w.Run.Libraries, File), fromEnv(env, "BP_WHITTLE_LIBRARIES")...),
		Writable:  append(settings(w.Run.Writable, File), fromEnv(env, "BP_WHITTLE_WRITABLE")...),
		Run:       w.Run.Image,
		RunBy:     File,
	}
	if s.Run == "" {
		s.Run, s.RunBy = env["BP_WHITTLE_RUN"], "BP_WHITTLE_RUN"
	}
	debug, err := Truth(env, "BP_WHITTLE_DEBUG")
	if err != nil {
		return Settings{}, err
	}
	behind, err := Truth(env, "BP_WHITTLE_BEHIND")
	if err != nil {
		return Settings{}, err
	}
	s.Debug, s.Behind = *cmp.Or(debug, &w.Build.Debug), cmp.Or(behind, w.Behind)
	if err := checkWritable(s.Writable); err != nil {
		return Settings{}, err
	}
	s.Processes, err = readProcesses(w.Processes)
	return s, err
}

// readDescriptor reads project.toml. A key of [dev.whittle] that whittle does not know is an error that names the nearest one: a misspelt
// list would else be an image that lacks something.
func readDescriptor(dir fs.FS) (descriptor, error) {
	var p descriptor
	data, err := fs.ReadFile(dir, File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, unreadable(File, err)
	}
	if !utf8.Valid(data) {
		return p, notText(File)
	}
	meta, err := document.TOML(string(data), &p)
	if err != nil {
		return p, &problem.Problem{
			What: fmt.Sprintf("cannot read %s: %v", File, err), Err: err,
			Next: "Correct that line; docs/settings.md shows what whittle reads of the file.",
		}
	}
	return p, unknownKeys(meta)
}

// Truth is what a setting says that is true or false (1 and 0, t and f, as strconv.ParseBool reads them, in small letters or
// not); nil where it is not set.
func Truth(env map[string]string, key string) (*bool, error) {
	if env[key] == "" {
		return nil, nil
	}
	v, err := strconv.ParseBool(strings.ToLower(env[key]))
	if err != nil {
		return nil, &problem.Problem{What: fmt.Sprintf("cannot use %s=%q: it is neither true nor false", key, env[key]), Next: "Set it to true or false, or leave it out.", Err: err}
	}
	return &v, nil
}

// checkWritable refuses folders that are not the app's.
func checkWritable(all []Setting) error {
	for _, s := range all {
		if !fs.ValidPath(path.Clean(s.Name)) {
			return &problem.Problem{
				What: fmt.Sprintf("cannot let the app write to %q (%s): it is no path below the app's folder", s.Name, s.By),
				Next: "Name a folder of the app, such as uploads, or . for all of it.",
			}
		}
	}
	return nil
}

// either is a value of the environment or, where that is silent, of project.toml.
func either(env map[string]string, key, written string) Setting {
	switch {
	case env[key] != "":
		return Setting{Name: env[key], By: key}
	case written != "":
		return Setting{Name: written, By: File}
	}
	return Setting{}
}

func settings(names []string, by string) []Setting {
	var all []Setting
	for _, n := range names {
		all = append(all, Setting{Name: n, By: by})
	}
	return all
}

func fromEnv(env map[string]string, key string) []Setting {
	return settings(SplitList(env[key]), key)
}

// SplitList are the words of a list as settings have it: with commas or blanks between them.
func SplitList(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
}

// variables are all variables of the build that begin with BP_WHITTLE_; those of languages have names of their own.
var variables = strings.Fields(`BP_WHITTLE_APP BP_WHITTLE_BEHIND BP_WHITTLE_BUILD_PACKAGES BP_WHITTLE_CGO BP_WHITTLE_DEBUG BP_WHITTLE_LANGUAGE
	BP_WHITTLE_LIBRARIES BP_WHITTLE_RUN BP_WHITTLE_SAVE_BUNDLE BP_WHITTLE_SLICES BP_WHITTLE_START BP_WHITTLE_WRITABLE`)

// unknownVariables refuses a variable that is whittle's by its beginning, and that nothing reads.
func unknownVariables(env map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, "BP_WHITTLE_") && !slices.Contains(variables, name) {
			return &problem.Problem{
				What:     fmt.Sprintf("cannot use %s: there is no such setting", name),
				Evidence: []string{"all of these: " + strings.Join(variables, ", ")},
				Next:     fmt.Sprintf("Write %s, which is the nearest one, or leave it out.", text.Nearest(name, variables)),
			}
		}
	}
	return nil
}

// unknownKeys refuses a key of whittle's table that nothing reads.
func unknownKeys(meta toml.MetaData) error {
	for _, key := range meta.Undecoded() {
		below, ok := strings.CutPrefix(key.String(), Table+".")
		if !ok {
			continue
		}
		return &problem.Problem{
			What:     fmt.Sprintf("cannot use %s: [%s] has no key %q", File, Table, below),
			Evidence: []string{"all keys: " + strings.Join(descriptorKeys, ", ")},
			Next:     fmt.Sprintf("Write %q, which is the nearest one, or leave the key out.", text.Nearest(below, descriptorKeys)),
		}
	}
	return nil
}

// unreadable is the problem of a file that is there and that the build does not read.
func unreadable(file string, err error) error {
	return &problem.Problem{
		What: fmt.Sprintf("cannot read %s: %v", file, err), Err: err,
		Next: "Make it a regular file of the app, or remove it.",
	}
}

func notText(file string) error {
	return &problem.Problem{What: fmt.Sprintf("cannot read %s: it is not UTF-8 text", file), Next: "Save it as UTF-8."}
}
