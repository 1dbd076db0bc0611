package java

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// executable is a program that a plugin of Maven runs: of exec-maven-plugin, or a task of Ant's.
var executable = regexp.MustCompile(`<executable>\s*([^<\s]+)\s*</executable>|\bexecutable="([^"]+)"`)

// frontEndPrograms are the programs of Node.js that builds call.
var frontEndPrograms = []string{"node", "npm", "npx", "yarn", "pnpm", "pnpx", "bun", "bunx"}

// calls names the programs of other languages that Maven's plugins run, by the executables that they name. Paketo's setting
// asks for them where a plugin finds out by itself, or says that there are none to be had.
func calls(files fs.FS, env map[string]string) []string {
	switch strings.ToLower(env["BP_JAVA_INSTALL_NODE"]) {
	case "true", "1":
		return []string{"node", "npm", "yarn"}
	case "false", "0":
		return nil
	}
	var all []string
	for _, dir := range modules(files) {
		text, err := fs.ReadFile(files, path.Join(dir, "pom.xml"))
		if err != nil {
			continue
		}
		for _, m := range executable.FindAllStringSubmatch(string(text), -1) {
			name := strings.TrimSuffix(path.Base(m[1]+m[2]), ".cmd")
			if slices.Contains(frontEndPrograms, name) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
