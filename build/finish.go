package build

import (
	"bytes"
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/sbom"
)

// tellSelection lists the packages of the image: how much of each, and for whom.
func (b *builder) tellSelection(s *slicer.Selection) {
	size, why := map[string]int64{}, reasons(s)
	for _, f := range s.Files {
		size[f.Package] += f.Weight()
	}
	var sum int64
	for _, p := range s.Packages {
		b.log.Item(p.Name+" "+p.Version, size[p.Name], "for "+language.Some(wanted(why[p.Name])))
		sum += size[p.Name]
	}
	switch n := len(s.Packages); n {
	case 0:
		b.log.Line("none: the run image has all that the app needs")
	default:
		b.log.Item("sum of "+text.Count(n, "package"), sum, "")
	}
	b.tellUnseen(s)
	for _, file := range s.Dropped {
		_, path, _ := strings.Cut(file, ":")
		b.log.Warn("/%s lost its setuid or setgid bit: no program of the image runs as another user", path)
	}
}

// wanted are those who wanted a package; where no one is on record, the packages that were asked for brought it.
func wanted(by map[string]bool) []string {
	if len(by) == 0 {
		return []string{"other packages"}
	}
	return slices.Sorted(maps.Keys(by))
}

// reasons collects who wanted each package: files by their names, or what brought its slices.
func reasons(s *slicer.Selection) map[string]map[string]bool {
	why := map[string]map[string]bool{}
	add := func(pkg string, all []manifest.Reason) {
		for _, r := range all {
			if r.By == "" || r.Kind == manifest.Generated {
				continue
			}
			if why[pkg] == nil {
				why[pkg] = map[string]bool{}
			}
			by := r.By
			if filepath.IsAbs(by) {
				by = filepath.Base(by)
			}
			why[pkg][by] = true
		}
	}
	for _, f := range s.Files {
		add(f.Package, f.Why)
	}
	bySlice := map[string][]manifest.Reason{}
	for _, sl := range s.Slices {
		bySlice[sl.Name] = sl.Why
	}
	for _, sl := range s.Slices {
		if len(why[sl.Package]) == 0 {
			add(sl.Package, root(sl.Why, bySlice))
		}
	}
	for _, f := range s.Files {
		for _, r := range f.Why {
			if len(why[f.Package]) == 0 && r.By != "" {
				why[f.Package] = map[string]bool{r.By: true} // what was made for it
			}
		}
	}
	return why
}

// root follows reasons of the kind "another slice requires it" to what somebody asked for.
func root(why []manifest.Reason, bySlice map[string][]manifest.Reason) []manifest.Reason {
	for range 16 { // a chain of definitions; a longer one is told by its last link
		if len(why) == 0 || why[0].Kind != manifest.Essential {
			return why
		}
		next := bySlice[why[0].By]
		if !slices.ContainsFunc(next, func(r manifest.Reason) bool { return r.By != "" }) {
			return why // a library of the closure: who needs it is known at its files
		}
		why = next
	}
	return why
}

