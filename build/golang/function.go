package golang

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/mod/modfile"

	"whittle.dev/whittle/build/language"
)

// The Functions Framework: its module, the version that is brought where an app does not require it, and the folder of the program that
// is made for the build.
const (
	framework        = "github.com/GoogleCloudPlatform/functions-framework-go"
	frameworkVersion = "v1.9.2"
	functionFolder   = "whittle-function"
)

// function is what an app is that has functions for the Functions Framework and no program: that is made for the build, as Google's
// buildpacks do.
type function struct {
	Name     string // GOOGLE_FUNCTION_TARGET, or the one that is registered
	Why      string // what names it
	Package  string // the import path of the package that has it
	Register bool   // the package does not register it under its name: it is the name of a function in Go
}

var (
	// registered is how a package tells the framework of a function: functions.HTTP("Hello", hello).
	registered = regexp.MustCompile(`\b\w+\.(?:HTTP|CloudEvent|Typed)\(\s*"([^"]+)"`)
	// topLevel is a function that another package can call.
	topLevel = regexp.MustCompile(`(?m)^func ([A-Z]\w*)\(`)
)

// findFunction looks for the function that GOOGLE_FUNCTION_TARGET names, in the folder of GOOGLE_FUNCTION_SOURCE, or, where the app has
// no program, for the only one that is registered. It is nil where the app is none of functions.
func (g *golang) findFunction(mains []string) (*function, error) {
	want, dir := g.Setting("GOOGLE_FUNCTION_TARGET"), path.Clean(cmp.Or(g.Setting("GOOGLE_FUNCTION_SOURCE"), "."))
	if want == "" && len(mains) > 0 || slices.Contains(mains, dir) {
		return nil, nil
	}
	text, err := g.packageText(dir)
	if err != nil || text == "" && len(mains) > 0 {
		return nil, err
	}
	var names []string
	if strings.Contains(text, `"`+framework+`/functions"`) {
		for _, m := range registered.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
	}
	f := &function{Name: want, Why: "GOOGLE_FUNCTION_TARGET", Package: path.Join(g.modulePath(), dir)}
	switch own := topLevel.FindAllStringSubmatch(text, -1); {
	case want == "" && len(names) == 1:
		f.Name, f.Why = names[0], "the function that the app registers"
	case want == "" && len(names) > 1:
		return nil, &language.Problem{
			What: "several functions are registered, and nothing says which is served", Evidence: []string{language.List(language.Most(names))},
			Next: "Name it: GOOGLE_FUNCTION_TARGET=" + names[0],
		}
	case want == "":
		return nil, nil
	case slices.Contains(names, want):
	case slices.ContainsFunc(own, func(m []string) bool { return m[1] == want }):
		f.Register = true
	default:
		return nil, g.noFunction(want, dir, text, names, own)
	}
	return f, nil
}

// noFunction is the problem of a setting that names no function.
func (g *golang) noFunction(want, dir, text string, names []string, own [][]string) error {
	for _, m := range own {
		names = append(names, m[1])
	}
	problem := &language.Problem{What: fmt.Sprintf("there is no function %q, which GOOGLE_FUNCTION_TARGET names", want)}
	switch names = language.Unique(names); {
	case text == "":
		problem.Evidence = []string{"looked for a package in Go in the folder " + dir}
		problem.Next = "Name the folder of the function by GOOGLE_FUNCTION_SOURCE."
	case len(names) == 0:
		problem.Evidence = []string{"the package in the folder " + dir + " has no function that another package can call"}
		problem.Next = "Begin the function's name with a capital letter."
	default:
		problem.Evidence = []string{"functions of the package in the folder " + dir + ": " + language.List(language.Most(names))}
		problem.Next = "Name one of them: GOOGLE_FUNCTION_TARGET=" + names[0]
	}
	return problem
}

// packageText is all text of a package that go compiles, tests aside; empty where there is none.
func (g *golang) packageText(dir string) (string, error) {
	taken := takenFiles(g.Files, g.Arch, g.allTags())
	files, err := fs.Glob(g.Files, path.Join(dir, "*.go"))
	if err != nil {
		return "", fmt.Errorf("cannot look for the function: %w", err)
	}
	var all strings.Builder
	for _, name := range files {
		text, ok, err := language.ReadText(g.Files, name)
		if err != nil {
			return "", err
		}
		if ok && !strings.HasSuffix(name, "_test.go") && taken(name) {
			all.WriteString(text + "\n")
		}
	}
	return all.String(), nil
}

