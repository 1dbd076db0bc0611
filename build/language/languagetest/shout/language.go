// Package shout is a language for tests: a whole one in one folder. An app in it is a file app.shout, and compiled by
// writing its text in capitals, below Head.
package shout

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Head begins what is compiled: the run image must have the program that it names.
const Head = "#!/usr/bin/shout\n"

// Language is shout.
var Language = language.Language{
	Language: detect.Language{Name: "shout", Files: []string{"app.shout"}, Programs: []string{"shout"}},
	Compile:  compile,
}

func compile(_ context.Context, s language.Site) (language.Artifacts, error) {
	s.Log.Step("Shout")
	text, err := fs.ReadFile(s.Files, "app.shout")
	if err != nil {
		return language.Artifacts{}, fmt.Errorf("cannot read app.shout: %w", err)
	}
	layer, err := s.Layer("shout")
	if err != nil {
		return language.Artifacts{}, err
	}
	key := language.NewKey()
	key.Add(string(text))
	file := filepath.Join(layer.Path, "loud")
	if !s.Reusable(layer, key.String()) {
		if layer, err = s.Reset(layer); err != nil {
			return language.Artifacts{}, err
		}
		if err := os.WriteFile(file, []byte(Head+strings.ToUpper(string(text))), 0o755); err != nil {
			return language.Artifacts{}, fmt.Errorf("cannot write layer shout: %w", err)
		}
	}
	layer.Launch, layer.Cache = true, true
	layer.Env = map[string]string{"SHOUT": "1"}
	s.Keep(layer, key.String())
	return language.Artifacts{
		Roots:        []string{layer.Path},
		Processes:    []language.Process{{Type: "web", Command: []string{file}, Why: "app.shout"}},
		Components:   []language.Component{{Name: "loud", Version: "1", PURL: "pkg:generic/loud@1", From: "app.shout:1"}},
		ComponentsIn: "shout",
	}, nil
}
