package whittle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "whittle.dev/whittle/"

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Dir, Name              string
	GoFiles, CgoFiles                  []string
	Imports, TestImports, XTestImports []string
}

// within lists the packages of the module that a package may import; "/..." at the end stands for everything below. The lines
// go upwards: a line names nothing but lines above it, and so nothing can go in a circle. A package that no line names may
// import nothing of the module.
var within = []struct {
	importer string
	may      []string
}{
	// leaves
	{"internal/buildid", nil},
	{"internal/builders", nil},
	{"internal/compact", nil},
	{"internal/compiled", nil},
	{"internal/deb", nil},
	{"internal/digest", nil},
	{"internal/document", nil},
	{"internal/fetch", nil},
	{"internal/pairs", nil},
	{"internal/paths", nil},
	{"internal/pieces", nil},
	{"internal/sandbox", nil},
	{"internal/shell", nil},
	{"internal/stage", nil},
	{"internal/owned", nil},
	{"internal/store", []string{"internal/owned"}},
	{"internal/terminal", nil},
	{"internal/text", nil},
	{"internal/problem", []string{"internal/terminal"}},
	{"internal/debian", []string{"internal/deb", "internal/paths"}},
	{"internal/script", []string{"internal/debian"}},
	{"internal/closure", []string{"internal/debian", "internal/script"}},
	{"internal/archive", []string{"internal/deb", "internal/fetch", "internal/owned", "internal/pieces", "internal/text"}},
	{"trace", nil},
	{"releases", nil},
	{"project", []string{"internal/document", "internal/problem", "internal/text"}},
	// what a selection takes and makes
	{"slicer/tree", leaves},
	{"slicer/contract", leaves},
	{"slicer/release", leaves},
	{"slicer/missing", leaves},
	{"slicer/manifest", slices.Concat(leaves, []string{"slicer/contract", "slicer/tree"})},
	{"slicer/packages", slices.Concat(leaves, []string{"slicer/manifest", "slicer/tree"})},
	{"slicer/slicertest", nil},
	{"slicer/packages/packagestest", []string{"slicer/manifest", "slicer/packages", "slicer/tree"}},
	{"slicer/sbom", slices.Concat(leaves, []string{"slicer/manifest", "slicer/tree"})},
	// the passes of a selection, and the selection
	{"slicer/internal/plan", records},
	{"slicer/internal/resolve", slices.Concat(records, []string{"slicer/internal/plan"})},
	{"slicer/internal/interp", passes},
	{"slicer/internal/libraries", passes},
	{"slicer/internal/maintscript", passes},
	{"slicer", slices.Concat(passes, []string{"slicer/internal/interp", "slicer/internal/libraries", "slicer/internal/maintscript"})},
	// what is made of a selection
	{"slicer/lock", slices.Concat(records, []string{"slicer"})},
	{"slicer/rootfs", slices.Concat(records, []string{"slicer"})},
	{"slicer/verify", slices.Concat(records, []string{"slicer", "slicer/internal/plan"})},
	// the buildpack
	{"detect", []string{"internal/problem", "project"}},
	{"build/command", nil},
	{"build/failure", nil},
	{"build/start", []string{"build/command"}},
	// images
	{"image/launch", []string{"internal/document"}},
	{"image/layerfs", nil},
	{"image/lifecycle", leaves},
	{"image/imagetest", nil},
	{"image", slices.Concat(leaves, []string{"image/layerfs"})},
	{"image/inspect", slices.Concat(slicing, []string{"build/command", "build/start", "image", "image/launch", "image/layerfs", "image/lifecycle"})},
	{"image/write", slices.Concat(leaves, []string{"image", "slicer/manifest", "slicer/tree"})},
	{"image/runimage", slices.Concat(slicing, []string{"image/lifecycle", "image/write"})},
	{"image/rebase", slices.Concat(slicing, []string{"image", "image/inspect", "image/launch", "image/lifecycle"})},
	{"image/finish", slices.Concat(leaves, []string{"image", "image/inspect", "image/launch", "image/lifecycle", "image/write"})},
	{"build/language", slices.Concat(slicing, []string{"detect", "project"})},
	{"build/language/languagetest", []string{"build/language", "internal/builders", "releases"}},
	{"build/earlier", []string{"internal/document"}},
	{"build/nginx", slices.Concat(slicing, []string{"build/language"})},
	{"build/pages", slices.Concat(slicing, []string{"build/language", "build/nginx"})},
	{"build/httpd", slices.Concat(slicing, []string{"build/command", "build/language"})},
	{"build/plain", slices.Concat(slicing, []string{"build/command", "build/httpd", "build/language", "build/nginx", "build/pages", "detect", "project"})}, // claims by what the project says
	{"build/node/npm", []string{"build/language"}},
	{"build/node/npm/npmtest", []string{"build/node/npm"}},
	{"build/node", slices.Concat(slicing, []string{"build/command", "build/language", "build/nginx", "build/node/npm", "build/pages", "detect"})},
	{"build", slices.Concat(slicing, []string{"build/command", "build/earlier", "build/failure", "build/language", "build/start", "detect", "project"})},
	{"build/...", slices.Concat(slicing, []string{"build/command", "build/httpd", "build/language", "build/nginx", "build/pages", "detect"})}, // a language; none knows another
	// programs
	{"cmd/start", []string{"build/command"}},
	{"cmd/certificates", []string{"internal/compiled"}},
	{"cmd/buildpack", slices.Concat(slicing, []string{"build/...", "detect", "project", "releases"})},
	{"cmd/whittle", slices.Concat(slicing, []string{"image/...", "releases", "trace"})},
	{"scripts/bench", slices.Concat(slicing, []string{"releases", "slicer/slicertest"})}, // which makes what grows
	{"scripts/node", []string{"build/language", "build/node"}},                           // which has ready what builds look for
	{"scripts/...", slices.Concat(slicing, []string{"image/...", "releases"})},
}

