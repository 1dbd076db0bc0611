package java

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// executable is a program that a plugin of Maven runs: of exec-maven-plugin, or a task of Ant's.
var executable = regexp.MustCompile(`<executable>\s*([^<\s]+)\s*</executable>|\bexecutable="([^"]+)"`)

// frontEndPrograms are the programs of Node.js that builds call.
var frontEndPrograms = []string{"node", "npm", "npx", "yarn", "pnpm", "pnpx", "bun", "bunx"}

// installNode is Paketo's setting that says whether the build has Node.js.
const installNode = "BP_JAVA_INSTALL_NODE"

// calls names the programs of other languages that Maven's plugins run, by the executables that they name. Paketo's setting
// asks for them where a plugin finds out by itself, or says that there are none to be had.
func calls(files fs.FS, env map[string]string) []string {
	if env[installNode] != "" {
		if on, err := (language.Site{Env: env}).Truth(installNode, false); err == nil && on {
			return []string{"node", "npm", "yarn"}
		}
		return nil // what is neither true nor false was told before
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
