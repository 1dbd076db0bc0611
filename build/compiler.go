package build

import (
	"context"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/slicer/sbom"
)

// Compiler turns an app's source into what runs. It removes from the app's directory what is no runtime artifact.
type Compiler func(context.Context, Site) (Artifacts, error)

// Site is where a compiler works.
type Site struct {
	App   detect.App
	Dir   string // the app's directory, at the path it will have in the image
	Arch  string // Debian's name
	Floor *contract.Floor
	// Definitions are the slice definitions of the release, or nil.
	Definitions *release.Release
	Env         map[string]string // for the programs it runs; BP_ settings are in it
	Tools       string            // identifies the unpacked build packages
	Temp        string
	Run         Runner
	Log         *Log

	// Libc returns an error if the run image can't start dynamic programs.
	Libc func(program string) error
	// Layer returns a layer as the lifecycle restored it, Reset an empty one in its place.
	Layer func(name string) (packit.Layer, error)
	Reset func(packit.Layer) (packit.Layer, error)
	// Reusable tells whether a layer's content was made for the same key; Keep puts a layer into the result under its key.
	Reusable func(l packit.Layer, key string) bool
	Keep     func(l packit.Layer, key string)
}

// Artifacts is what a compiler made.
type Artifacts struct {
	Roots     []string // directories, at their paths in the image, whose ELF files must find their libraries
	Slices    []slicer.Named
	Processes []Process // by convention; a Procfile goes before them
	// Looked says where a start command was looked for, for the error where there is none.
	Looked []string
	// Programs tells of programs that a command may name, and the arguments that run them: "web" → the compiled binary.
	Programs map[string]string
	// Components are the modules of the app's language, which lie in layer ComponentsIn.
	Components   []sbom.Component
	ComponentsIn string
	Static       bool     // the programs need no libraries at all
	Notes        []string // for the user, after the packages were listed
}

// Process is a process type and its command.
type Process struct {
	Type    string
	Command []string
	Line    string // instead of Command: as in a Procfile
	Why     string // "Procfile", "app.py"
}

// setting returns a setting of the build.
func (s Site) setting(name string) string { return s.Env[name] }
