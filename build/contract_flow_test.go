package build

import (
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestContractInEveryFlow gives the build what it sees in each way of building, with the files as lifecycle and platform write
// them.
func TestContractInEveryFlow(t *testing.T) {
	const cc, other, foreign = "whittle.debian-13.cc", "whittle.debian-12.base", "io.buildpacks.stacks.jammy"
	const baked = "cnb/build-config/env/BP_WHITTLE_RUN.default"
	analyzed := func(id string) string { // Platform API 0.12 and later
		text := "[run-image]\n  reference = \"sha256:0\"\n  image = \"run:base\"\n  [run-image.target]\n"
		if id != "" {
			text += "    id = \"" + id + "\"\n"
		}
		return text + "    os = \"linux\"\n    arch = \"amd64\"\n"
	}
	const before12 = "[run-image]\n  reference = \"registry/run@sha256:0\"\n"
	for flow, row := range map[string]struct {
		baked, analyzed, stack   string
		run                      distro
		said, by                 string
		userEnv                  bool
		id, chosenBy, doubt, err string
	}{
		"pack, the builder's own run image":      {baked: baseID, analyzed: analyzed(baseID), stack: baseID, run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", id: baseID, chosenBy: "the run image's label"},
		"pack --run-image":                       {baked: baseID, analyzed: analyzed(cc), stack: baseID, run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", id: cc, chosenBy: "the run image's label"},
		"pack --run-image of another release":    {baked: baseID, analyzed: analyzed(other), stack: baseID, run: distro{"debian", "12"}, said: baseID, by: "BP_WHITTLE_RUN", err: "the run image is whittle.debian-12.base, and this builder is not for debian-12"},
		"pack --run-image of somebody else":      {baked: baseID, analyzed: analyzed(foreign), stack: baseID, run: distro{"ubuntu", "22.04"}, said: baseID, by: "BP_WHITTLE_RUN", id: "unknown", chosenBy: "nothing says which run image"},
		"pack --run-image without labels":        {baked: baseID, analyzed: analyzed(""), stack: baseID, run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", id: "unknown", chosenBy: "nothing says which run image"},
		"pack -e, as the run image is":           {baked: baseID, analyzed: analyzed(baseID), run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", userEnv: true, id: baseID, chosenBy: "BP_WHITTLE_RUN"},
		"pack -e, and another run image":         {baked: baseID, analyzed: analyzed(baseID), run: distro{"debian", "13"}, said: cc, by: "BP_WHITTLE_RUN", userEnv: true, err: "BP_WHITTLE_RUN says that the run image is whittle.debian-13.cc, but it is " + baseID},
		"pack -e, made of one of whittle's":      {baked: baseID, analyzed: analyzed("acme.base"), run: distro{"debian", "13"}, said: cc, by: "BP_WHITTLE_RUN", userEnv: true, id: cc, chosenBy: "BP_WHITTLE_RUN", doubt: "the run image says that it is acme.base"},
		"pack -e, of another distribution":       {baked: baseID, analyzed: analyzed("acme.base"), run: distro{"ubuntu", "22.04"}, said: cc, by: "BP_WHITTLE_RUN", userEnv: true, err: "BP_WHITTLE_RUN says that the run image is whittle.debian-13.cc, but it is of ubuntu 22.04"},
		"project.toml against pack --run-image":  {baked: baseID, analyzed: analyzed(cc), run: distro{"debian", "13"}, said: baseID, by: "project.toml", err: "project.toml says that the run image is " + baseID + ", but it is " + cc},
		"a builder for another run image":        {baked: cc, analyzed: analyzed(cc), stack: baseID, run: distro{"debian", "13"}, said: cc, by: "BP_WHITTLE_RUN", id: cc, chosenBy: "the run image's label"},
		"an extension has switched":              {baked: baseID, analyzed: analyzed(cc) + "  extend = false\n", stack: baseID, run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", id: cc, chosenBy: "the run image's label"},
		"kpack, the build image's default":       {baked: baseID, analyzed: before12, stack: cc, run: distro{"debian", "13"}, said: baseID, by: "BP_WHITTLE_RUN", id: baseID, chosenBy: "the builder's default"},
		"kpack, the stack alone":                 {analyzed: before12, stack: cc, run: distro{"debian", "13"}, id: cc, chosenBy: "CNB_STACK_ID"},
		"kpack, the user's word":                 {baked: baseID, analyzed: before12, stack: baseID, run: distro{"debian", "13"}, said: cc, by: "BP_WHITTLE_RUN", userEnv: true, id: cc, chosenBy: "BP_WHITTLE_RUN"},
		"a builder of somebody else":             {analyzed: analyzed(baseID), stack: foreign, run: distro{"debian", "13"}, id: baseID, chosenBy: "the run image's label"},
		"a lifecycle that leaves nothing behind": {id: "unknown", chosenBy: "nothing says which run image"},
	} {
		t.Run(flow, func(t *testing.T) {
			root, layers := fstest.MapFS{}, fstest.MapFS{}
			for _, id := range []string{baseID, cc} {
				root[floorDir+"/"+id+".json"] = &fstest.MapFile{Data: []byte(floorText(t, id, "libc.so.6"))}
			}
			if row.baked != "" {
				root[baked] = &fstest.MapFile{Data: []byte(row.baked)}
			}
			if row.analyzed != "" {
				layers["analyzed.toml"] = &fstest.MapFile{Data: []byte(row.analyzed)}
			}
			c, err := findContract(surroundings{
				Root: root, Layers: layers, Settings: row.said, By: row.by, UserEnv: row.userEnv, Stack: row.stack, Arch: "amd64", Run: row.run,
			})
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			if c.Floor.ID != row.id || c.By != row.chosenBy {
				t.Errorf("got %s by %s", c.Floor.ID, c.By)
			}
			if !strings.HasPrefix(c.Doubt, row.doubt) || row.doubt == "" && c.Doubt != "" {
				t.Errorf("the doubt is %q", c.Doubt)
			}
		})
	}
}
