package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Settings is what the user says about a build: project.toml's [dev.whittle] table and its twins in the environment.
// The environment adds to lists and replaces single values.
type Settings struct {
	Language  Language
	Packages  []Setting // Debian packages for the build only
	Slices    []Setting // slices and packages to add to the image
	Libraries []Setting // sonames that the app loads at run time
	Run       string    // ID of the run image's contract
	RunBy     string    // where Run was said
}

// Setting is one name, and where the user wrote it.
type Setting struct{ Name, By string }

// ProjectFile is the project descriptor, and ProjectTable the table of it that is whittle's (Project Descriptor 0.2:
// a reverse domain name).
const (
	ProjectFile  = "project.toml"
	ProjectTable = "dev.whittle"
)

type project struct {
	Dev struct {
		Whittle struct {
			Language string `toml:"language"`
			Build    struct {
				Packages []string `toml:"packages"`
			} `toml:"build"`
			Run struct {
				Image     string   `toml:"image"`
				Slices    []string `toml:"slices"`
				Libraries []string `toml:"libraries"`
			} `toml:"run"`
		} `toml:"whittle"`
	} `toml:"dev"`
}

// projectKeys are all keys below [dev.whittle]; a test holds them against the struct above.
var projectKeys = []string{"language", "build", "build.packages", "run", "run.image", "run.slices", "run.libraries"}

// ReadSettings reads project.toml, if dir has one, and the environment. A key of [dev.whittle] that whittle does not know
// is an error that names the nearest one: a misspelt list would else be an image that lacks something.
func ReadSettings(dir fs.FS, env map[string]string) (Settings, error) {
	var p project
	text, err := fs.ReadFile(dir, ProjectFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("cannot read %s: %w", ProjectFile, err)
	}
	meta, err := toml.Decode(string(text), &p)
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read %s: %w", ProjectFile, err)
	}
	if err := unknownKeys(meta); err != nil {
		return Settings{}, err
	}
	w := p.Dev.Whittle
	s := Settings{
		Language:  Language(w.Language),
		Packages:  append(settings(w.Build.Packages, ProjectFile), fromEnv(env, "BP_WHITTLE_BUILD_PACKAGES")...),
		Slices:    append(settings(w.Run.Slices, ProjectFile), fromEnv(env, "BP_WHITTLE_SLICES")...),
		Libraries: append(settings(w.Run.Libraries, ProjectFile), fromEnv(env, "BP_WHITTLE_LIBRARIES")...),
		Run:       w.Run.Image,
		RunBy:     ProjectFile,
	}
	if v := env["BP_WHITTLE_LANGUAGE"]; v != "" {
		s.Language = Language(v)
	}
	if s.Run == "" {
		s.Run, s.RunBy = env["BP_WHITTLE_RUN"], "BP_WHITTLE_RUN"
	}
	return s, nil
}

func settings(names []string, by string) []Setting {
	var all []Setting
	for _, n := range names {
		all = append(all, Setting{Name: n, By: by})
	}
	return all
}

func fromEnv(env map[string]string, key string) []Setting {
	words := strings.FieldsFunc(env[key], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	return settings(words, key)
}

func unknownKeys(meta toml.MetaData) error {
	for _, key := range meta.Undecoded() {
		below, ok := strings.CutPrefix(key.String(), ProjectTable+".")
		if !ok {
			continue
		}
		near := Nearest(below, projectKeys)
		return fmt.Errorf("cannot use %s: [%s] has no key %q\nThe nearest one is %q; all keys are %s",
			ProjectFile, ProjectTable, below, near, strings.Join(projectKeys, ", "))
	}
	return nil
}

// Nearest returns the candidate with the smallest edit distance to word; among equals the first.
func Nearest(word string, candidates []string) string {
	return slices.MinFunc(candidates, func(a, b string) int { return distance(word, a) - distance(word, b) })
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
