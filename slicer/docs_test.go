package slicer_test

import (
	"os"
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
