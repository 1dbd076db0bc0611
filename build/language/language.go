// Package language says what a language is to the build, and holds what languages share: how programs are run, how the
// log is written, how versions are chosen, how layers are made, kept and made again.
//
// A language is one package below build/ that exports its Language value, and one line in cmd/buildpack. It knows neither
// the lifecycle nor the slicer's work: it is given a Site, and returns Artifacts.
package language

import (
	"context"

	"whittle.dev/whittle/detect"
)

// Language is a language as the build phase and the detect phase know it.
type Language struct {
	detect.Language
	Compile Compiler
	// Assets builds the front end that an app in another language has in its folder (a Django app with a package.json),
	// before that language compiles. Nil where the language has no such use. Of what it returns, Components and Notes count.
	Assets Compiler
}

// Compiler turns an app's source into what runs. It removes from the app's directory what is no runtime artifact.
type Compiler func(context.Context, Site) (Artifacts, error)

// Rows returns the languages' rows for the detect phase.
func Rows(languages []Language) []detect.Language {
	var rows []detect.Language
	for _, l := range languages {
		rows = append(rows, l.Language)
	}
	return rows
}
