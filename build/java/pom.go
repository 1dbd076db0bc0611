package java

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// pom is what the build reads of a project's pom.xml (Maven's Project Object Model 4.0.0) before Maven does.
type pom struct {
	GroupID    string     `xml:"groupId"`
	ArtifactID string     `xml:"artifactId"`
	Version    string     `xml:"version"`
	Packaging  string     `xml:"packaging"`
	Modules    []string   `xml:"modules>module"`
	Properties properties `xml:"properties"`
	Depends    []pomRef   `xml:"dependencies>dependency"`
	Plugins    []plugin   `xml:"build>plugins>plugin"`
	Managed    []plugin   `xml:"build>pluginManagement>plugins>plugin"`
	Parent     pomRef     `xml:"parent"`
}

type pomRef struct {
	GroupID    string `xml:"groupId"`
	ArtifactID string `xml:"artifactId"`
	Version    string `xml:"version"`
	Scope      string `xml:"scope"`
	Optional   string `xml:"optional"`
}

type plugin struct {
	ArtifactID    string `xml:"artifactId"`
	Configuration struct {
		Release string `xml:"release"`
		Source  string `xml:"source"`
		Target  string `xml:"target"`
	} `xml:"configuration"`
}

// properties are elements of any name.
type properties map[string]string

func (p *properties) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	*p = properties{}
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			var value string
			if err := d.DecodeElement(&value, &e); err != nil {
				return err
			}
			(*p)[e.Name.Local] = strings.TrimSpace(value)
		}
	}
}

// readPom reads a pom.xml. One that is no XML is an error that names the line, as Maven's would.
func readPom(files fs.FS, name string) (pom, error) {
	f, err := files.Open(name)
	if err != nil {
		return pom{}, err
	}
	defer f.Close()
	var p pom
	d := xml.NewDecoder(f)
	// Encodings beside UTF-8 are those of ASCII's kin; what is read here is ASCII.
	d.CharsetReader = latin
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("cannot read %s: %w", name, err)
	}
	return p, nil
}

// maxValue is the length, in bytes, of the longest text in which references are replaced.
const maxValue = 4 << 10

var reference = regexp.MustCompile(`\$\{([^}]+)\}`)

// value replaces references to properties, a few deep. Properties may name each other many times over: a text that is
// longer than any version is none.
func (p pom) value(text string) string {
	for range 8 {
		if len(text) > maxValue {
			return "" // no version is so long
		}
		next := reference.ReplaceAllStringFunc(text, func(r string) string {
			if v, ok := p.Properties[r[2:len(r)-1]]; ok && len(v) <= maxValue {
				return v
			}
			return r
		})
		if next == text {
			break
		}
		text = next
	}
	return strings.TrimSpace(text)
}

// levelProperties are the properties that name the release level, the strongest first.
var levelProperties = []string{"maven.compiler.release", "java.version", "maven.compiler.target", "maven.compiler.source", "jdk.version", "java.release"}

// pomWishes are the release levels of a project's pom.xml. What a parent that is not in the project says is not known.
func pomWishes(files fs.FS) []language.Wish {
	const name = "pom.xml"
	p, err := readPom(files, name)
	if err != nil {
		return nil // Maven tells
	}
	add := func(text, what string) []language.Wish {
		spec := p.value(text)
		if spec == "" || strings.Contains(spec, "${") {
			return nil
		}
		return []language.Wish{{Spec: spec, From: name + " (" + what + ")"}}
	}
	for _, one := range append(p.Plugins, p.Managed...) {
		if one.ArtifactID != "maven-compiler-plugin" {
			continue
		}
		for _, text := range []string{one.Configuration.Release, one.Configuration.Target, one.Configuration.Source} {
			if w := add(text, "maven-compiler-plugin"); w != nil {
				return w
			}
		}
	}
	for _, key := range levelProperties {
		if w := add(p.Properties[key], key); w != nil {
			return w
		}
	}
	return nil
}

// modules are the folders of a Maven project's modules, its own first, as far as their pom.xml files name them. Links may show one
// file as that of each module: bytes count as often as they are read.
func modules(files fs.FS) []string {
	all := []string{"."}
	seen := map[string]bool{".": true}
	left := int64(maxPoms)
	for i := 0; i < len(all) && len(all) < maxModules; i++ {
		name := path.Join(all[i], "pom.xml")
		info, err := fs.Stat(files, name)
		if err != nil {
			continue
		}
		if left -= info.Size(); left < 0 {
			break
		}
		p, err := readPom(files, name)
		if err != nil {
			continue
		}
		for _, m := range p.Modules {
			dir := path.Join(all[i], strings.TrimSpace(m))
			if strings.HasSuffix(dir, ".xml") {
				dir = path.Dir(dir)
			}
			if !seen[dir] && fs.ValidPath(dir) {
				seen[dir] = true
				all = append(all, dir)
			}
		}
	}
	return all
}

// maxModules bounds the modules of a project, and maxPoms the bytes of their files.
const (
	maxModules = 2000
	maxPoms    = 32 << 20
)
