// Package golang builds Go apps.
package golang

import (
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Go.
var Language = language.Language{
	Language: detect.Language{
		Name:     "go",
		Files:    []string{"go.mod", "go.work", "vendor/modules.txt"},
		Source:   "*.go",
		Programs: []string{"go"},
	},
	Compile: compile,
	Tools:   []language.Tool{{Name: "go", Index: "GOPROXY", Relock: "go mod tidy"}},
}
