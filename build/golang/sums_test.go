package golang

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// proxy makes a module proxy of files with two versions of one module, and returns its address.
func proxy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"list": "v1.0.0\nv1.1.0\n"}
	for _, v := range []string{"v1.0.0", "v1.1.0"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range map[string]string{"go.mod": "module example.com/dep\n", "dep.go": "package dep\n\nconst Version = \"" + v + "\"\n"} {
			f, err := z.Create("example.com/dep@" + v + "/" + name)
			if err == nil {
				_, err = f.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		files[v+".info"], files[v+".mod"], files[v+".zip"] = `{"Version": "`+v+`"}`, "module example.com/dep\n", b.String()
	}
	languagetest.Write(t, filepath.Join(dir, "example.com/dep/@v"), files)
	return "file://" + filepath.ToSlash(dir)
}

// TestVersionsThatNothingPins: those of go.mod are taken where there is no go.sum, and what nobody names at all is told with the
// version that was taken. Each is told once.
func TestVersionsThatNothingPins(t *testing.T) {
	const main = "package main\n\nimport \"example.com/dep\"\n\nfunc main() { println(dep.Version) }\n"
	const module = "module a\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n"
	for _, row := range []struct {
		name, mod, setting string
		want               string // the version in the program
		warns, err         string
	}{
		{name: "no go.sum", mod: module, want: "v1.0.0", warns: "there is no go.sum"},
		{name: "no go.mod", want: "v1.1.0", warns: "no go.mod: nothing pins these modules"},
		{name: "go.mod without the requirement", mod: "module a\n\ngo 1.21\n", err: "go.mod and go.sum do not have all that the app imports"},
		{name: "and the build may decide", mod: "module a\n\ngo 1.21\n", setting: "update", want: "v1.1.0", warns: "BP_LOCK=update: nothing pins these modules"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"main.go": main}
			if row.mod != "" {
				files["go.mod"] = row.mod
			}
			s, _ := shop(t, files)
			var log bytes.Buffer
			s.Log = language.NewLog(&log, languagetest.Noon)
			s.Env["GOPROXY"], s.Env["BP_LOCK"] = proxy(t), row.setting
			a, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			if !slices.ContainsFunc(a.Components, func(c language.Component) bool { return c.PURL == "pkg:golang/example.com/dep@"+row.want }) {
				t.Errorf("components are %+v", a.Components)
			}
			if got := log.String(); strings.Count(got, row.warns) != 1 || strings.Contains(row.warns, "these modules") && !strings.Contains(got, "example.com/dep@"+row.want) {
				t.Errorf("the log is %s", got)
			}
		})
	}
}
