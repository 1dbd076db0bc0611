package languagetest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// here is the package's folder, where its tests begin; some of them go elsewhere.
var here, _ = os.Getwd()

// Golden holds a text against a file of the package's testdata, or with -update makes the file of it.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(here, "testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(Read(t, file), got); diff != "" {
		t.Errorf("%s (go test -update rewrites it): -want +got:\n%s", file, diff)
	}
}
