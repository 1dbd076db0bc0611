package build

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

func TestInstalledByDockerfile(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"none", "FROM node:20\nCOPY . .\nCMD [\"npm\", \"start\"]\n", ""},
		{"apt-get, over lines, with comments", "FROM debian\nRUN apt-get update -y && apt-get install -y --no-install-recommends \\\n  # pictures\n  graphviz imagemagick=8:7.1 \\\n  && rm -rf /var/lib/apt/lists/*\n", "graphviz imagemagick"},
		{"apk", "FROM alpine\nrun apk --no-cache add ffmpeg\n", "ffmpeg"},
		{"what builds, and what everybody has", "FROM debian\nRUN apt-get install -y build-essential gcc libpq-dev python3-pip git curl ca-certificates\n", ""},
		{"the stage before", "FROM golang AS build\nRUN apk add graphviz\nFROM alpine\nRUN apk add ffmpeg\n", "ffmpeg"},
		{"a stage that the last is made from", "FROM --platform=linux/amd64 node AS base\nRUN apt-get install -y graphviz\nFROM base AS build\nRUN apt-get install -y ffmpeg\nFROM base\n", "graphviz"},
		{"a stage with the name of the one it is made from", "FROM debian AS a\nRUN apt-get install -y graphviz\nFROM a AS a\nRUN apt-get install -y ffmpeg\nFROM a\n", "ffmpeg graphviz"},
		{"variables and options", "FROM debian\nRUN apt-get install $RUN_DEPS --yes; apt-get -qq install ghostscript\n", "ghostscript"},
		{"an install that is no package's", "FROM node\nRUN npm install express && pip install flask\n", ""},
		{"nonsense", "FROM\nRUN\nRUN apt-get install\n\\", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := strings.Join(installedByDockerfile(row.text), " "); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestStagesOfADockerfileAreNoMemoryBySquare has many that are made from each other, each with a package of its own.
func TestStagesOfADockerfileAreNoMemoryBySquare(t *testing.T) {
	const stages = 10_000
	var text strings.Builder
	for i := range stages {
		fmt.Fprintf(&text, "FROM a AS a\nRUN apk add p%d\n", i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := installedByDockerfile(text.String())
	runtime.ReadMemStats(&after)
	if made := after.TotalAlloc - before.TotalAlloc; len(got) != stages || made > 200<<20 {
		t.Errorf("got %d packages, with %d MB", len(got), made>>20)
	}
}

// TestTellDockerfile names what is not in the image, and nothing where all is.
func TestTellDockerfile(t *testing.T) {
	var text bytes.Buffer
	b := &builder{log: language.NewLog(&text, languagetest.Noon)}
	b.readDockerfile(fstest.MapFS{"Dockerfile": {Data: []byte("FROM debian\nRUN apt-get install -y graphviz ghostscript\n")}})
	s := &slicer.Selection{}
	s.Packages = []manifest.Package{{Name: "ghostscript"}}
	b.tellDockerfile(s)
	want := `  the app's Dockerfile installs graphviz, of which this image has nothing
  if the app runs it: in project.toml, under [dev.whittle.run]: slices = ["graphviz"]
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	text.Reset()
	s.Packages = append(s.Packages, manifest.Package{Name: "graphviz"})
	b.tellDockerfile(s)
	if text.Len() > 0 {
		t.Errorf("nothing lacks: %s", text.String())
	}
}
