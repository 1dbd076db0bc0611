package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/earlier"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/start"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// Where layer manifest keeps, for the build after, what the layers of earlier buildpacks need, and what it was made of.
const (
	metadataNeeds = "needs"
	metadataSeen  = "seen"
)

// findEarlier reads what the buildpacks that came before left, and finds out whether one of them has built the app: one
// that names a process has, unless the user says otherwise. Its app is completed, and nothing is compiled.
func (b *builder) findEarlier() (err error) {
	own := b.BuildpackInfo.ID
	if b.earlier, err = earlier.Read(filepath.Dir(b.Layers.Path), own); err != nil {
		return err
	}
	b.behind = len(b.earlierProcesses()) > 0
	if said := b.project.Settings.Behind; said != nil {
		b.behind = *said
	}
	if b.behind && len(b.earlier) == 0 {
		return &language.Problem{
			What: "no buildpack before whittle has left anything to complete",
			Next: "Name the buildpack that builds the app before whittle (pack build --buildpack …, order.toml), or leave BP_WHITTLE_BEHIND and behind in project.toml out.",
		}
	}
	return nil
}

func (b *builder) earlierProcesses() (all []earlier.Process) {
	for _, e := range b.earlier {
		all = append(all, e.Processes...)
	}
	return all
}

// earlierLayers are the layers of earlier buildpacks in the image, in the order of the group.
func (b *builder) earlierLayers() (all []earlier.Layer) {
	for _, e := range b.earlier {
		all = append(all, e.Layers...)
	}
	return all
}

// earlierRoots are the folders of those whose files are here.
func (b *builder) earlierRoots() (roots []string) {
	for _, l := range b.earlierLayers() {
		if !l.Unseen {
			roots = append(roots, l.Path)
		}
	}
	return roots
}

// onPath are the folders that earlier layers put on a variable. The launcher puts those of a later layer in front.
func (b *builder) onPath(of func(earlier.Layer) []string) (dirs []string) {
	for _, l := range slices.Backward(b.earlierLayers()) {
		dirs = append(dirs, of(l)...)
	}
	return dirs
}

// tellEarlier tells what is completed.
func (b *builder) tellEarlier() {
	for _, e := range b.earlier {
		var names []string
		for _, l := range e.Layers {
			names = append(names, filepath.Base(l.Path))
		}
		what := "no layers"
		if len(names) > 0 {
			what = "layers " + language.List(names)
		}
		b.log.Line("behind %s: %s", strings.TrimSpace(e.ID+" "+e.Version), what)
	}
}

// addUnseen asks for what the layers need whose files are not here, because their buildpacks reuse them from the image
// before: layer manifest of that image has kept it. It is an error where that does not know the layer as it is now.
func (b *builder) addUnseen(w *slicer.Want) error {
	kept, err := b.keptNeeds()
	if err != nil {
		return err
	}
	b.needs = map[string]any{}
	for _, l := range b.earlierLayers() {
		if !l.Unseen {
			continue
		}
		entry, _ := kept[l.Path].(map[string]any)
		if entry["key"] != l.Key {
			return &language.Problem{
				What:     "cannot see what layer " + l.Path + " needs",
				Evidence: []string{"its buildpack uses it as the image before has it, and whittle did not build that image"},
				Next:     "Build once without what was kept of earlier builds (pack build --clear-cache).",
			}
		}
		sonames, _ := entry["libraries"].([]any)
		for _, s := range sonames {
			if name, ok := s.(string); ok {
				w.Sonames = append(w.Sonames, slicer.Named{Name: name, By: l.Path, Kind: manifest.Listed})
			}
		}
		b.log.Line("%s is used unseen: what it needs is known from the build before", l.Path)
		b.needs[l.Path] = entry
	}
	return nil
}

func (b *builder) keptNeeds() (map[string]any, error) {
	layer, err := b.layer(contract.LayerManifest)
	if err != nil {
		return nil, err
	}
	kept, _ := layer.Metadata[metadataNeeds].(map[string]any)
	return kept, nil
}

// rememberNeeds notes for the next build which libraries the layers of earlier buildpacks need beyond their own: in that
// build a layer may be used unseen.
func (b *builder) rememberNeeds(objects []slicer.Object, links map[string]string) {
	own := map[string]bool{}
	for _, o := range objects {
		own[filepath.Base(o.Path)] = true
	}
	for link := range links {
		own[filepath.Base(link)] = true
	}
	for _, l := range b.earlierLayers() {
		if l.Unseen {
			continue
		}
		needed := map[string]bool{}
		for _, o := range objects {
			if !strings.HasPrefix(o.Path, l.Path+"/") {
				continue
			}
			for _, soname := range neededBy(o) {
				if !own[soname] {
					needed[soname] = true
				}
			}
		}
		b.needs[l.Path] = map[string]any{"key": l.Key, "libraries": slices.Sorted(maps.Keys(needed))}
	}
}

