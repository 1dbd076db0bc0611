package golang

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// listensOn is how a server of Go is told its port, alone or in an address, itself or by a name: ":8080", ":"+port, *addr,
// fmt.Sprintf(":%d", cfg.Port). Clients have addresses, too, but not of all interfaces.
var listensOn = regexp.MustCompile(`(?:\b(?:Listen(?:AndServe(?:TLS)?)?|Run|RunTLS|Start|StartTLS|WithHostPorts)\(\s*(?:"tcp[46]?",\s*)?(?:` + formatted + `|"?(?:` + everywhere + `?:)?(?:"\s*\+\s*)?)|` +
	`\bAddr:\s*(?:` + formatted + `|"` + everywhere + `?:(?:"\s*\+\s*)?))(?:strconv\.Itoa\()?\*?(?:[A-Za-z_]\w*\.)*(\w+)`)

const (
	everywhere = `(?:0\.0\.0\.0|\[::\])`
	formatted  = `fmt\.Sprintf\("` + everywhere + `?:%[dsv]",\s*`
)

// loopback is what Go's servers say that listen on the loopback address alone; clients name it, too. Profiles (net/http/pprof) are
// served there on purpose, on port 6060.
var loopback = regexp.MustCompile(`(?:\bListen(?:AndServe(?:TLS)?|Config|TCP|Packet)?\(|\.(?:Run|RunTLS|Start|Serve|WithHostPorts)\(|\bhttp\.Server\{).*"(?:127\.0\.0\.1|localhost|\[::1\]):(?:[0-57-9]|6[1-9]|["%$])`)

// seen is what the sources of an app tell of the programs. Sources are removed from the image, and so are read before.
type seen struct {
	language.Listening
	Serving  serving
	Testdata []string // folders of that name that sources name: such a program reads its templates there
}

// testdata is a path in quotes that leads to such a folder or through it.
var testdata = regexp.MustCompile("[\"`](?:\\./)?((?:[\\w.-]+/)*testdata)[/\"`]")

// writing is how sources in Go write files.
var writing = language.Writing{Endings: []string{".go"}, Writes: regexp.MustCompile(`\b(?:os|ioutil)\.(?:WriteFile|Create|OpenFile|Mkdir|MkdirAll)\(|\bSaveUploadedFile\(|["` + "`" + `][^"` + "`" + `]*\.(?:sqlite3?|db)["?` + "`" + `]`), Direct: regexp.MustCompile(`\bos\.Mkdir(?:All)?\(\s*"` + language.RelativePath + `/?"`)}

// look reads the sources: those of the targets whatever their folders are called, and of other programs none.
func (g *golang) look(targets []target) (s seen) {
	how := language.Serving{Endings: []string{".go"}, Loopback: onLoopback, Port: listensOn, Aside: "6060"}
	for _, t := range targets {
		how.Own = append(how.Own, t.folder())
	}
	how.Not = slices.DeleteFunc(slices.Clone(g.mains), func(m string) bool { return slices.Contains(how.Own, m) })
	s.Listening = g.Listening(how, s.Serving.see, func(_ string, _ int, line string) {
		if !strings.Contains(line, "testdata") { // most lines of large projects, which no pattern need look at
			return
		}
		for _, m := range testdata.FindAllStringSubmatch(line, -1) {
			s.Testdata = append(s.Testdata, m[1])
		}
	})
	return s
}

// onLoopback tells of a line that has a server listen on the loopback address alone.
func onLoopback(line string) bool {
	named := strings.Contains(line, "127.0.0.1") || strings.Contains(line, "localhost") || strings.Contains(line, "[::1]")
	return named && loopback.MatchString(line)
}

// variables are what the programs find set where nobody sets it.
func (g *golang) variables(readsPort bool) map[string]string {
	switch {
	case g.function != nil:
		return map[string]string{"PORT": "8080", "FUNCTION_TARGET": g.function.Name}
	case readsPort:
		return map[string]string{"PORT": "8080"}
	}
	return nil
}

// removeGoSources removes what is no runtime artifact of a Go app and tells how many files that were: Go sources and
// module files, the root's vendor/ and Godeps/, testdata/ but for folders that are read, and what is none of any language.
func removeGoSources(dir string, read []string) (int, error) {
	return language.RemoveSources(dir, func(rel string, e fs.DirEntry) bool {
		if e.IsDir() {
			return e.Name() == "testdata" && !slices.Contains(read, rel) || rel == "vendor" || rel == "Godeps"
		}
		return slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum"}, e.Name()) || strings.HasSuffix(rel, ".go")
	})
}

// walkFiles calls see with the files in Go of the folder's modules, tests too, in the order of their names. It ends with the first error of
// the folder's or of see's, where fs.SkipAll is none.
func walkFiles(files fs.FS, see func(name string) error) error {
	return fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && notOfModule(e.Name()):
			return fs.SkipDir
		case !e.IsDir() && path.Ext(name) == ".go":
			return see(name)
		}
		return nil
	})
}

// notOfModule tells of a folder, by its name, that it has no packages of the app.
func notOfModule(base string) bool {
	return slices.Contains([]string{"vendor", "testdata", "node_modules"}, base) || base[0] == '.' || base[0] == '_'
}
