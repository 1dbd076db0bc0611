package golang

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// Directives of Heroku's buildpack in go.mod: "// +heroku install ./cmd/... ./other", "// +heroku goVersion go1.26".
var (
	herokuInstall = regexp.MustCompile(`(?m)^[ \t]*//[ \t]*\+heroku[ \t]+install[ \t]+(\S.*)$`)
	herokuVersion = regexp.MustCompile(`(?m)^[ \t]*//[ \t]*\+heroku[ \t]+goVersion[ \t]+(\S+)`)
)

// said is what the user names to be built, and where: BP_GO_TARGETS, the variables by which Heroku and Cloud Foundry, and Google, take it, the
// directive in go.mod.
func (g *golang) said() (words []string, from string) {
	for _, name := range []string{"BP_GO_TARGETS", "GO_INSTALL_PACKAGE_SPEC", "GOOGLE_BUILDABLE"} {
		if words = strings.FieldsFunc(g.Setting(name), isSeparator); len(words) > 0 {
			return words, name
		}
	}
	text, _, err := language.ReadText(g.Files, "go.mod")
	if found := herokuInstall.FindStringSubmatch(text); err == nil && found != nil {
		return strings.Fields(found[1]), "go.mod (+heroku install)"
	}
	return nil, ""
}

// expand replaces patterns ("./cmd/...") by the main packages that they match, less examples and tools where they match others, and import
// paths of the app's own module by folders; a folder of that name goes before.
func expand(dir fs.FS, words, mains []string, from string) ([]string, error) {
	text, _, err := language.ReadText(dir, "go.mod")
	if err != nil {
		return nil, err
	}
	module := cmp.Or(modfile.ModulePath([]byte(text)), readLegacy(dir).importPath())
	var all []string
	add := func(name string) {
		if !slices.ContainsFunc(all, func(other string) bool { return path.Clean(other) == path.Clean(name) }) {
			all = append(all, name)
		}
	}
	for _, w := range words {
		_, none := fs.Stat(dir, path.Clean(strings.TrimSuffix(w, "/...")))
		if rest, ok := strings.CutPrefix(w, module); ok && (rest == "" || rest[0] == '/') && none != nil {
			w = "." + rest
		}
		prefix, pattern := strings.CutSuffix(w, "...")
		if !pattern {
			add(w)
			continue
		}
		prefix = path.Clean(prefix)
		matched := slices.DeleteFunc(slices.Clone(mains), func(m string) bool {
			return prefix != "." && m != prefix && !strings.HasPrefix(m, prefix+"/")
		})
		if len(matched) == 0 {
			return nil, &language.Problem{
				What: fmt.Sprintf("the target %q of %s matches no main package", w, from), Evidence: []string{"main packages: " + language.List(mains)},
				Next: "Name directories below the app's root that have one, such as ./cmd/web.",
			}
		}
		for _, m := range withoutMinor(matched) {
			add(m)
		}
	}
	return all, nil
}

// programOfProcess is the name that the web process has for the app's one program, where no file tells one. A program that the run
// image or the build image has is another one, and so is a file of the app.
func (g *golang) programOfProcess(otherwise string) string {
	for _, p := range g.Processes {
		line, err := command.Of(p.Line, p.Command)
		if p.Type != "web" || err != nil || len(line) != 1 {
			continue
		}
		args := command.Plain(line[0].Call().Words)
		if len(args) == 0 || !fs.ValidPath(path.Clean(args[0])) {
			continue
		}
		name := path.Base(args[0])
		if !programWord.MatchString(name) || g.Floor.HasFile("usr/bin/"+name) || language.HasProgram(g.Env, name) || language.Exists(path.Join(g.Dir, args[0])) {
			continue
		}
		return name
	}
	return otherwise
}

var programWord = regexp.MustCompile(`^[A-Za-z0-9_][\w.-]*$`)
