package golang

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/build/language"
)

// namedPaths lists what the app's sources embed, and the paths that they name otherwise.
func namedPaths(files fs.FS) []language.Named {
	var all []language.Named
	_ = walkFiles(files, func(name string) error { // what cannot be read, go tells of
		if !strings.HasSuffix(name, "_test.go") {
			all = append(all, embedded(files, name)...)
		}
		return nil
	})
	return append(all, language.NamedPaths(files, ".go")...)
}

// embedded lists what the directives "//go:embed" of a file name: of a pattern, the folder in which it begins.
func embedded(files fs.FS, name string) []language.Named {
	f, err := files.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	var all []language.Named
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		patterns, ok := strings.CutPrefix(lines.Text(), "//go:embed ")
		if !ok {
			continue
		}
		for _, pattern := range strings.Fields(patterns) {
			pattern = strings.TrimPrefix(strings.Trim(pattern, "\"`"), "all:")
			for strings.ContainsAny(pattern, `*?[\`) {
				pattern = path.Dir(pattern)
			}
			if at := path.Join(path.Dir(name), pattern); fs.ValidPath(at) {
				all = append(all, language.Named{Path: at, By: fmt.Sprintf("%s line %d", name, n), Embedded: true})
			}
		}
	}
	return all
}
