package golang

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

// TestModulesTellWhatBroughtThem finds the lines of a project with a workspace: a requirement, one of a member, one that
// only go.sum has, and a replacement.
func TestModulesTellWhatBroughtThem(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"go.mod":            "module x\n\ngo 1.26\n\nrequire example.org/gin v1.0.0\n\nrequire (\n\texample.org/old v1.0.0\n\texample.org/deep v1.0.0 // indirect\n)\n\nreplace example.org/old => example.org/new v1.2.0\n",
		"go.sum":            "example.org/gin v1.0.0 h1:x\nexample.org/sum v1.0.0 h1:x\n",
		"lib/go.mod":        "module x/lib\n\ngo 1.25\n\nrequire example.org/member v1.0.0\n",
		"vendor/v/go.mod":   "module v\n\nrequire example.org/no v1.0.0\n",
		"broken/go.mod":     "modul\n",
		"testdata/a/go.mod": "module a\n\nrequire example.org/no v1.0.0\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	all := []language.Component{{Name: "stdlib"}}
	for _, name := range []string{"gin", "deep", "new", "sum", "member", "no"} {
		all = append(all, language.Component{Name: "example.org/" + name})
	}
	findOrigins(files).of(all)
	got := map[string]string{}
	for _, c := range all {
		got[c.Name] = c.From
	}
	want := map[string]string{
		"stdlib": "go.mod:3", "example.org/gin": "go.mod:5", "example.org/deep": "go.mod:9", "example.org/new": "go.mod:12",
		"example.org/sum": "go.sum:2", "example.org/member": "lib/go.mod:5", "example.org/no": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
