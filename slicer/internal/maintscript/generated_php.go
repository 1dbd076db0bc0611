package maintscript

import (
	"path"
	"regexp"
	"slices"

	"whittle.dev/whittle/slicer/internal/plan"
)

// phpHelper is what scripts source to have php_invoke.
const phpHelper = "/usr/lib/php/php-maintscript-helper"

// phpPriority is the line of a module's configuration that says when it is loaded.
var phpPriority = regexp.MustCompile(`(?m)^;\s*priority\s*=\s*([0-9]+)\s*$`)

// phpModules switches on the modules of PHP, as phpenmod does: a link in the directory that an interface of PHP (cli, fpm)
// reads at its start. Without it no extension is loaded, not even one that PHP's own packages ship.
func (m maker) phpModules() error {
	for _, c := range m.calls("php_invoke") {
		if len(c.Words) != 5 || c.Words[1] != "enmod" || !m.Whole[c.by.Package] {
			continue
		}
		version, to, module := c.Words[2], c.Words[3], c.Words[4]
		at := "etc/php/" + version + "/mods-available/" + module + ".ini"
		ini := m.follow(m.ByPath[at])
		if ini == nil {
			m.Omit(c.String(), "there is no /"+at, c.by.Package)
			continue
		}
		text, err := ini.Read(maxSource)
		if err != nil {
			return err
		}
		priority := "20"
		if found := phpPriority.FindSubmatch(text); found != nil {
			priority = string(found[1])
		}
		for _, sapi := range m.phpInterfaces(version) {
			if to != "ALL" && to != sapi {
				continue
			}
			link := madeFile{path: path.Join("etc/php", version, sapi, "conf.d", priority+"-"+module+".ini"), link: "/" + at}
			if err := m.linkOnce(c.by, link); err != nil {
				return err
			}
		}
	}
	return nil
}

// phpInterfaces are the interfaces of a version of PHP that are in the plan, sorted.
func (m maker) phpInterfaces(version string) []string {
	var names []string
	for _, f := range m.in["usr/lib/php/"+version+"/sapi"] {
		names = append(names, path.Base(f.Path))
	}
	return slices.Sorted(slices.Values(names))
}

// linkOnce makes a link unless something is at its place.
func (m maker) linkOnce(by *plan.File, f madeFile) error {
	if m.Here(f.path) || m.above(f.path) {
		return nil
	}
	return m.makeFile(by, f)
}
