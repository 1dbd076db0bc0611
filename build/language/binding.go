package language

import (
	"path/filepath"
	"slices"
)

// Binding is a service binding (Kubernetes Service Binding 1.0): a folder of files that the platform gives to the build
// alone, such as credentials. What is in it must not reach a layer, the app's folder or the log.
type Binding struct {
	Name  string   // of the folder
	Type  string   // in small letters: "npmrc"
	Dir   string   // absolute
	Files []string // names of its files, sorted, less type and provider
}

// File returns the path of the first of these files that the binding has.
func (b Binding) File(names ...string) (string, bool) {
	for _, name := range names {
		if slices.Contains(b.Files, name) {
			return filepath.Join(b.Dir, name), true
		}
	}
	return "", false
}

// Credential is a type of binding whose file a tool of the language takes by a variable, which names it. The file stays where
// the platform put it, which is no layer.
type Credential struct {
	Types    []string // any of them: "pip", "pypi"
	Files    []string // the names that the file may have
	Variable string
}
