package build

import (
	"cmp"
	"errors"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestFindContract(t *testing.T) {
	const project, env, other = "project.toml", "BP_WHITTLE_RUN", "whittle.debian-13.python"
	for _, row := range []struct {
		name                              string
		settings, by, baked, label, stack string
		userEnv, looked                   bool
		arch                              string
		id, chosenBy, err                 string
	}{
		{name: "the user says so", settings: other, by: project, id: other, chosenBy: project},
		{name: "the user says so against the builder", settings: other, by: env, userEnv: true, baked: baseID, id: other, chosenBy: env},
		{name: "the user agrees with the label", settings: other, by: project, label: other, id: other, chosenBy: project},
		{name: "the builder's default", settings: baseID, by: env, baked: baseID, id: baseID, chosenBy: "the builder's default"},
		{name: "the label beats the builder's default", settings: baseID, by: env, baked: baseID, label: other, id: other, chosenBy: "the run image's label"},
		{name: "the label alone", label: other, id: other, chosenBy: "the run image's label"},
		{name: "the stack", stack: other, id: other, chosenBy: "CNB_STACK_ID"},
		{name: "the label beats the stack", label: baseID, stack: other, id: baseID, chosenBy: "the run image's label"},
		{name: "a foreign stack", stack: "acme.stack", id: "unknown", chosenBy: "nothing says which run image"},
		{name: "a run image without a label on a builder with a default", settings: baseID, by: env, baked: baseID, stack: baseID, looked: true, id: "unknown", chosenBy: "nothing says which run image"},
		{name: "a run image of somebody else", settings: baseID, by: env, baked: baseID, label: "io.buildpacks.stacks.jammy", looked: true, id: "unknown", chosenBy: "nothing says which run image"},
		{name: "the user knows better", settings: baseID, by: project, looked: true, id: baseID, chosenBy: project},
		{name: "nothing", id: "unknown", chosenBy: "nothing says which run image"},
		{name: "the user's word against the label", settings: baseID, by: project, label: other, err: "project.toml says that the run image is " + baseID + ", but it is " + other},
		{name: "the user repeats the default against the label", settings: baseID, by: env, userEnv: true, baked: baseID, label: other, err: "but it is " + other},
		{name: "an ID that nobody knows", settings: "whittle.none", by: project, err: `knows no run image "whittle.none"`},
		{name: "another machine", settings: baseID, by: project, arch: "arm64", err: "it is for amd64, this build for arm64"},
	} {
		t.Run(row.name, func(t *testing.T) {
			root, layers := fstest.MapFS{}, fstest.MapFS{}
			for _, id := range []string{baseID, other} {
				root[floorDir+"/"+id+".json"] = &fstest.MapFile{Data: []byte(floorText(t, id, "libc.so.6"))}
			}
			if row.baked != "" {
				root[bakedRun[0]] = &fstest.MapFile{Data: []byte(row.baked + "\n")}
			}
			analyzed := "[run-image]\nreference = \"x\"\n[run-image.target]\n"
			if row.label != "" {
				analyzed += "id = \"" + row.label + "\"\n"
			}
			if row.looked {
				analyzed += "os = \"linux\"\n"
			}
			layers["analyzed.toml"] = &fstest.MapFile{Data: []byte(analyzed)}
			c, err := findContract(surroundings{Root: root, Layers: layers, Settings: row.settings, By: row.by, UserEnv: row.userEnv, Stack: row.stack, Arch: cmp.Or(row.arch, "amd64")})
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			if c.Floor.ID != row.id || c.By != row.chosenBy {
				t.Errorf("got %s by %s", c.Floor.ID, c.By)
			}
		})
	}
}

func TestDynamicProgramOnStaticRunImageIsRefused(t *testing.T) {
	const static = "whittle.debian-13.static"
	root := fstest.MapFS{
		floorDir + "/" + static + ".json": {Data: []byte(floorText(t, static))},
		floorDir + "/" + baseID + ".json": {Data: []byte(floorText(t, baseID, "libc.so.6"))},
	}
	c, err := findContract(surroundings{Root: root, Layers: fstest.MapFS{}, Settings: static, By: "project.toml", Arch: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	err = checkLibc(c, root, "/workspace/app")
	var p *language.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{static + " has no libc, and /workspace/app is", "chosen by project.toml", "such as " + baseID} {
		languagetest.Has(t, err, want)
	}
	if c, err = findContract(surroundings{Root: root, Layers: fstest.MapFS{}, Settings: baseID, By: "project.toml", Arch: "amd64"}); err != nil {
		t.Fatal(err)
	}
	languagetest.Has(t, checkLibc(c, root, "/workspace/app"), "")
}
