package language

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/release"
)

// Site is where a compiler works.
type Site struct {
	App detect.App
	// Root is the project's folder, and Dir the app's, at the paths that they will have in the image. They differ in a
	// monorepo: then Dir is below Root, and what is in Root but not in Dir exists during the build alone.
	Root, Dir string
	Files     fs.FS  // Dir for reading: regular files only, of a bounded size, and no link that leads out of Root
	Arch      string // Debian's name
	Debug     bool   // what is compiled keeps its symbols
	Floor     *contract.Floor
	// Definitions are the slice definitions of the release, or nil.
	Definitions *release.Release
	// FrontEnd is what Assets is called for, where that is not in the app's own folder: Dir and Files are its folder then.
	FrontEnd FrontEnd
	Builder  builders.Builder  // what this builder has
	Others   builders.All      // and those of other releases
	Env      map[string]string // for the programs it runs; BP_ settings are in it
	Tools    string            // identifies the unpacked build packages: part of every key of what they compile
	// BuildImage is the root of the build image, in which it may have ready what the first builds of apps would get; empty for none.
	BuildImage string
	Temp       string
	Run        Runner
	Log        *Log
	Client     *http.Client // trusts what the build trusts, and gives up servers that say nothing
	// Processes are those that the user names (project.toml, Procfile, BP_WHITTLE_START), as written.
	Processes []Process

	// Bindings returns the service bindings of a type. Those of types npmrc, pip, netrc and git-credentials are in Env already,
	// where the tools look for them.
	Bindings func(kind string) []Binding
	// Libc returns an error if the run image can't start dynamic programs; program names the one that needs it.
	Libc func(program string) error
	// More gets Debian packages for the build that a language learns of only while it builds, beside those of Language.Packages,
	// and returns the site with them on its paths. It is called once.
	More func(context.Context, []BuildPackage) (Site, error)
	// Expect is told of what Artifacts will have, as soon as that is certain and before the tools of the language run: of its Slices
	// and Roots those that follow whatever the tools do, of Omit all. They are cut meanwhile, which changes nothing of the image.
	Expect func(context.Context, Artifacts) error
	// Layer returns a layer as the lifecycle restored it, which may be without its files; Reset an empty one in its place.
	Layer func(name string) (Layer, error)
	Reset func(Layer) (Layer, error)
	// Reusable tells whether a layer has its files and was kept under the same key; Keep puts a layer into the result under
	// its key. A layer that is not kept is gone after the build.
	Reusable func(l Layer, key string) bool
	Keep     func(l Layer, key string)
}

// Setting returns a setting of the build (BP_GO_TARGETS), or an empty string.
func (s Site) Setting(name string) string { return s.Env[name] }

// Said is the first of some settings that says anything, and its name.
func Said(env map[string]string, names ...string) (value, name string) {
	for _, name := range names {
		if said := strings.TrimSpace(env[name]); said != "" {
			return said, name
		}
	}
	return "", ""
}

// GoogleVersion is the setting by which Google's buildpacks are told the version of any language.
const GoogleVersion = "GOOGLE_RUNTIME_VERSION"

// Truth is what a setting says that is true or false, and otherwise where it is not set. What is neither is an error.
func (s Site) Truth(name string, otherwise bool) (bool, error) {
	said, err := project.Truth(s.Env, name)
	if err != nil || said == nil {
		return otherwise, err
	}
	return *said, nil
}

// Project opens the project's folder for reading, bounded as Files is, and tells the app's folder in it, slash-separated:
// "." where they are one.
func (s Site) Project() (files fs.FS, folder string, err error) {
	folder, err = filepath.Rel(s.Root, s.Dir)
	if err != nil || !filepath.IsLocal(folder) {
		return nil, "", fmt.Errorf("cannot find the app in the project's folder: %s is not below %s", s.Dir, s.Root)
	}
	if files, err = project.OpenFolder(s.Root); err != nil {
		return nil, "", err
	}
	return files, filepath.ToSlash(folder), nil
}

// LayerBuildPackages is the layer of the Debian packages that only the build needs, unpacked; without files where there are none.
const LayerBuildPackages = "build-packages"

// ReservedLayers are names that no layer may have (CNB Buildpack Interface, "Layers"): build.toml and its like are about
// something else. The lifecycle exports such a layer and caches it, and never restores its files.
var ReservedLayers = []string{"build", "launch", "store"}

