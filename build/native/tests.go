package native

import (
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/closure"
)

// registered is a test that a project registers, as meson introspect --tests tells it, or ctest --show-only=json-v1.
type registered struct {
	Meson []string `json:"cmd"`
	CTest []string `json:"command"`
}

// dropTests leaves out of the programs of a library those that its tests run: nobody starts them but who changes the library. Of a
// project that installs no library every program may be the app. What the user names stays.
func (n *native) dropTests(made *built, tests []registered) {
	if n.Setting("BP_C_PROGRAM") != "" || len(n.Processes) > 0 {
		return
	}
	made.Programs = slices.DeleteFunc(made.Programs, func(file string) bool {
		runs := slices.ContainsFunc(tests, func(t registered) bool {
			return len(t.Meson) > 0 && t.Meson[0] == file || len(t.CTest) > 0 && t.CTest[0] == file
		})
		if runs {
			made.Tests = append(made.Tests, filepath.Base(file))
		}
		return runs
	})
}

const isLibrary = "the project is a library, and an image runs a program"

// installedLibraries are the names of the shared libraries that the project has installed.
func (n *native) installedLibraries() (names []string) {
	err := n.each(func(file string, _ *closure.Object) error {
		names = append(names, filepath.Base(file))
		return nil
	})
	if err != nil {
		return nil // what cannot be read tells nothing
	}
	return names
}

// noProgram is the problem of a build that leaves nothing to run.
func (n *native) noProgram() error {
	if tests := n.built.Tests; len(tests) > 0 {
		return &language.Problem{
			What: isLibrary, Evidence: []string{"built by " + n.system.name + " only for its tests: " + language.List(tests)},
			Next: "Build the app that uses the library. If it is one of these, set BP_C_PROGRAM=" + tests[0] + ", or give it an install rule.",
		}
	}
	if libraries := n.installedLibraries(); len(libraries) > 0 {
		return &language.Problem{
			What: isLibrary, Evidence: []string{"installed by " + n.system.name + ": " + language.List(libraries)},
			Next: "Build the app that uses the library.",
		}
	}
	return &language.Problem{
		What: n.system.name + " built no program", Evidence: []string{"looked for programs that are installed, and for targets that are programs"},
		Next: "Whittle builds programs. If one is built by another target or option, say so by BP_C_BUILD_ARGS.",
	}
}
