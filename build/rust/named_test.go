package rust

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

// TestNamedPaths finds the folders that programs embed, by the folder of their package, and the paths in their sources.
func TestNamedPaths(t *testing.T) {
	files := fstest.MapFS{
		"Cargo.toml":            {},
		"src/main.rs":           {Data: []byte("#[folder = \"ui/dist\"]\n// \"a/b\"\nlet s = ServeDir::new(\"web/build\");\n")},
		"crates/web/Cargo.toml": {},
		"crates/web/src/lib.rs": {Data: []byte("    #[folder = \"$CARGO_MANIFEST_DIR/../../front/dist/\"]\n#[folder = \"../../../out\"]\n#[folder = \"$OTHER/x\"]\n")},
	}
	want := []language.Named{
		{Path: "front/dist", By: "crates/web/src/lib.rs line 1", Embedded: true},
		{Path: "ui/dist", By: "src/main.rs line 1", Embedded: true},
		{Path: "ui/dist", By: "src/main.rs line 1"},
		{Path: "web/build", By: "src/main.rs line 3"},
	}
	if diff := cmp.Diff(want, namedPaths(files)); diff != "" {
		t.Error(diff)
	}
}
