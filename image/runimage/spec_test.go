package runimage

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/contract"
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
		Layers: []Group{{"files", []string{"base-files_run", "tzdata"}}, {"libc", []string{"libc6_libs"}}}, Closure: "libc",
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
		"layer twice":          {head + layers + "- {name: l, slices: [s]}\n", `:5: layer "l" was named on line 4 already`},
		"empty layer":          {head + "layers:\n- {name: l}\n", `:4: layer "l" has no slices`},
		"our layer":            {head + "layers:\n- {name: records, slices: [s]}\n", `:4: layer name "records" is taken by the layer that whittle makes itself`},
		"extends a path":       {"extends: ../base\n", `: it extends "../base", which is neither the NAME of a spec beside it nor the RELEASE/NAME of one that whittle brings`},
		"extends with a table": {"extends: base\nid: a\ndoors: doors\n", ": it extends a spec, which has a table of doors: its own doors are a list"},
		"doors of the same ID": {"extends: base\ndoors: [opt/x slices]\n", ": it has doors or an env of its own, and no id: what images of the same ID promise would differ"},
		"bad door":             {head + layers + "doors: [opt/x]\n", ":5: cannot read door table: line 1 has 1 words, want path, layer and perhaps a target"},
		"bad variable":         {"id: a\nenv: {PATH: /bin, 'A B': c}\n" + layers, `: its env has "A B", which is not a variable's name`},
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

func TestSpecOverAnother(t *testing.T) {
	base, err := ReadSpec(fstest.MapFS{"run/base.yaml": {Data: []byte(goodSpec)}}, "run/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	over := func(text string) *Spec {
		t.Helper()
		s, err := ReadSpec(fstest.MapFS{"my.yaml": {Data: []byte(text)}}, "my.yaml")
		if err != nil {
			t.Fatal(err)
		}
		s, err = s.Over(base)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	sibling := over("extends: base\nlayers: [{name: shell, slices: [busybox]}]\n")
	want := *base
	want.Path, want.Sibling, want.Layers = "my.yaml", true, append(slices.Clone(base.Layers), Group{"shell", []string{"busybox"}})
	if d := cmp.Diff(&want, sibling); d != "" {
		t.Error(d)
	}
	own := over("extends: base\nid: acme.base\nuser: '7'\nenv: {TZ: UTC}\ndoors: ['opt/a slices', 'usr/lib/${TRIPLET}/a slices']\n")
	want = *base
	want.Path, want.ID, want.User, want.Fills = "my.yaml", "acme.base", "7", true
	want.Env = map[string]string{"PATH": "/usr/local/bin:/usr/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
	want.More = []contract.Door{{Path: "opt/a", Layer: "slices", Target: "opt/a"}, {Path: "usr/lib/${TRIPLET}/a", Layer: "slices", Target: "usr/lib/${TRIPLET}/a"}}
	if d := cmp.Diff(&want, own); d != "" {
		t.Error(d)
	}
	if len(base.Env) != 2 {
		t.Errorf("the env of the spec that was extended is %v now", base.Env)
	}
	doors, err := own.doorsFor(contract.Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}}, "riscv64-linux-gnu")
	if err != nil || doors.Layer("usr/lib/riscv64-linux-gnu/a/b") != "slices" || doors.Layer("opt/a") != "slices" || doors.Layer("usr/bin/c") != "slices" {
		t.Errorf("doors %v, %v", doors, err)
	}
	if own := over("extends: base\nid: a\nlayers: [{name: mine, slices: [x]}]\n"); own.Closure != "mine" {
		t.Errorf("libraries that nobody named land in %q", own.Closure)
	}
	again, err := ReadSpec(fstest.MapFS{"my.yaml": {Data: []byte("extends: base\nlayers: [{name: libc, slices: [x]}]\n")}}, "my.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Over(base); err == nil || err.Error() != `cannot extend run image whittle.test.base by my.yaml: it has a layer "libc" already` {
		t.Errorf("a layer twice: %v", err)
	}
}