var (
	leaves  = []string{"internal/..."}
	records = slices.Concat(leaves, []string{"slicer/contract", "slicer/manifest", "slicer/missing", "slicer/packages", "slicer/release", "slicer/tree"})
	passes  = slices.Concat(records, []string{"slicer/internal/plan", "slicer/internal/resolve"})
	slicing = slices.Concat(records, []string{"slicer", "slicer/lock", "slicer/rootfs", "slicer/sbom", "slicer/verify"})
)

// owners lists the libraries that belong to a few packages, by the beginning of their import path.
var owners = []struct {
	library string
	may     []string
	tests   bool // a test elsewhere may not import it, either
}{
	{"github.com/paketo-buildpacks/packit/v2", []string{"detect", "build", "cmd/buildpack"}, false},
	{"github.com/google/go-containerregistry", []string{"image/...", "cmd/whittle"}, false},
	{"github.com/ProtonMail/go-crypto", []string{"internal/archive", "slicer/release", "slicer/slicertest"}, true},
	{"golang.org/x/crypto/openpgp", nil, true},
	{"go.yaml.in/yaml", []string{"slicer/release", "image/runimage", "internal/document", "build/node", "build/python"}, false}, // definitions of slices, of run images, and files of apps
	{"mvdan.cc/sh", []string{"internal/shell"}, true},
	{"github.com/onsi/gomega", []string{"integration"}, true},
}

// surroundings are the functions of package os by which a program sees the environment or ends.
var surroundings = []string{"Environ", "Exit", "ExpandEnv", "Getenv", "LookupEnv", "Setenv"}

// mayRead are the packages that may call them.
var mayRead = []string{"cmd/...", "scripts/..."}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	packages := listModule(t)
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

func TestOnlyCommandsSeeTheEnvironment(t *testing.T) {
	seen := false
	for _, p := range listModule(t) {
		for _, file := range append(p.GoFiles, p.CgoFiles...) {
			calls, err := surroundingsIn(filepath.Join(p.Dir, file), nil)
			if err != nil {
				t.Fatal(err)
			}
			allowed := matches(mayRead, short(p.ImportPath))
			seen = seen || allowed && len(calls) > 0
			if len(calls) > 0 && !allowed {
				t.Errorf("%s of %s: only %s may", calls, short(p.ImportPath), strings.Join(mayRead, ", "))
			}
		}
	}
	if !seen {
		t.Error("no command reads the environment: this test sees nothing")
	}
}

