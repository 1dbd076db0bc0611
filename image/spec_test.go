package image

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const goodSpec = `id: whittle.test.base
title: A base
user: "1234:5678"
env:
  PATH: /usr/local/bin:/usr/bin
  LANG: C.UTF-8
workdir: /workspace
layers:
  - name: files
    slices: [base-files_run, tzdata]
  - name: libc
    slices:
      - libc6_libs
doors: doors
`

func TestReadSpec(t *testing.T) {
	got, err := ReadSpec(fstest.MapFS{"run/base.yaml": {Data: []byte(goodSpec)}}, "run/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &Spec{
		ID: "whittle.test.base", Title: "A base", User: "1234:5678", Workdir: "/workspace", Doors: "doors", Path: "run/base.yaml",
		Env:    map[string]string{"PATH": "/usr/local/bin:/usr/bin", "LANG": "C.UTF-8"},
		Layers: []Group{{"files", []string{"base-files_run", "tzdata"}}, {"libc", []string{"libc6_libs"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadSpecErrors(t *testing.T) {
	const head = "id: a\nenv: {PATH: /bin}\n"
	const layers = "layers:\n- {name: l, slices: [s]}\n"
	const prefix = "cannot read run image spec s.yaml"
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", ": it is empty"},
		"no yaml":          {"id: [\n", ":1: did not find expected node content"},
		"unknown key":      {head + layers + "dors: x\n", ":5: field dors not found"},
		"repeated key":     {head + "id: b\n" + layers, `:3: mapping key "id" already defined at line 1`},
		"two documents":    {head + layers + "---\nid: b\n", ": it has more than one document"},
		"no id":            {"env: {PATH: /bin}\n" + layers, `: its id "" is not a name of lower-case letters, digits, dots and dashes`},
		"no PATH":          {"id: a\n" + layers, ": its env has no PATH, which buildpack platforms ask of a run image"},
		"root":             {head + "user: '0'\n" + layers, `: its user "0" is not a number other than 0, or two: the image has no names to look up`},
		"named user":       {head + "user: cnb\n" + layers, `: its user "cnb" is not a number other than 0, or two: the image has no names to look up`},
		"relative workdir": {head + "workdir: w\n" + layers, `: its workdir "w" is not an absolute path`},
		"doors outside":    {head + "doors: ../../doors\n" + layers, `: its doors "../../doors" is not a clean relative path in the release`},
		"no layers":        {head, ": it has no layers"},
		"unknown layer key": {
			head + "layers:\n- name: l\n  slice: [s]\n", `:5: unknown key "slice", a layer has name and slices`,
		},
		"layer twice":  {head + layers + "- {name: l, slices: [s]}\n", `:5: layer "l" was named on line 4 already`},
		"empty layer":  {head + "layers:\n- {name: l}\n", `:4: layer "l" has no slices`},
		"our layer":    {head + "layers:\n- {name: records, slices: [s]}\n", `:4: layer name "records" is taken by the layer that whittle makes itself`},
		"bad variable": {"id: a\nenv: {PATH: /bin, 'A B': c}\n" + layers, `: its env has "A B", which is not a variable's name`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadSpec(fstest.MapFS{"s.yaml": {Data: []byte(c.text)}}, "s.yaml")
			if err == nil {
				t.Fatal("no error")
			}
			if d := cmp.Diff(prefix+c.want, err.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}
