package language

import (
	"bufio"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// ofPackages matches what lies below a folder of packages, by the layout of Maven and Gradle or by a domain: com/example is none of examples.
var ofPackages = regexp.MustCompile(`(?:^|/)src/(?:main/(?:java|kotlin|groovy|scala)|com|org|net|io|edu)/`)

// SourceLines calls see with the lines of an app's own sources, the files with some endings, less comments of whole lines
// that begin with two slashes, and less folders of examples, tests, tools and of others' packages. Where see returns false,
// the rest of the file is not read. What cannot be read, a compiler tells of.
func SourceLines(files fs.FS, endings []string, see func(file string, n int, line string) bool) {
	others := []string{"vendor", "node_modules", "target", "third_party", "subprojects", "external"}
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir() && name != "." && (IsMinor(e.Name()) && !ofPackages.MatchString(name) || e.Name()[0] == '.' || slices.Contains(others, e.Name())):
			return fs.SkipDir
		case !e.IsDir() && slices.Contains(endings, path.Ext(name)):
			readLines(files, name, see)
		}
		return nil
	})
}

func readLines(files fs.FS, name string, see func(file string, n int, line string) bool) {
	f, err := files.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if line := strings.TrimSpace(lines.Text()); !strings.HasPrefix(line, "//") && !see(name, n, line) {
			return
		}
	}
}