// TestViolationsAreSeen breaks each rule once.
func TestViolationsAreSeen(t *testing.T) {
	got := violations([]listed{
		{ImportPath: module + "detect", Imports: []string{module + "slicer", "io"}},
		{ImportPath: module + "slicer", Imports: []string{module + "build", module + "slicer/lock", module + "slicer/internal/plan"}},
		{ImportPath: module + "slicer/packages", Imports: []string{module + "slicer", module + "slicer/internal/plan", module + "slicer/tree"}},
		{ImportPath: module + "slicer/internal/interp", Imports: []string{module + "slicer/internal/libraries", module + "slicer/internal/resolve"}},
		{ImportPath: module + "slicer/verify", Imports: []string{module + "slicer/internal/resolve", module + "slicer"}},
		{ImportPath: module + "internal/deb", Imports: []string{module + "internal/store", "github.com/ProtonMail/go-crypto/openpgp"}},
		{ImportPath: module + "build", Imports: []string{module + "releases", module + "slicer/internal/plan", "github.com/ProtonMail/go-crypto/openpgp"}, XTestImports: []string{module + "releases"}},
		{ImportPath: module + "build", Imports: []string{module + "build/language", module + "build/python"}},
		{ImportPath: module + "build/golang", Imports: []string{module + "build/language", module + "build/python", module + "project", "github.com/paketo-buildpacks/packit/v2"}},
		{ImportPath: module + "image/inspect", Imports: []string{module + "slicer", "github.com/paketo-buildpacks/packit/v2/pexec"}},
		{ImportPath: module + "cmd/whittle", TestImports: []string{"github.com/onsi/gomega/types"}},
	})
	want := []string{
		"detect imports slicer", "slicer imports build", "slicer imports slicer/lock",
		"slicer/packages imports slicer", "slicer/packages imports slicer/internal/plan",
		"slicer/internal/interp imports slicer/internal/libraries", "slicer/verify imports slicer/internal/resolve",
		"internal/deb imports internal/store", "internal/deb imports github.com/ProtonMail/go-crypto/openpgp",
		"build imports releases", "build imports slicer/internal/plan", "build imports github.com/ProtonMail/go-crypto/openpgp",
		"build imports build/python", "build/golang imports build/python", "build/golang imports project", "build/golang imports github.com/paketo-buildpacks/packit/v2",
		"image/inspect imports github.com/paketo-buildpacks/packit/v2/pexec", "a test of cmd/whittle imports github.com/onsi/gomega/types",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestRulesGoUpwards holds that a line names nothing but lines above it.
func TestRulesGoUpwards(t *testing.T) {
	for i, rule := range within {
		for _, later := range within[i:] {
			if !strings.HasSuffix(later.importer, "/...") && matches(rule.may, later.importer) {
				t.Errorf("%s may import %s, whose line is not above its own", rule.importer, later.importer)
			}
		}
		for _, may := range rule.may {
			known := slices.ContainsFunc(within[:i], func(above struct {
				importer string
				may      []string
			},
			) bool {
				return matches([]string{may}, above.importer) || matches([]string{above.importer}, may)
			})
			if !known {
				t.Errorf("%s may import %s, of which no line above says anything", rule.importer, may)
			}
		}
	}
}

func TestCallsOfTheEnvironmentAreSeen(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"package x\nimport \"os\"\nvar a = os.Getenv(\"A\")", "x.go:3: os.Getenv"},
		{"package x\nimport sys \"os\"\nfunc f() { sys.Exit(1) }", "x.go:3: os.Exit"},
		{"package x\nimport \"os\"\nvar get = os.LookupEnv", "x.go:3: os.LookupEnv"},
		{"package x\nimport \"os\"\nvar a, err = os.Open(\"A\")", ""},
		{"package x\nvar os struct{ Getenv int }\nvar a = os.Getenv", ""},
	} {
		got, err := surroundingsIn("x.go", row.text)
		if err != nil || strings.Join(got, "") != row.want {
			t.Errorf("%s: got %q, %v", row.text, got, err)
		}
	}
}

// listModule lists the packages of the module, without those that a profile makes a program of its own of.
func listModule(t *testing.T) []listed {
	t.Helper()
	var problem bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "list", "-pgo=off", "-deps", "-json=ImportPath,Dir,Name,GoFiles,CgoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot list packages: %v\n%s", err, problem.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.ImportPath+"/", module) {
			all = append(all, p)
		}
	}
}

// violations lists the imports that break a rule. Of tests, only libraries are looked at.
func violations(packages []listed) []string {
	var all []string
	for _, p := range packages {
		importer := short(p.ImportPath)
		for _, i := range p.Imports {
			if (strings.HasPrefix(i, module) && !mayImport(importer, short(i))) || !mayUse(importer, i, false) {
				all = append(all, fmt.Sprintf("%s imports %s", importer, short(i)))
			}
		}
		for _, i := range slices.Concat(p.TestImports, p.XTestImports) {
			if !mayUse(importer, i, true) {
				all = append(all, fmt.Sprintf("a test of %s imports %s", importer, i))
			}
		}
	}
	return all
}

func mayImport(importer, imported string) bool {
	for _, rule := range within {
		if matches([]string{rule.importer}, importer) {
			return matches(rule.may, imported)
		}
	}
	return false
}

func mayUse(importer, library string, test bool) bool {
	for _, o := range owners {
		if (library == o.library || strings.HasPrefix(library, o.library+"/")) && (o.tests || !test) {
			return matches(o.may, importer)
		}
	}
	return true
}

// matches tells whether a package is one of those listed.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		top, below := strings.CutSuffix(p, "/...")
		return name == top || below && strings.HasPrefix(name, top+"/")
	})
}

func short(importPath string) string { return strings.TrimPrefix(importPath, module) }

// surroundingsIn lists the uses of surroundings in a Go file, whose text is read from the file if nil.
func surroundingsIn(file string, text any) ([]string, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	name := ""
	for _, i := range tree.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err != nil || path != "os" {
			continue
		}
		if name = "os"; i.Name != nil {
			name = i.Name.Name
		}
	}
	var found []string
	ast.Inspect(tree, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && name != "" && x.Name == name && slices.Contains(surroundings, s.Sel.Name) {
			found = append(found, fmt.Sprintf("%s:%d: os.%s", filepath.Base(file), set.Position(s.Pos()).Line, s.Sel.Name))
		}
		return true
	})
	return found, nil
}
