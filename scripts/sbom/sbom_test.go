package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgramHasThreeDocuments describes this test's own program, in which the linker recorded modules as in any other.
func TestProgramHasThreeDocuments(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var before map[string]string
	for range 2 {
		name := filepath.Join(t.TempDir(), "launcher")
		if err := run([]string{"-o", name, self}); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, extension := range []string{"cdx", "spdx", "syft"} {
			text, err := os.ReadFile(name + ".sbom." + extension + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(text) || !strings.Contains(string(text), "pkg:golang/stdlib@1.") ||
				!strings.Contains(string(text), "pkg:golang/github.com/package-url/packageurl-go@v") {
				t.Errorf("%s does not list Go and the modules:\n%s", extension, text)
			}
			got[extension] = string(text)
			if before != nil && before[extension] != got[extension] {
				t.Errorf("%s differs between two runs", extension)
			}
		}
		before = got
	}
	var cdx struct {
		Components []struct{ Type, Name string }
	}
	if err := json.Unmarshal([]byte(before["cdx"]), &cdx); err != nil {
		t.Fatal(err)
	}
	for _, c := range cdx.Components {
		if c.Type != "library" || c.Name == "" {
			t.Errorf("%+v is listed, which is no module", c)
		}
	}
}

func TestSBOMRefusesWhatIsNoGoProgram(t *testing.T) {
	name := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-o", name, name}, {name}, {"-o", name}, {"-o", filepath.Join(name, "x"), os.Args[0]}} {
		err := run(args)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%q: %v", args, err)
		}
	}
}
