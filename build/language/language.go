// Package language says what a language is to the build, and holds what languages share: how programs are run, how the
// log is written, how versions are chosen, how layers are made, kept and made again.
//
// A language is one package below build/ that exports its Language value, and one line in cmd/buildpack. It knows neither
// the lifecycle nor the slicer's work: it is given a Site, and returns Artifacts.
package language

import (
	"context"
	"io/fs"

	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/internal/builders"
)

// Language is a language as the build phase and the detect phase know it.
type Language struct {
	detect.Language
	Compile Compiler
	// Assets builds the front end that an app in another language has in its folder (a Django app with a package.json),
	// before that language compiles. Nil where the language has no such use. Of what it returns, Components and Notes count.
	Assets Compiler
	// Named lists the files and folders of an app that its sources name, and FrontEnds finds the front ends of this language that make
	// those of them that are not there, or that the environment with the settings names. Both are about folders below the app's: what
	// stands in the app's own, the detect phase sees. Nil for none.
	Named     func(fs.FS) []Named
	FrontEnds func(files fs.FS, env map[string]string, named []Named) ([]FrontEnd, error)
	// Prepare gets the app's packages before the front ends beside the app are built, which may import files of them. It is
	// called for nothing else, and Compile does the same again. Nil where front ends need none.
	Prepare func(context.Context, Site) error
	// Calls names programs of other languages that the app's own build tool runs (npm, by a plugin of Maven), and Provide puts
	// such programs of this language on the PATH of a build, and returns the environment with them. Nil for none.
	Calls   func(fs.FS, map[string]string) []string
	Provide func(ctx context.Context, s Site, programs []string) (map[string]string, error)
	// Packages returns the Debian packages that an app is compiled with, by the files of its folder, by the environment with
	// its settings, and by what the builder has. The build has them as if project.toml named them. Nil for none.
	Packages func(fs.FS, map[string]string, builders.Builder) []BuildPackage
	// Check refuses what the app's files tell before Debian packages are fetched for its build. Compile does the same again, and writes
	// of it. Nil for none.
	Check func(context.Context, Site) error
	// Choices are the settings of the language that have one of a few values.
	Choices []Choice
	// Tools are the package managers of the language, Credentials how they take those of bindings, and Certificates the variables
	// by which they take a bundle of certificates.
	Tools        []Tool
	Credentials  []Credential
	Certificates []string
	// Absent are tools of the language, which no image has, and what to do where a start command names one, whatever the app is written
	// in. Bring says how an app of the language gets a program that a well-known package brings; it is empty for one that nobody knows.
	// Nil for none.
	Absent map[string]string
	Bring  func(program string) string
	// Member finds the one app of a project whose own folder is no app but the root of a workspace: its folder, slash-separated,
	// or an empty text. It is built as if BP_WHITTLE_APP named it. Nil for languages that have no such projects.
	Member func(fs.FS) (string, error)
}

// BuildPackage is a Debian package that only the build needs.
type BuildPackage struct {
	Name string
	By   string // what wants it: "canvas in package.json"
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
