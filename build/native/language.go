// Package native builds programs in C and C++ by CMake, Meson, autotools or make.
package native

import (
	"io/fs"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is C and C++.
var Language = language.Language{
	Language: detect.Language{
		Name: "c", Claims: claims, Looked: []string{"CMakeLists.txt", "meson.build", "configure.ac", "configure", "a Makefile that compiles C or C++"},
		Lone: "*.c *.cc *.cpp *.cxx", Lacks: "nothing that says how it is built: add a Makefile, a CMakeLists.txt or a meson.build.",
		Programs: []string{"make", "cmake"}, Beside: true,
	},
	Compile:  compile,
	Choices:  []language.Choice{{Setting: "BP_C_BUILD_SYSTEM", Words: []string{"cmake", "meson", "autotools", "make"}}},
	Packages: buildPackages,
	Tools: []language.Tool{
		{Name: "cmake", Without: "CMake take Debian's package of what it downloads: name that in project.toml, under [dev.whittle.build] packages, and set BP_C_BUILD_ARGS=-DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=ALWAYS"},
		{Name: "meson", Without: "Meson take Debian's package of what it downloads: name that in project.toml, under [dev.whittle.build] packages"},
	},
	Absent: map[string]string{"make": language.InsteadOfSteps, "gcc": language.InsteadOfSteps},
}

// claims takes a folder for an app in C or C++ where it has the files of a build system that whittle can run.
func claims(dir fs.FS) []string {
	var found []string
	for _, s := range systems {
		if file := s.claims(dir); file != "" {
			found = append(found, file)
		}
	}
	return found
}
