package golang

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

// TestNamedPaths finds what a program embeds, and the paths in its sources.
func TestNamedPaths(t *testing.T) {
	files := fstest.MapFS{
		"main.go": {Data: []byte("package main\n\n//go:embed web/dist/*.html all:ui \"b\"\nvar f embed.FS\n\nfunc main() {\n\t// \"web/old\"\n" +
			"\thttp.Dir(\"./front/build/\")\n\timport \"example.com/x\"\n\t_ = \"../out/side\"\n}\n")},
		"internal/web/embed.go": {Data: []byte("package web\n\n//go:embed dist\nvar f embed.FS\n//go:embed\n//go:embed ../up\n")},
		"main_test.go":          {Data: []byte("package main\n//go:embed testfile\nvar x = \"a/b\"\n")},
		"vendor/v/v.go":         {Data: []byte("package v\n//go:embed dist\n")},
		"cmd/x.txt":             {Data: []byte("//go:embed no\n")},
	}
	want := []language.Named{
		{Path: "internal/web/dist", By: "internal/web/embed.go line 3", Embedded: true},
		{Path: "internal/up", By: "internal/web/embed.go line 6", Embedded: true},
		{Path: "web/dist", By: "main.go line 3", Embedded: true},
		{Path: "ui", By: "main.go line 3", Embedded: true},
		{Path: "b", By: "main.go line 3", Embedded: true},
		{Path: "front/build", By: "main.go line 8"},
		{Path: "example.com/x", By: "main.go line 9"},
	}
	if diff := cmp.Diff(want, namedPaths(files)); diff != "" {
		t.Error(diff)
	}
}
