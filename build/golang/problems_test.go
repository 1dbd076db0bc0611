package golang

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestBrokenProjectsAreTold holds the whole texts of what a user reads who has a broken Go project, as far as it is told before go
// compiles anything.
func TestBrokenProjectsAreTold(t *testing.T) {
	const main = "package main\n\nfunc main() {}\n"
	module := func(files map[string]string) map[string]string {
		files["go.mod"] = "module example.com/shop\n\ngo 1.21\n"
		return files
	}
	var told languagetest.Problems
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
	}{
		{name: "a library", files: module(map[string]string{"shop.go": "package shop\n"})},
		{name: "two programs, and nothing decides", files: module(map[string]string{"admin/a.go": main, "site/s.go": main})},
		{name: "a target that is not there", files: module(map[string]string{"main.go": main}), env: map[string]string{"BP_GO_TARGETS": "./cmd/web"}},
		{name: "two targets of a name", files: module(map[string]string{"a/web/w.go": main, "b/web/w.go": main}), env: map[string]string{"BP_GO_TARGETS": "./a/web ./b/web"}},
		{name: "flags with an open quote", files: module(map[string]string{"main.go": main}), env: map[string]string{"BP_GO_BUILD_FLAGS": `-gcflags="all`}},
		{name: "a version that is none", files: module(map[string]string{"main.go": main}), env: map[string]string{"BP_GO_VERSION": "nonsense"}},
		{name: "a version that is not to be had", files: module(map[string]string{"main.go": main, ".go-version": "1.20.5\n"})},
		{name: "a version file in UTF-16", files: module(map[string]string{"main.go": main, ".go-version": "\xff\xfe1\x00"})},
		{name: "a version below that of go.mod", files: map[string]string{"go.mod": "module shop\n\ngo 1.25.0\n", "main.go": main, ".go-version": "1.24\n"}},
		{name: "go.work that cannot be read", files: map[string]string{"go.work": "use\n", "main.go": main}},
		{name: "cgo that is neither", files: module(map[string]string{"main.go": main}), env: map[string]string{"BP_WHITTLE_CGO": "perhaps"}},
	} {
		s := asked(t, "golang.org/toolchain v0.0.1-go1.20.5.linux-amd64 v0.0.1-go1.25.10.linux-amd64")
		languagetest.Write(t, s.Dir, row.files)
		for name, value := range row.env {
			s.Env[name] = value
		}
		_, err := compile(t.Context(), s)
		told.Add(t, row.name, err, strings.NewReplacer(s.Dir, "").Replace)
	}
	told.Golden(t)
}
