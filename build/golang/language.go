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
		Files:    []string{"go.mod", "go.work", "vendor/modules.txt", "Gopkg.lock", "Godeps/Godeps.json", "glide.yaml", "glide.lock", "vendor/vendor.json"},
		Source:   "*.go cmd/*/*.go",
		Programs: []string{"go"},
		OfTools:  ofTools,
	},
	Compile: compile,
	Named:   namedPaths,
	Choices: append(language.Truths("BP_WHITTLE_CGO"), language.Lock),
	Absent:  map[string]string{"go": language.InsteadOfSteps},
	Tools:   []language.Tool{{Name: "go", Index: "GOPROXY", Relock: "go mod tidy"}},
}