// modulePath is the import path of the app's root, which it has or is given for the build.
func (g *golang) modulePath() string {
	text, _, err := language.ReadText(g.Files, "go.mod")
	if module := modfile.ModulePath([]byte(text)); err == nil && module != "" {
		return module
	}
	return readLegacy(g.Files).importPath()
}

// target is the program that serves the function.
func (f *function) target() target {
	return target{Arg: "./" + functionFolder, Dir: functionFolder, Name: "function", Standard: true, Why: "function " + f.Name}
}

// server is the program: what the framework's own documentation says to write for a function.
var server = template.Must(template.New("main.go").Parse(`// Package main serves a function. It was made for the build.
package main

import (
{{- if .Register}}
	"context"
{{- end}}
	"log"
{{- if .Register}}
	"net/http"
{{- end}}
	"os"

	"` + framework + `/funcframework"
{{- if .Register}}
	"github.com/cloudevents/sdk-go/v2/event"

	function "{{.Package}}"
{{- else}}

	_ "{{.Package}}"
{{- end}}
)
{{if .Register}}
func register(f any) error {
	switch f := f.(type) {
	case func(http.ResponseWriter, *http.Request):
		return funcframework.RegisterHTTPFunctionContext(context.Background(), "/", f)
	case func(context.Context, event.Event) error:
		return funcframework.RegisterCloudEventFunctionContext(context.Background(), "/", f)
	default:
		return funcframework.RegisterEventFunctionContext(context.Background(), "/", f)
	}
}
{{end}}
func main() {
{{- if .Register}}
	if err := register(function.{{.Name}}); err != nil {
		log.Fatal(err)
	}
{{- end}}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	log.Fatal(funcframework.Start(port))
}
`))

// writeServer writes the program into the app's folder, where go finds it as a part of the module; remove takes it away again.
func (f *function) writeServer(dir string) (remove func(), err error) {
	var text bytes.Buffer
	if err := server.Execute(&text, f); err != nil {
		return nil, fmt.Errorf("cannot write the program of the function: %w", err)
	}
	folder := filepath.Join(dir, functionFolder)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, fmt.Errorf("cannot write the program of the function: %w", err)
	}
	remove = func() { _ = os.RemoveAll(folder) } // its source goes with the others where this fails
	if err := writeNew(filepath.Join(folder, "main.go"), text.String()); err != nil {
		remove()
		return nil, fmt.Errorf("cannot write the program of the function: %w", err)
	}
	return remove, nil
}

// requireFramework makes sure that go has the framework, and what of it only the program imports: go.sum has no more than the app does.
func (g *golang) requireFramework(ctx context.Context) error {
	g.Log.Line("function: %s (%s), by the Functions Framework", g.function.Name, g.function.Why)
	has := func(name string) bool { return language.Exists(filepath.Join(g.Dir, name)) }
	if served := "vendor/" + framework + "/funcframework"; has("vendor") && !has(served) {
		return &language.Problem{
			What: "vendor/ has no Functions Framework, which serves the function", Evidence: []string{"looked for " + served},
			Next: fmt.Sprintf("Import _ %q in the function's package, and run go mod tidy and go mod vendor.", framework+"/funcframework"),
		}
	}
	switch mod, err := g.readModule(); {
	case !has("go.mod"): // a module that is made for the build gets what it imports
		return nil
	case err != nil:
		return err
	case slices.ContainsFunc(mod.Require, func(r *modfile.Require) bool { return r.Mod.Path == framework }):
	default:
		g.Log.Line("bringing the Functions Framework %s, because go.mod does not require it", frameworkVersion)
		if err := g.run(ctx, "get", framework+"@"+frameworkVersion); err != nil {
			return err
		}
	}
	if !has("go.work") && !slices.ContainsFunc(g.flags, func(f string) bool { return strings.HasPrefix(f, "-mod=") }) {
		g.flags = append(g.flags, "-mod=mod")
	}
	return nil
}
