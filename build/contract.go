package build

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/contract"
)

// floorDir is where the build image keeps the floors of its run images, one file an ID.
const floorDir = "usr/share/whittle/run"

// bakedRun is the default that a builder sets ([[build.env]] of builder.toml); the lifecycle turns it into BP_WHITTLE_RUN, too.
var bakedRun = []string{"cnb/build-config/env/BP_WHITTLE_RUN.default", "cnb/build-config/env/BP_WHITTLE_RUN"}

// runContract is the promise of the run image that this build relies on.
type runContract struct {
	Floor *contract.Floor
	By    string // who said so
	Doubt string // what the run image itself says, where that is something else; empty for none
	Has   string // what a run image of somebody else is taken to have; empty for one of ours, which has its floor
}

// foreign tells whether somebody else made the run image: it may have more than is known, and it has no doors.
func (c runContract) foreign() bool { return c.Has != "" }

// surroundings is what tells about the run image, which a build can't see.
type surroundings struct {
	Root     fs.FS  // the build image
	Layers   fs.FS  // the folder above the buildpack's layers: the lifecycle's analyzed.toml is there
	Settings string // what project.toml or the environment says, and where
	By       string
	UserEnv  bool   // BP_WHITTLE_RUN is set by the user, not by the builder
	Stack    string // CNB_STACK_ID
	Arch     string
	Run      distro // of the run image, as the lifecycle tells it: the build image's where nobody looked at the run image
}

// findContract finds the run image's contract: what the user says, else what the lifecycle recorded about the run image, else the
// default baked into the builder, else the stack's ID, else what is known of run images that others make, else glibc and nothing
// more.
//
// The lifecycle's record is a fact and the builder's default a guess: with `pack build --run-image` they differ, and the
// fact wins, also where the run image turns out to have no ID of ours. It is an error where the user's word differs from the fact, since
// the image would then lack libraries; about an image with somebody else's ID, made of one of ours, the user's word is taken.
func findContract(s surroundings) (runContract, error) {
	analyzed := readAnalyzed(s.Layers)
	actual := analyzed.ID
	baked := bakedID(s.Root)
	said := s.Settings
	if said != "" && said == baked && s.By != project.File && !s.UserEnv {
		said = ""
	}
	known := floorIDs(s.Root)
	if said != "" && !slices.Contains(known, said) {
		return runContract{}, &language.Problem{
			What:     fmt.Sprintf("the build image knows no run image %q", said),
			Evidence: []string{"named in " + s.By, "known: " + strings.Join(known, ", ")},
			Next:     "Use one of these IDs, or leave it out.",
		}
	}
	if said != "" && actual != "" && actual != said && slices.Contains(known, actual) {
		return runContract{}, &language.Problem{
			What:     fmt.Sprintf("%s says that the run image is %s, but it is %s", s.By, said, actual),
			Evidence: []string{"the run image's label io.buildpacks.base.id is " + actual},
			Next:     "Drop the setting, or give pack the run image that it names (--run-image).",
		}
	}
	if err := checkRelease(actual, known); err != nil {
		return runContract{}, err
	}
	guesses := []struct{ id, by string }{{said, s.By}, {actual, "the run image's label"}}
	if !analyzed.Looked || slices.Contains(known, actual) {
		guesses = append(guesses, []struct{ id, by string }{{baked, "the builder's default"}, {s.Stack, "CNB_STACK_ID"}}...)
	}
	for _, c := range guesses {
		if slices.Contains(known, c.id) {
			floor, err := readFloor(s.Root, c.id, s.Arch)
			if err == nil {
				err = checkDistro(c.id, c.by, s.Run)
			}
			return runContract{Floor: floor, By: c.by, Doubt: doubt(said, s.By, analyzed)}, err
		}
	}
	run, by := knownForeign(analyzed.Image, analyzed.Looked, s.Stack)
	floor, has := foreignFloor(run, s.Arch, s.Run, hostDistro(s.Root))
	return runContract{Floor: floor, By: cmp.Or(by, "nothing says which run image"), Has: has}, nil
}

// analyzed is what the lifecycle's analyzer recorded about the run image.
type analyzed struct {
	ID     string // its label io.buildpacks.base.id
	Image  string // by which name it was asked for; empty where only a digest is recorded
	Looked bool   // it read the labels (Platform API 0.12 and later): an empty ID is a fact
}

// readAnalyzed reads analyzed.toml, which is the lifecycle's own and may be absent: it is a hint.
func readAnalyzed(layers fs.FS) analyzed {
	var file struct {
		RunImage struct {
			Image  string `toml:"image"`
			Target struct {
				ID string `toml:"id"`
				OS string `toml:"os"`
			} `toml:"target"`
		} `toml:"run-image"`
	}
	if _, err := toml.DecodeFS(layers, "analyzed.toml", &file); err != nil {
		return analyzed{}
	}
	return analyzed{ID: file.RunImage.Target.ID, Image: file.RunImage.Image, Looked: file.RunImage.Target.OS != ""}
}

func bakedID(root fs.FS) string {
	for _, file := range bakedRun {
		if text, err := fs.ReadFile(root, file); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	return ""
}

func floorIDs(root fs.FS) []string {
	files, err := fs.Glob(root, floorDir+"/*.json")
	if err != nil {
		return nil
	}
	var ids []string
	for _, f := range files {
		ids = append(ids, strings.TrimSuffix(path.Base(f), ".json"))
	}
	return ids
}

// readFloor reads the floor of a run image that the build image has, which must be for the build's architecture.
func readFloor(root fs.FS, id, arch string) (*contract.Floor, error) {
	name := path.Join(floorDir, id+".json")
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the floor of run image %s: %w", id, err)
	}
	floor, err := contract.ReadFloor(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("cannot read /%s: %w", name, err)
	}
	if floor.Arch != arch {
		return nil, fmt.Errorf("cannot use /%s: it is for %s, this build for %s", name, floor.Arch, arch)
	}
	return floor, nil
}

// checkLibc refuses an app of dynamic programs on a run image without libc: the loader's path is absolute and libc must
// match it, so libc is never cut into a layer.
func checkLibc(c runContract, root fs.FS, program string) error {
	if c.Floor.HasLibc() {
		return nil
	}
	next := "Build it statically, or choose a run image with libc"
	for _, id := range floorIDs(root) {
		if f, err := readFloor(root, id, c.Floor.Arch); err == nil && f.HasLibc() {
			next += ", such as " + id
			break
		}
	}
	return &language.Problem{
		What:     fmt.Sprintf("run image %s has no libc, and %s is a dynamic program", c.Floor.ID, program),
		Evidence: []string{"the run image was chosen by " + c.By},
		Next:     next + " (pack build --run-image, BP_WHITTLE_RUN).",
	}
}
