package golang

import (
	"fmt"
	"go/build/constraint"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// withoutMain is the problem of an app without a main package of its own. Modules of their own below it may have some.
func (g *golang) withoutMain() error {
	problem := &language.Problem{
		What: "there is no main package", Evidence: []string{"looked in every directory but vendor, testdata and hidden ones, and those with a go.mod of their own"},
		Next: "Whittle builds programs. Name one by BP_GO_TARGETS if it is elsewhere.",
	}
	mains, err := mainPackages(g.Files, g.Arch, g.allTags())
	if err != nil {
		return err
	}
	var modules []string
	for _, at := range withoutMinor(mains) {
		for ; at != "." && !language.IsFile(g.Files, path.Join(at, "go.mod")); at = path.Dir(at) {
		}
		if at != "." {
			modules = append(modules, at)
		}
	}
	tag, tagged := g.tagged()
	functions, err := g.answering()
	if err != nil {
		return err
	}
	switch modules = language.Unique(modules); {
	case tag != "":
		problem.Evidence = append(problem.Evidence, "there is one in "+tagged+", for builds with the tag "+tag)
		problem.Next = "Set BP_GO_BUILD_TAGS=" + tag + "."
	case len(modules) == 0 && len(functions) > 0:
		problem.Evidence = append(problem.Evidence, "functions of the app's folder that answer requests: "+language.List(language.Most(functions)))
		problem.Next = "Name the one that Google's Functions Framework is to serve: GOOGLE_FUNCTION_TARGET=" + functions[0] + "; or add a main package that serves it."
	case len(modules) == 0:
	case len(modules) == 1:
		problem.Next = fmt.Sprintf("Whittle builds programs. %s/go.mod is a module of its own that has one: name its folder by BP_WHITTLE_APP=%[1]s.", modules[0])
	default:
		problem.Evidence = append(problem.Evidence, "modules of their own that have one: "+language.List(language.Most(modules)))
		problem.Next = fmt.Sprintf("Name the folder of one: BP_WHITTLE_APP=%s.", modules[0])
	}
	return problem
}

// answers matches a function that another package can have answer requests.
var answers = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(\s*\w+\s+http\.ResponseWriter\s*,\s*\w+\s+\*http\.Request\s*\)`)

// answering are such functions of the package in the app's folder.
func (g *golang) answering() ([]string, error) {
	text, err := g.packageText(".")
	var names []string
	for _, m := range answers.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names, err
}

// notForApps are tags of files that are no part of an app, or of one for another machine.
var notForApps = strings.Fields("ignore none tools generate mage integration e2e windows darwin freebsd netbsd openbsd dragonfly solaris illumos aix android ios plan9 js wasip1 wasm " +
	"386 arm arm64 amd64 loong64 mips mips64 ppc64 ppc64le riscv64 s390x")

// tagged is the first build tag with which alone go takes a main package, and the folder of that; both are empty where there is none.
func (g *golang) tagged() (tag, dir string) {
	_ = walkFiles(g.Files, func(name string) error { // what cannot be read, mainPackages told of
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, _, err := language.ReadText(g.Files, name)
		if err != nil || !isMain([]byte(text)) {
			return nil
		}
		for line := range strings.Lines(text) {
			if !constraint.IsGoBuild(line) && !constraint.IsPlusBuild(line) {
				continue
			}
			expression, err := constraint.Parse(line)
			only, ok := expression.(*constraint.TagExpr)
			if err == nil && ok && !slices.Contains(notForApps, only.Tag) {
				tag, dir = only.Tag, path.Dir(name)
				return fs.SkipAll
			}
		}
		return nil
	})
	return tag, dir
}
