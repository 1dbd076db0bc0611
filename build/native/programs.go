package native

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// artifacts tells the build phase what is in the layer.
func (n *native) artifacts() (language.Artifacts, error) {
	a := language.Artifacts{Roots: []string{n.prefix}, Programs: map[string]string{}, Looked: []string{"programs that " + n.system.name + " built"}}
	for _, dir := range []string{"bin", "sbin"} {
		programs, err := n.programsIn(filepath.Join(n.prefix, dir))
		if err != nil {
			return a, err
		}
		for _, file := range programs {
			name := filepath.Base(file)
			a.Programs[name] = file
			a.Processes = append(a.Processes, language.Process{Type: name, Command: []string{file}, Why: "built by " + n.system.name})
		}
	}
	if len(a.Processes) == 0 {
		return a, n.noProgram()
	}
	return a, n.chooseDefault(a.Processes)
}

// programsIn are the programs in a folder, sorted; none where there is no such folder.
func (n *native) programsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list programs: %w", err)
	}
	var all []string
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if o, err := readELF(file); err == nil && o != nil && isProgram(o, file) {
			all = append(all, file)
		}
	}
	return all, nil
}

// chooseDefault marks the program that the image runs by itself: the one that BP_C_PROGRAM names, else web, the only one, the
// one with the project's name, or one of a usual name. Where the user names processes, nothing has to be decided.
func (n *native) chooseDefault(all []language.Process) error {
	names := []string{"web", projectName(n.Files), "server", "app", "api"}
	said := n.Setting("BP_C_PROGRAM")
	if said != "" {
		names = []string{said}
	}
	i := -1
	for _, name := range names {
		if i < 0 {
			i = slices.IndexFunc(all, func(p language.Process) bool { return p.Type == name })
		}
	}
	if said == "" && len(all) == 1 {
		i = 0
		all[0].Type = "web"
	}
	if i >= 0 {
		all[i].Default = true
		return nil
	}
	var have []string
	for _, p := range all {
		have = append(have, p.Type)
	}
	switch {
	case said != "":
		return &language.Problem{What: "there is no program " + said, Evidence: []string{"BP_C_PROGRAM=" + said, "built: " + language.List(have)}, Next: "Set it to one of these, or leave it out."}
	case len(n.Processes) > 0:
		return nil
	}
	return &language.Problem{
		What: "there are several programs, and nothing says which one the image runs", Evidence: have,
		Next: "Set BP_C_PROGRAM=" + have[0] + ", or write a Procfile: web: " + have[0],
	}
}

// projectNames find the project's own name in the files of build systems.
var projectNames = map[string]*regexp.Regexp{
	"CMakeLists.txt": regexp.MustCompile(`(?mi)^\s*project\s*\(\s*"?([\w.+-]+)`),
	"meson.build":    regexp.MustCompile(`(?m)^\s*project\s*\(\s*'([^']+)'`),
	"configure.ac":   regexp.MustCompile(`(?m)^\s*AC_INIT\(\s*\[?([\w.+-]+)`),
}

func projectName(files fs.FS) string {
	for _, name := range []string{"CMakeLists.txt", "meson.build", "configure.ac"} {
		if text, err := fs.ReadFile(files, name); err == nil {
			if m := projectNames[name].FindStringSubmatch(string(text)); m != nil {
				return strings.TrimSpace(m[1])
			}
		}
	}
	return ""
}
