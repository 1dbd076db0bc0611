package rust

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"whittle.dev/whittle/build/language"
)

// embeds is the attribute by which rust-embed and its like take a folder into the program, by its path from the package's.
var embeds = regexp.MustCompile(`^#\[folder\s*=\s*"(?:\$CARGO_MANIFEST_DIR/)?([^"$]+)"`)

// namedPaths lists the folders that the app's sources embed, and the paths that they name otherwise.
func namedPaths(files fs.FS) []language.Named {
	var all []language.Named
	language.SourceLines(files, []string{".rs"}, func(file string, n int, line string) bool {
		if m := embeds.FindStringSubmatch(line); m != nil {
			if at := path.Join(packageOfFile(files, file), m[1]); fs.ValidPath(at) {
				all = append(all, language.Named{Path: at, By: fmt.Sprintf("%s line %d", file, n), Embedded: true})
			}
		}
		return true
	})
	return append(all, language.NamedPaths(files, ".rs")...)
}

// packageOfFile is the folder of the package that a file is of: the nearest with a Cargo.toml.
func packageOfFile(files fs.FS, file string) string {
	for at := path.Dir(file); at != "."; at = path.Dir(at) {
		if language.IsFile(files, path.Join(at, "Cargo.toml")) {
			return at
		}
	}
	return "."
}
