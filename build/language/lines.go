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

// otherFolders hold sources that are not the app's.
var otherFolders = []string{
	"vendor", "node_modules", "target", "third_party", "third-party", "thirdparty", "3rdparty", "subprojects", "external", "extern", "deps", "fuzztest", "unittest", "unittests",
}

// SourceLines calls see with the lines of an app's own sources, the files with some endings, less comments of whole lines, and less
// folders of examples, tests, tools and of others' packages. Where see returns false, the rest of the file is not read. What cannot be
// read, a compiler tells of.
func SourceLines(files fs.FS, endings []string, see func(file string, n int, line string) bool) {
	sourceLines(files, endings, nil, see)
}

// sourceLines is the same, with folders that are the app's own whatever they are called.
func sourceLines(files fs.FS, endings, own []string, see func(file string, n int, line string) bool) {
	own = slices.DeleteFunc(slices.Clone(own), func(o string) bool { return !isOthers(o) })
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir() && isOthers(name) && !slices.ContainsFunc(own, func(o string) bool { return within(name, o) || within(o, name) }):
			return fs.SkipDir
		case e.IsDir() || !slices.Contains(endings, path.Ext(name)):
			return nil
		}
		if dir := path.Dir(name); !isOthers(dir) || slices.ContainsFunc(own, func(o string) bool { return within(dir, o) }) {
			readLines(files, name, see)
		}
		return nil
	})
}

// isOthers tells of a folder, by its path below the app's, that its sources are of examples, tests, tools or other people.
func isOthers(dir string) bool {
	if at := ofPackages.FindStringIndex(dir); at != nil {
		dir = dir[:at[0]]
	}
	return IsMinor(dir) || slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return len(part) > 1 && part[0] == '.' || slices.Contains(otherFolders, part)
	})
}

// within tells whether a path is a folder or lies in it.
func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func readLines(files fs.FS, name string, see func(file string, n int, line string) bool) {
	f, err := files.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if line := strings.TrimSpace(lines.Text()); !isComment(line) && !see(name, n, line) {
			return
		}
	}
}

// isComment tells of a line that it is a comment as a whole, or one of the lines of a long one. A line of code may begin with a star,
// but hardly with one that stands alone.
func isComment(line string) bool {
	if rest, ok := strings.CutPrefix(line, "/*"); ok {
		_, code, ends := strings.Cut(rest, "*/")
		return !ends || code == ""
	}
	return line == "*" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "*/")
}
