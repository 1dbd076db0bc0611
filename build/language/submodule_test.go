package language

import (
	"testing"
	"testing/fstest"
)

func TestSubmodule(t *testing.T) {
	files := fstest.MapFS{
		".gitmodules": {Data: []byte("[submodule \"fmt\"]\n\tpath = extern/fmt\n\turl = x\n[submodule \"lib\"]\n\tpath=lib\n[submodule \"out\"]\n\tpath = ../out\n")},
		"lib/a.c":     {},
	}
	for at, want := range map[string]string{
		"extern/fmt": "extern/fmt", "/workspace/extern/fmt": "extern/fmt", "/layers/x/source/extern/fmt/CMakeLists.txt": "extern/fmt", "fmt": "extern/fmt",
		"lib/a.c": "lib", "libs/a.c": "", "src/format": "", "../out": "",
	} {
		if got := Submodule(files, at); got != want {
			t.Errorf("%s: %q", at, got)
		}
	}
	if got := Unfetched(files); got != "extern/fmt" {
		t.Errorf("unfetched is %q", got)
	}
	files["extern/fmt/CMakeLists.txt"] = &fstest.MapFile{}
	if got := Unfetched(files); got != "" {
		t.Errorf("unfetched is %q", got)
	}
	if got := Submodule(fstest.MapFS{}, "a"); got != "" {
		t.Errorf("without .gitmodules: %q", got)
	}
}