// Layer is a directory that the lifecycle keeps apart: in the image, for the next build, or both.
type Layer struct {
	Name   string
	Path   string // absolute, in the build as in the image; bin/ of a launch layer is on the app's PATH
	Launch bool   // it is part of the image
	Cache  bool   // the next build has it
	// Env holds variables that the app's processes get where nobody set them.
	Env map[string]string
}

// Cache returns a layer that only the next build gets, as this one leaves it, such as what a tool has downloaded; its folder
// is there. No key tells whether what is in it fits: the tool that fills it does.
func (s Site) Cache(name string) (Layer, error) {
	layer, err := s.Layer(name)
	if err != nil {
		return layer, err
	}
	if err := os.MkdirAll(layer.Path, 0o755); err != nil {
		return layer, fmt.Errorf("cannot make layer %s: %w", name, err)
	}
	layer.Cache = true
	s.Keep(layer, "cache")
	return layer, nil
}

// KeepCaches keeps such layers as they were restored, where no tool runs.
func (s Site) KeepCaches(names ...string) error {
	for _, name := range names {
		if _, err := s.Cache(name); err != nil {
			return err
		}
	}
	return nil
}

// Artifacts is what a compiler made.
type Artifacts struct {
	// Members are folders below Root and not below Dir that the app needs when it runs: members of its workspace. They stay.
	Members []string
	// Seldom are folders below Dir, absolute, that change less often than the rest of the app, such as its packages: each is a
	// layer of its own in the image.
	Seldom    []string
	Roots     []string // directories, at their paths in the image, whose ELF files must find their libraries
	Slices    []slicer.Named
	Libraries []slicer.Named // by their sonames, for what opens them by name and does not start without them
	Omit      []slicer.Omit  // files of Slices that the app does not come to
	Processes []Process      // by convention; a Procfile goes before them
	// Started are Site's Processes as the image can run them, where a language has to change them: "npm start" names a
	// program that the image has not. Nil: as they are.
	Started []Process
	// Looked says where a start command was looked for, for the error where there is none.
	Looked []string
	// Programs tells of programs that a command may name, and the files that are them: "web" → the compiled binary.
	Programs map[string]string
	// Writable are folders below Dir, relative to it, that the app's framework writes to when it runs: "storage/logs". They are
	// made where they are not there. The rest of the app's folder is not writable in the image.
	Writable []string
	// MayWrite are more such folders, by what the sources look like, for the log.
	MayWrite []string
	// Components are the modules of the app's language, which lie in layer ComponentsIn.
	Components   []Component
	ComponentsIn string
	Static       bool     // the programs need no libraries at all
	Opens        []Opened // by the language's own files, where it can tell
	Shell        []string // files of the app that run commands by a shell, for the log: "server.js"
	Notes        []string // for the user, after the packages were listed
}

// Opened is a call that opens a library by name.
type Opened struct {
	// Names are those that it tries, in its order: "libmagic.so.1", or "libmagic.so" for any version.
	Names []string
	By    string // the file, for the log: "magic/loader.py"
	// Whole says that code of the app's own opens the one name, which has the version: the image gets the library where Debian has it.
	Whole bool
	Path  string // the library's, where it is opened by an absolute one; the image may have it elsewhere
}

// Process is a process type and its command.
type Process struct {
	Type    string
	Command []string
	Line    string // instead of Command: as in a Procfile
	Default bool   // it is what the image runs by itself; where none says so, web is
	Why     string // "Procfile", "app.py"
}

// Text is the command in one line, as it was written.
func (p Process) Text() string { return cmp.Or(p.Line, strings.Join(p.Command, " ")) }

// Component is a module of the app's language that is in the image. The manifest of the image keeps it, so that whittle
// why can tell what brought it.
type Component struct {
	Name, Version string
	PURL          string // Package URL: "pkg:pypi/flask@3.1.0"
	License       string // SPDX expression, or empty
	// From is the line of the app's files that asked for it or pinned it: "requirements.txt:3", "uv.lock:120", "go.sum". Files
	// are relative to the project's folder.
	From string
	// By are the components that require it, by name; none where the app itself does.
	By []string
	// Paths are the files and folders in the image that are of it, absolute.
	Paths []string
}