// neededBy are the DT_NEEDED of an object; none of one that cannot be read, which the closure passes over, too.
func neededBy(o slicer.Object) []string {
	r, err := o.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	object, err := packages.ReadELF(r)
	if err != nil || object == nil {
		return nil
	}
	return object.Needed
}

// writeManifest writes layer manifest. Where layers of earlier buildpacks are used unseen and nothing else is new, the one of the
// image before stays: it names the files that need what is cut, and nobody can see them now.
func (b *builder) writeManifest(record []byte, s *slicer.Selection) error {
	if len(b.needs) == 0 {
		return b.smallLayer(contract.LayerManifest, map[string][]byte{manifest.FileName: record})
	}
	key, err := b.seenKey(s)
	if err != nil {
		return err
	}
	layer, err := b.layer(contract.LayerManifest)
	if err != nil {
		return err
	}
	unseen := slices.ContainsFunc(b.earlierLayers(), func(l earlier.Layer) bool { return l.Unseen })
	if unseen && layer.Metadata[metadataSeen] == key && !language.Exists(layer.Path) {
		layer.Launch = true
		b.keep(layer)
		return nil
	}
	if err := b.smallLayer(contract.LayerManifest, map[string][]byte{manifest.FileName: record}); err != nil {
		return err
	}
	written := b.layers[len(b.layers)-1].Metadata
	written[metadataNeeds], written[metadataSeen] = b.needs, key
	return nil
}

// seenKey identifies what the manifest tells of: what is cut, the layers of earlier buildpacks, and the app's own files.
func (b *builder) seenKey(s *slicer.Selection) (string, error) {
	k := language.NewKey()
	k.Add("seen 1", b.BuildpackInfo.Version, b.floor)
	for _, name := range s.Layers() {
		k.Add(name, s.Digest(name))
	}
	for _, l := range b.earlierLayers() {
		k.Add(l.Path, l.Key)
	}
	if err := k.App(b.WorkingDir); err != nil {
		return "", err
	}
	return k.String(), nil
}

// replaced tells whether a process of an earlier buildpack is not the image's: one of those that came after it has another of its type,
// or own, whittle's, have.
func replaced(p earlier.Process, after []earlier.Buildpack, own []language.Process) bool {
	return slices.ContainsFunc(own, func(o language.Process) bool { return o.Type == p.Type }) || slices.ContainsFunc(after, func(e earlier.Buildpack) bool {
		return slices.ContainsFunc(e.Processes, func(o earlier.Process) bool { return o.Type == p.Type })
	})
}

// checkEarlier checks that the processes of earlier buildpacks can start in the image that will be, as far as nothing replaces them.
func (b *builder) checkEarlier(ctx context.Context, im start.Image, replacing []language.Process) error {
	if !b.behind {
		return nil
	}
	for i, e := range b.earlier {
		for _, p := range e.Processes {
			if replaced(p, b.earlier[i+1:], replacing) {
				b.log.Line("%s: %s (%s, replaced)", p.Type, strings.Join(p.Command, " "), e.ID)
				continue
			}
			at, words := im, p.Command
			if p.Dir != "" {
				at.Dir = p.Dir
			}
			if p.Shell {
				words = []string{"bash"} // the launcher has it run the line
			}
			own := language.Process{Type: p.Type, Command: p.Command, Why: e.ID}
			var fault *start.Fault
			if !errors.As(at.Check(command.Literal(words)), &fault) {
				b.log.Line("%s: %s (%s)", p.Type, strings.Join(p.Command, " "), e.ID)
				continue
			}
			doubt := b.doubt(at, fault)
			if doubt == "" {
				return b.cannotStart(ctx, at, own, fault, nil)
			}
			b.log.Warn("%s: %v; %s, and may have it", p.Type, fault, doubt)
		}
	}
	return nil
}

// ownProcesses are those that the user names to whittle. Behind another buildpack that has processes, the Procfile is that
// one's: it has read it, or has better.
func (b *builder) ownProcesses() []language.Process {
	all := b.named()
	if b.behind && len(b.earlierProcesses()) > 0 {
		all = slices.DeleteFunc(all, func(p language.Process) bool { return p.Why == project.Procfile })
	}
	return all
}

// nothingToComplete is the error where no language claims the app and the buildpacks before have not built it.
func (b *builder) nothingToComplete(err error) error {
	if len(b.earlier) == 0 {
		return err
	}
	var ids []string
	for _, e := range b.earlier {
		ids = append(ids, e.ID)
	}
	return &language.Problem{
		What:     err.Error(),
		Evidence: []string{fmt.Sprintf("behind %s, which %s no process", language.List(ids), map[bool]string{true: "names", false: "name"}[len(ids) == 1])},
		Next:     "Set BP_WHITTLE_BEHIND=true, or behind = true under [dev.whittle] in project.toml, if it has built the app; a Procfile says how it starts.",
		Err:      err,
	}
}
