package java

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// module is a module of Maven's as an archive tells of itself.
type module struct {
	group, name, version string
	requires             []string // names of modules, as its own pom.xml has them
	file                 string   // the archive
}

// components lists the modules in the staged archives by Maven's own records in them, by their manifests, or by their file
// names; the app's own are left out.
func (a *app) components(st *stage) ([]language.Component, error) {
	asked := a.asked()
	by, byPURL := map[string][]string{}, map[string]language.Component{}
	for _, file := range slices.Concat(st.dependencyJars, st.appClasses) {
		if path.Ext(file) != ".jar" && path.Ext(file) != ".war" {
			continue
		}
		all, err := modulesOf(file, slices.Contains(st.dependencyJars, file))
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			if m.group == "" && m.version == "" || asked.own[m.name] {
				continue
			}
			c := byPURL[m.purl()]
			c = language.Component{Name: m.name, Version: m.version, PURL: m.purl(), From: asked.from[m.name], Paths: append(c.Paths, a.shown(file))}
			byPURL[c.PURL] = c
			for _, required := range m.requires {
				by[required] = append(by[required], c.Name)
			}
		}
	}
	var all []language.Component
	for _, c := range byPURL {
		if c.From == "" {
			c.By = slices.Compact(slices.Sorted(slices.Values(by[c.Name])))
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all, nil
}

// shown is where an archive is in the image: one that was only looked at lies inside the app's own.
func (a *app) shown(file string) string {
	if strings.HasPrefix(file, a.Temp+"/") {
		return a.Dir
	}
	return file
}

func (m module) purl() string { return language.PURL("maven", m.group, m.name, m.version) }

// fileName is the name that Maven gives to an archive: name-version.jar.
var fileName = regexp.MustCompile(`^(.+?)-(\d[\w.+-]*)\.jar$`)

// modulesOf reads what an archive says of itself, and of the modules that were put into it.
func modulesOf(file string, dependency bool) ([]module, error) {
	z, err := openZipFile(file)
	if err != nil {
		return nil, nil // no archive
	}
	defer z.Close()
	var all []module
	for _, f := range z.File {
		dir, base := path.Split(f.Name)
		if base != "pom.properties" || !strings.HasPrefix(dir, "META-INF/maven/") {
			continue
		}
		text, err := readEntry(f, maxText)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", language.Clip(f.Name), filepath.Base(file), err)
		}
		p := readProperties(string(text))
		m := module{group: language.Clip(p["groupId"]), name: language.Clip(p["artifactId"]), version: language.Clip(p["version"]), file: file}
		if pom := z.entry(dir + "pom.xml"); pom != nil {
			m.requires = requires(pom)
		}
		if m.name != "" {
			all = append(all, m)
		}
	}
	if len(all) == 0 && dependency {
		all = append(all, named(file, z.File))
	}
	return all, nil
}

// named is an archive without Maven's records.
func named(file string, entries []*zip.File) module {
	base := filepath.Base(file)
	m := module{name: strings.TrimSuffix(base, ".jar"), file: file}
	if parts := fileName.FindStringSubmatch(base); parts != nil {
		m.name, m.version = parts[1], parts[2]
	}
	for _, f := range entries {
		if f.Name != manifestFile {
			continue
		}
		r, err := f.Open()
		if err != nil {
			break
		}
		attributes, err := readManifest(r)
		_ = r.Close() // it was only read
		if err != nil {
			break
		}
		m.group = groupOf(attributes)
		if m.version == "" {
			m.version = language.Clip(attributes["implementation-version"])
		}
	}
	return m
}

// groupName is a group as Maven writes it: two parts or more.
var groupName = regexp.MustCompile(`^[a-zA-Z][\w-]*(\.[a-zA-Z][\w-]*)+$`)

// groupOf is the group that a manifest tells of, by the vendor's own attribute or by the bundle's name; empty for none.
func groupOf(m manifest) string {
	for _, name := range []string{"implementation-vendor-id", "automatic-module-name", "bundle-symbolicname"} {
		value, _, _ := strings.Cut(m[name], ";")
		if groupName.MatchString(value) {
			if name != "implementation-vendor-id" && strings.Count(value, ".") > 1 {
				value = value[:strings.LastIndexByte(value, '.')]
			}
			return value
		}
	}
	return ""
}

// requires are the modules that a pom.xml in an archive names, less those of tests.
func requires(f *zip.File) []string {
	text, err := readEntry(f, maxText)
	if err != nil {
		return nil
	}
	var p pom
	d := xml.NewDecoder(strings.NewReader(string(text)))
	d.CharsetReader = latin
	if d.Decode(&p) != nil {
		return nil // another tool's text
	}
	var all []string
	for _, r := range p.Depends {
		if r.Scope != "test" && r.Scope != "provided" && r.Optional != "true" {
			all = append(all, strings.TrimSpace(r.ArtifactID))
		}
	}
	return all
}

// asked is what the app's own files ask for.
type asked struct {
	own  map[string]bool   // names of the project's own modules
	from map[string]string // names of modules, to the line that asks for each: "pom.xml:12"
}

var (
	artifactLine = regexp.MustCompile(`<artifactId>\s*([\w.-]+)\s*</artifactId>`)
	gradleLine   = regexp.MustCompile(`['"]([\w.-]+):([\w.-]+)(?::[^'"]*)?['"]`)
)

// asked reads the app's build files.
func (a *app) asked() asked {
	all := asked{own: map[string]bool{}, from: map[string]string{}}
	for _, dir := range a.moduleDirs() {
		if p, err := readPom(a.Files, path.Join(dir, "pom.xml")); err == nil {
			all.own[strings.TrimSpace(p.ArtifactID)] = true
		}
		for file, line := range map[string]*regexp.Regexp{"pom.xml": artifactLine, "build.gradle": gradleLine, "build.gradle.kts": gradleLine} {
			all.read(a.Files, path.Join(dir, file), line)
		}
	}
	return all
}

// read notes the lines of a build file by which artifacts are asked for, the first for each.
func (all asked) read(files fs.FS, name string, line *regexp.Regexp) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return
	}
	for n, one := range language.Lines(string(text)) {
		m := line.FindStringSubmatch(one)
		if m == nil {
			continue
		}
		if artifact := m[len(m)-1]; all.from[artifact] == "" {
			all.from[artifact] = fmt.Sprintf("%s:%d", name, n)
		}
	}
}
