package golang

import (
	"os"
	"path/filepath"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestAModuleIsWrittenThroughNoLink has a go.mod that is a link to a file elsewhere which is not there yet.
func TestAModuleIsWrittenThroughNoLink(t *testing.T) {
	dir := t.TempDir()
	other, name := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "go.mod")
	if err := os.Symlink(other, name); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(name, "module app\n"); err == nil || language.Exists(other) {
		t.Errorf("got error %v", err)
	}
}