// tellUnseen names the files that a program will miss at their own path, a line a directory, and where they are.
func (b *builder) tellUnseen(s *slicer.Selection) {
	byDir := map[string][]string{}
	for _, file := range s.Unseen {
		layer, path, _ := strings.Cut(file, ":")
		dir := contract.LayerPath(layer, filepath.Dir(path))
		if !readByInit(path) {
			byDir[dir] = append(byDir[dir], filepath.Base(path))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		b.log.Warn("no door shows %s at its own path; it is in %s", language.Some(byDir[dir]), dir)
	}
}

// readByInit tells whether nothing but an init system, or another service of a whole machine, reads a file.
func readByInit(path string) bool {
	top, rest, _ := strings.Cut(strings.TrimPrefix(path, "usr/lib/"), "/")
	if top == "etc" {
		top, _, _ = strings.Cut(rest, "/")
	}
	switch top {
	case "systemd", "sysusers.d", "tmpfiles.d", "init.d", "init", "logrotate.d", "pam.d", "apparmor.d", "ufw", "fail2ban", "rsyslog.d",
		"sudoers.d", "sysctl.d", "security", "login.defs":
		return true
	}
	return strings.HasPrefix(top, "cron.")
}

// finish writes the manifest, which tells about the app and so is in a layer of its own, keeps the archive's cache, and
// gives the files of the image their modes.
func (b *builder) finish(ctx context.Context, a language.Artifacts, s *slicer.Selection) error {
	whole, record := s.Manifest, bytes.Buffer{}
	whole.App = b.record(a)
	if err := whole.Encode(&record); err != nil {
		return err
	}
	if err := b.writeManifest(record.Bytes(), s); err != nil {
		return err
	}
	if err := b.describeComponents(a); err != nil {
		return err
	}
	cache, err := b.layer(layerArchive)
	if err != nil {
		return err
	}
	if language.Exists(cache.Path) {
		if err := slicer.PruneOwn(cache.Path, archiveCacheSize); err != nil {
			b.log.Warn("%v", err)
		}
		cache.Cache, cache.Metadata = true, b.metadata(b.key("cache"))
		b.keep(cache)
	}
	if a.Static && len(s.Files) == 0 && b.contract.Floor.HasLibc() && !b.contract.foreign() {
		b.log.Line("the image is static: a run image without libc would do, such as whittle/run:%s-static (pack build --run-image)", b.release())
	}
	b.tellHints(ctx, s, a)
	b.tellShell(s, a)
	b.tellWritten(a)
	b.tellDockerfile(s)
	for _, line := range manifest.UndoneLines(s.NotDone, false) {
		b.log.Line("not done of maintainer scripts: %s", line)
	}
	for _, n := range a.Notes {
		b.log.Line("%s", n)
	}
	b.log.Late()
	if err := b.saveBundle(ctx, s); err != nil {
		return err
	}
	b.log.Total()
	return b.settle(a.Writable)
}

// record is what the manifest tells of the app: not of the cut, whose layers are the same for apps with the same needs.
func (b *builder) record(a language.Artifacts) *manifest.App {
	app := &manifest.App{Language: b.app.Language, Folder: b.dir}
	for _, l := range b.layers {
		if l.Launch && b.ofLanguage[l.Name] {
			app.Layers = append(app.Layers, manifest.Layer{Name: l.Name, Path: l.Path})
		}
	}
	for _, c := range a.Components {
		app.Components = append(app.Components, manifest.Component{
			Name: c.Name, Version: c.Version, PURL: c.PURL, License: c.License, From: c.From, By: c.By, Paths: c.Paths,
		})
	}
	return app
}

// describeComponents gives the layer of the app's modules its SBOM; where they lie in no layer of the image, such as those
// that a front end was compiled from, the image as a whole has it.
func (b *builder) describeComponents(a language.Artifacts) error {
	if len(a.Components) == 0 {
		return nil
	}
	var components []sbom.Component
	for _, c := range a.Components {
		components = append(components, sbom.Component{Name: c.Name, Version: c.Version, PURL: c.PURL, License: c.License})
	}
	i := slices.IndexFunc(b.layers, func(l packit.Layer) bool { return l.Launch && l.Name == a.ComponentsIn })
	name := a.ComponentsIn
	if i < 0 {
		name = "app"
	}
	sbom, err := b.documents(sbom.SBOM{Name: name, Distro: b.distro(), Components: components})
	switch {
	case err != nil:
		return err
	case i >= 0:
		b.layers[i].SBOM = sbom
	default:
		b.whole = sbom
	}
	return nil
}

// labels tell what the image relies on: a rebase does not look at the contract by itself.
func (b *builder) labels() map[string]string {
	labels := map[string]string{
		"dev.whittle.version":   b.BuildpackInfo.Version,
		"dev.whittle.run-image": b.contract.Floor.ID,
		"dev.whittle.run-floor": b.floor,
	}
	if len(b.onBase) <= contract.MaxNeeds {
		labels[contract.NeedsLabel] = b.onBase
	} else {
		b.log.Warn("label %s would have %s and is left out: whittle rebase-check will read the whole image", contract.NeedsLabel, text.Bytes(int64(len(b.onBase))))
	}
	return labels
}
