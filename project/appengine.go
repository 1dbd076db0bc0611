package project

import (
	"io/fs"
	"regexp"
	"strings"

	"whittle.dev/whittle/internal/document"
)

// AppEngine is the name of the file by which App Engine is told how an app runs.
const AppEngine = "app.yaml"

// maxAppEngine bounds that file, in bytes.
const maxAppEngine = 1 << 20

// startsByEntrypoint are the runtimes of App Engine whose entrypoint is a command that any image could run. Java's and Go's name what
// Google's build leaves, and PHP's a program of Google's.
var startsByEntrypoint = regexp.MustCompile(`^(?:python|nodejs|ruby)\d*$`)

// readAppEngine reads the command by which App Engine starts the app. A file of that name may be anybody's, so that one which says
// nothing of the kind, or cannot be read, says nothing.
func readAppEngine(dir fs.FS) []Process {
	info, err := fs.Stat(dir, AppEngine)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxAppEngine {
		return nil
	}
	data, err := fs.ReadFile(dir, AppEngine)
	if err != nil {
		return nil
	}
	var said struct {
		Runtime    string `yaml:"runtime"`
		Entrypoint string `yaml:"entrypoint"`
	}
	line := ""
	if document.YAML(string(data), &said) == nil && startsByEntrypoint.MatchString(said.Runtime) {
		line = strings.TrimSpace(said.Entrypoint)
	}
	if line == "" {
		return nil
	}
	return []Process{{Type: "web", Line: line, By: AppEngine}}
}
