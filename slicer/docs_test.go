package slicer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
)

// example returns the first block of JSON of a page of the documentation.
func example(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json\n")
	block, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatalf("docs/%s has no example", page)
	}
	return block
}

// TestExamplesOfDocumentation reads the examples as whittle would: the lock must be the very bytes that it writes.
func TestExamplesOfDocumentation(t *testing.T) {
	lock, err := lock.Read(strings.NewReader(example(t, "lock.md")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(t, "lock.md"), lockText(t, lock)); diff != "" {
		t.Errorf("-documented +written:\n%s", diff)
	}
	m, err := manifest.Read(strings.NewReader(example(t, "manifest.md")))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(example(t, "manifest.md")), ""); got != strings.Join(strings.Fields(encode(t, m)), "") {
		t.Errorf("-documented +written:\n%s", cmp.Diff(example(t, "manifest.md"), encode(t, m)))
	}
	page, err := os.ReadFile("../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	if wall := wallText(t, m); !strings.Contains(string(page), "```\n"+wall+"```\n") {
		t.Errorf("the wall of the example is not that of the page:\n%s", wall)
	}
}

// TestEveryReasonIsDocumented holds the kinds of reasons in the source against the table of the page.
func TestEveryReasonIsDocumented(t *testing.T) {
	source, err := parser.ParseFile(token.NewFileSet(), "manifest/manifest.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/manifest.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	ast.Inspect(source, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if typ, ok := v.Type.(*ast.Ident); !ok || typ.Name != "ReasonKind" {
			return true
		}
		kinds++
		if kind, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value); err != nil || !strings.Contains(string(page), "\n| `"+kind+"` | ") {
			t.Errorf("docs/manifest.md does not say what %s is (%v)", v.Names[0].Name, err)
		}
		return true
	})
	if kinds < 20 {
		t.Errorf("only %d kinds were found", kinds)
	}
}
